/** A channel of a handle as Xen has it now: a peer changes it, and the handle is not told. @module */

import type { ChannelStatus } from "../records.ts";
import type { ListedPort } from "./list.ts";

/**
 * The state of a port in Xen, and its remote end.
 *
 * @param entry Undefined: Xen was not asked, or did not tell; the state is then left out.
 */
export function statusFields(
  entry: ListedPort | undefined,
): Pick<ChannelStatus, "status" | "remote_domain" | "remote_port"> {
  if (entry === undefined) return {};
  switch (entry.status) {
    case "interdomain":
      return { status: entry.status, remote_domain: entry.remoteDomain, remote_port: entry.remotePort };
    case "unbound":
      return { status: entry.status, remote_domain: entry.remoteDomain };
    default:
      return { status: entry.status };
  }
}

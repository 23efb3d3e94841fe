/** The channels of a handle as Xen has them now: a peer changes them, and the handle is not told. @module */

import { unlessRefused } from "../errors.ts";
import type { ChannelStatus } from "../records.ts";
import { DOMID_SELF } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import type { TableEntry } from "../view/port_status.ts";

/**
 * Adds the state of each port in Xen, and its remote end.
 *
 * @param view From the handle's domain.
 * @returns The channels as they are, without `status`, if Xen cannot be asked.
 */
export async function statusInXen(
  channels: readonly ChannelStatus[],
  view: HostView,
): Promise<readonly ChannelStatus[]> {
  if (channels.length === 0) return channels;
  const table = await unlessRefused(async () => await (await view.tables()).table(DOMID_SELF));
  if (table === undefined) return channels;
  const entries = new Map(table.map((entry) => [entry.port, entry]));
  return channels.map((channel) => ({ ...channel, ...fieldsOf(entries.get(channel.port)) }));
}

/** A table leaves closed ports out. */
function fieldsOf(entry: TableEntry | undefined): Pick<ChannelStatus, "status" | "remote_domain" | "remote_port"> {
  if (entry === undefined) return { status: "closed" };
  switch (entry.status) {
    case "interdomain":
      return { status: entry.status, remote_domain: entry.remoteDomain, remote_port: entry.remotePort };
    case "unbound":
      return { status: entry.status, remote_domain: entry.remoteDomain };
    default:
      return { status: entry.status };
  }
}

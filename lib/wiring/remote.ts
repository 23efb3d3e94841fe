/**
 * The other end of a port, as Xen has it.
 *
 * @module
 */

import type { Domid, Port } from "../types.ts";
import type { XenSide } from "./types.ts";

/** Where a port leads in Xen: a domain, and its port where one is bound. */
export function remoteOf(xen: XenSide | undefined): { domain: Domid; port?: Port } | undefined {
  const status = xen?.status;
  if (status === undefined || typeof status === "string") return undefined;
  if (status.status === "interdomain") return { domain: status.remoteDomain, port: status.remotePort };
  return status.status === "unbound" ? { domain: status.remoteDomain } : undefined;
}

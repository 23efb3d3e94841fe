/** Whether a domain exists, by Xen's answers about its ports. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import type { Domid, Port } from "../types.ts";
import type { PortTables } from "./host_view.ts";
import type { PortStatus } from "./port_status.ts";

/** Every domain has port 0, which is never bound (xen/common/event_channel.c, evtchn_init). */
export const FIRST_PORT: Port = 0;

/** Whether a domain exists; undefined if Xen does not tell. */
export async function domainExists(tables: PortTables, domain: Domid): Promise<boolean | undefined> {
  return existence(await tables.status(domain, FIRST_PORT));
}

/** Whether the domain of a port exists, by Xen's answer about the port; undefined if that does not tell. */
export function existence(answer: PortStatus | Errno): boolean | undefined {
  if (typeof answer !== "string" || answer === "EINVAL") return true;
  return answer === "ESRCH" ? false : undefined;
}

/**
 * Whether there is a domain, by what Xen answers about its ports.
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import type { PortStatus } from "./port_status.ts";
import type { Domid, Port } from "../types.ts";
import type { PortTables } from "./host_view.ts";

/** Port 0 is there in every domain, and never bound (xen/common/event_channel.c, evtchn_init). */
export const FIRST_PORT: Port = 0;

/** Asks Xen whether there is a domain; undefined where it does not say. */
export async function domainExists(tables: PortTables, domain: Domid): Promise<boolean | undefined> {
  return existence(await tables.status(domain, FIRST_PORT));
}

/** What an answer about a port says of the port's domain; undefined: nothing. */
export function existence(answer: PortStatus | Errno): boolean | undefined {
  if (typeof answer !== "string" || answer === "EINVAL") return true;
  return answer === "ESRCH" ? false : undefined;
}

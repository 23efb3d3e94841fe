/**
 * Who gets which VIRQ: Xen's side of lib/virq.ts.
 *
 * @module
 */

import { virqNumber, virqOf } from "../../virq.ts";

/** How many VIRQs there are (NR_VIRQS, xen/include/public/xen.h). */
export const VIRQ_LIMIT = 24;

/** The VIRQ that tells domain 0 of a domain's end. */
export const VIRQ_DOM_EXC = virqNumber("dom_exc")!;

/** The domain that the host's VIRQs go to. A toolstack could delegate one to another domain; none here does. */
export const HARDWARE_DOMAIN = 0;

/** Whether a VIRQ is the host's. One that Xen has no use for counts as such (get_virq_type, event_channel.c:130). */
export function isGlobalVirq(virq: number): boolean {
  return (virqOf(virq)?.scope ?? "global") === "global";
}

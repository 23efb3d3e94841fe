/**
 * What Xen tells of a port: the answer of EVTCHNOP_status (xen/include/public/event_channel.h).
 *
 * Whether an event is pending or masked is not in it.
 *
 * @module
 */

import type { Domid, Port } from "../types.ts";

/** One port's state, with `vcpu`, the vCPU that its events go to. */
export type PortStatus =
  & { readonly vcpu: number }
  & (
    | { readonly status: "closed" | "ipi" }
    | { readonly status: "unbound"; readonly remoteDomain: Domid }
    | { readonly status: "interdomain"; readonly remoteDomain: Domid; readonly remotePort: Port }
    | { readonly status: "pirq"; readonly pirq: number }
    | { readonly status: "virq"; readonly virq: number }
  );

/** A port that is not closed, in a domain's table. */
export type TableEntry = PortStatus & { readonly port: Port };

/** Xen's answer to EVTCHNOP_status (xen/include/public/event_channel.h). It has no pending or mask bit. @module */

import type { Domid, Port } from "../types.ts";

/** A port's state; `vcpu` receives its events. */
export type PortStatus =
  & { readonly vcpu: number }
  & (
    | { readonly status: "closed" | "ipi" }
    | { readonly status: "unbound"; readonly remoteDomain: Domid }
    | { readonly status: "interdomain"; readonly remoteDomain: Domid; readonly remotePort: Port }
    | { readonly status: "pirq"; readonly pirq: number }
    | { readonly status: "virq"; readonly virq: number }
  );

/** A port in a domain's table. */
export type TableEntry = PortStatus & { readonly port: Port };

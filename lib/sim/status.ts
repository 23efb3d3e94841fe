/**
 * What Xen tells of a port: the answer of EVTCHNOP_status (xen/include/public/event_channel.h).
 *
 * Whether an event is pending or masked is not in it.
 *
 * @module
 */

import type { Channel } from "./domain.ts";

/** The status numbers of the hypercall (EVTCHNSTAT_*). */
export const EVTCHNSTAT = { closed: 0, unbound: 1, interdomain: 2, pirq: 3, virq: 4, ipi: 5 } as const;

/** One port's state, with `vcpu`, the vCPU that its events go to. */
export type ChannelStatus =
  & { readonly vcpu: number }
  & (
    | { readonly status: "closed" | "ipi" }
    | { readonly status: "unbound"; readonly remoteDomain: number }
    | { readonly status: "interdomain"; readonly remoteDomain: number; readonly remotePort: number }
    | { readonly status: "pirq"; readonly pirq: number }
    | { readonly status: "virq"; readonly virq: number }
  );

/** Every domain of a world has this one vCPU. */
const VCPU = 0;

/** The status of one entry of a port table (evtchn_status, xen/common/event_channel.c:1149-1180). */
export function statusOf(channel: Channel): ChannelStatus {
  switch (channel.state) {
    case "free":
    case "reserved":
      return { status: "closed", vcpu: VCPU };
    case "unbound":
      return { status: "unbound", vcpu: VCPU, remoteDomain: channel.remoteDomain };
    case "interdomain": {
      const peer = channel.peer!;
      return { status: "interdomain", vcpu: VCPU, remoteDomain: peer.domain.id, remotePort: peer.port };
    }
    case "pirq":
      return { status: "pirq", vcpu: VCPU, pirq: channel.interrupt };
    case "virq":
      return { status: "virq", vcpu: VCPU, virq: channel.interrupt };
    case "ipi":
      return { status: "ipi", vcpu: VCPU };
  }
}

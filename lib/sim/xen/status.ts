/**
 * The simulated hypervisor's answer to EVTCHNOP_status.
 *
 * @module
 */

import type { PortStatus } from "../../view/port_status.ts";
import type { Channel } from "./domain.ts";

/** Every domain of a world has this one vCPU. */
const VCPU = 0;

/** The status of one entry of a port table (evtchn_status, xen/common/event_channel.c:1149-1180). */
export function statusOf(channel: Channel): PortStatus {
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

/**
 * Xen: its domains, and the hypercall event_channel_op, which checks in the order of xen/common/event_channel.c. Bare
 * line numbers are of that file in Xen 4.23-dev. Counts of ports include port 0.
 *
 * @module
 */

import type { Errno, Result } from "../../../ffi/syscalls.ts";
import { type Domid, DOMID_FIRST_RESERVED, DOMID_SELF, type Port } from "../../types.ts";
import type { PortStatus } from "../../view/port_status.ts";
import { virqNumber, virqOf } from "../../virq.ts";
import { Domain, type EventChannel, VIRQ_LIMIT } from "./domain.ts";
import { type Chances, Fate } from "./fate.ts";

/** How many ports a domain has with 2-level events, and with FIFO events. */
export const TWO_LEVEL_PORTS = 4096;
export const FIFO_PORTS = 131072;
export type PortLimit = typeof TWO_LEVEL_PORTS | typeof FIFO_PORTS;

/** The host's VIRQs go to this domain. Delegation to another one is not simulated. */
export const HARDWARE_DOMAIN = 0;

const VIRQ_DOM_EXC = virqNumber("dom_exc")!;

/** Every domain has this one vCPU. */
const VCPU = 0;

export interface PortOfDomain {
  readonly domain: Domid;
  readonly port: Port;
}

/** A channel by its two ends. */
export type StaticChannel = readonly [PortOfDomain, PortOfDomain];

export interface HypervisorOptions {
  /** Whether events wait, and merge, until a kernel has time for them; default: they are delivered in the call. */
  readonly late?: boolean;
  /** Whether the security policy is SILO, which keeps guests apart (xen/xsm/silo.c). */
  readonly silo?: boolean;
  /** Undefined: every event comes once. */
  readonly chances?: Chances;
}

export class Hypervisor {
  readonly #domains = new Map<number, Domain>();
  readonly #late: boolean;
  readonly #silo: boolean;
  readonly #fate: Fate | undefined;
  #staticChannels = false;

  constructor(readonly ports: PortLimit, { late = false, silo = false, chances }: HypervisorOptions = {}) {
    this.#late = late;
    this.#silo = silo;
    this.#fate = chances && new Fate(chances);
  }

  /** Whether Xen and the kernels use FIFO events. */
  get fifo(): boolean {
    return this.ports === FIFO_PORTS;
  }

  /** The line that it was started with. */
  get commandLine(): string {
    return `console=com1 xsm=${this.#silo ? "silo" : "dummy"}`;
  }

  /** The domids that exist, ascending. */
  get domids(): number[] {
    return [...this.#domains.keys()].sort((a, b) => a - b);
  }

  domain(domid: number): Domain | undefined {
    return this.#domains.get(domid);
  }

  createDomain(domid: number): Domain | Errno {
    if (domid >= DOMID_FIRST_RESERVED) return "EINVAL";
    if (this.#domains.has(domid)) return "EEXIST";
    const domain = new Domain(domid, domid === HARDWARE_DOMAIN, this.ports, this.#late);
    this.#domains.set(domid, domain);
    return domain;
  }

  /**
   * Closes the ports, the highest first (evtchn_destroy, 1658), then raises VIRQ_DOM_EXC (xen/common/domain.c:1349).
   *
   * @param held Whether somebody still has its memory: then it stays, dying, until it is destroyed again.
   */
  destroyDomain(domid: number, held = false): Result {
    const domain = this.#domains.get(domid);
    if (domain === undefined) return "ESRCH";
    if (domid === HARDWARE_DOMAIN) return "EINVAL";
    for (let port = domain.tableSize - 1; port > 0; port--) this.close(domain, port);
    if (held) {
      domain.die();
      return 0;
    }
    this.#domains.delete(domid);
    this.raise(VIRQ_DOM_EXC);
    return 0;
  }

  /** EVTCHNOP_alloc_unbound (319): a port of `domid` that `remote` may bind to; `remote` may not exist. */
  allocUnbound(caller: Domain, remote: number, domid: number = DOMID_SELF): Result {
    const domain = this.#anyDomain(caller, domid);
    if (domain === undefined) return "ESRCH";
    const channel = domain.allocate("unbound");
    if (typeof channel === "string") return channel;
    const refused = this.#refusesUnbound(caller, domain, remote);
    if (refused !== undefined) {
      domain.release(channel);
      return refused;
    }
    channel.remoteDomain = remote === DOMID_SELF ? caller.id : remote;
    return channel.port;
  }

  /**
   * Connects two ports at boot, as a dom0less device tree asks for with `xen,evtchn-v1`.
   *
   * @returns The end that is not there or not free; undefined: they are connected.
   */
  connectAtBoot(ends: StaticChannel): PortOfDomain | undefined {
    const [one, other] = ends.map(({ domain, port }) => this.#domains.get(domain)?.allocateAtBoot(port));
    if (one === undefined || other === undefined) return ends[one === undefined ? 0 : 1];
    one.peer = other;
    other.peer = one;
    this.#staticChannels = true;
  }

  /** Whether Xen made channels at boot. */
  get staticChannels(): boolean {
    return this.#staticChannels;
  }

  /** EVTCHNOP_bind_interdomain (386). */
  bindInterdomain(caller: Domain, remoteDomain: number, remotePort: number): Result {
    const domain = this.#anyDomain(caller, remoteDomain);
    if (domain === undefined) return "ESRCH";
    const local = caller.allocate("interdomain");
    if (typeof local === "string") return local;
    const remote = domain.channel(remotePort);
    if (remote?.state !== "unbound" || remote.remoteDomain !== caller.id) {
      caller.release(local);
      return "EINVAL";
    }
    if (this.#keepsApart(caller, caller, domain)) {
      caller.release(local);
      return "EPERM";
    }
    local.peer = remote;
    remote.peer = local;
    remote.state = "interdomain";
    local.raise(); // events may have been lost while the remote port was unbound (457)
    return local.port;
  }

  /** EVTCHNOP_bind_virq on vCPU 0 (475). */
  bindVirq(caller: Domain, virq: number): Result {
    if (virq >= VIRQ_LIMIT) return "EINVAL";
    if (isGlobalVirq(virq) && caller.id !== HARDWARE_DOMAIN) return "EBUSY";
    if (caller.virqPorts[virq] !== 0) return "EEXIST";
    const port = this.#bindInterrupt(caller, "virq", virq);
    if (typeof port === "number") caller.virqPorts[virq] = port;
    return port;
  }

  /** EVTCHNOP_bind_ipi on vCPU 0. */
  bindIpi(caller: Domain): Result {
    return this.#bindInterrupt(caller, "ipi", 0);
  }

  /** EVTCHNOP_bind_pirq. Which domain may have which interrupt line is not simulated. */
  bindPirq(caller: Domain, pirq: number): Result {
    return this.#bindInterrupt(caller, "pirq", pirq);
  }

  /** EVTCHNOP_close (704). The other end becomes unbound, reserved for the caller, and gets no event. */
  close(caller: Domain, port: number): Result {
    const channel = caller.channel(port);
    if (channel === undefined || channel.state === "free" || channel.state === "reserved") return "EINVAL";
    if (channel.state === "virq") caller.virqPorts[channel.interrupt] = 0;
    const { peer } = channel;
    caller.release(channel);
    if (peer !== undefined) {
      peer.peer = undefined;
      peer.state = "unbound";
      peer.remoteDomain = caller.id;
    }
    return 0;
  }

  /** EVTCHNOP_send (847). On an unbound port it succeeds and does nothing (892). */
  send(caller: Domain, port: number): Result {
    const channel = caller.channel(port);
    switch (channel?.state) {
      case "interdomain":
        this.#raise(channel.peer!);
        return 0;
      case "ipi":
        this.#raise(channel);
        return 0;
      case "unbound":
        return 0;
      default:
        return "EINVAL";
    }
  }

  /** EVTCHNOP_status (1124). */
  status(caller: Domain, domid: number, port: number): PortStatus | Errno {
    const domain = this.#anyDomain(caller, domid);
    if (domain === undefined) return "ESRCH";
    const channel = domain.channel(port);
    if (channel === undefined) return "EINVAL";
    if (domain !== caller && !caller.privileged) return "EPERM";
    return statusOf(channel);
  }

  /** Raises a VIRQ on vCPU 0 (917-1011). Returns the port; 0 when no port is bound to it, and the event is lost. */
  raise(virq: number, domid: number = HARDWARE_DOMAIN): Result {
    if (virq >= VIRQ_LIMIT) return "EINVAL";
    const domain = this.#domains.get(isGlobalVirq(virq) ? HARDWARE_DOMAIN : domid);
    if (domain === undefined) return "ESRCH";
    const port = domain.virqPorts[virq];
    if (port !== 0) this.#raise(domain.channel(port)!);
    return port;
  }

  #raise(channel: EventChannel): void {
    const times = this.#fate?.next() ?? 1;
    if (times > 0) channel.raise(times > 1);
  }

  /** The security policy (xsm_evtchn_unbound, 347): SILO's asks for the remote domain first. */
  #refusesUnbound(caller: Domain, domain: Domain, remote: number): Errno | undefined {
    if (this.#silo) {
      const other = this.#anyDomain(caller, remote);
      if (other === undefined) return "ESRCH";
      if (this.#keepsApart(caller, domain, other)) return "EPERM";
    }
    return domain === caller || caller.privileged ? undefined : "EPERM";
  }

  /** silo_mode_dom_check: one of them, or the caller, has to be the control domain, or both are one. */
  #keepsApart(caller: Domain, one: Domain, other: Domain): boolean {
    return this.#silo && !caller.privileged && !one.privileged && !other.privileged && one !== other;
  }

  #bindInterrupt(caller: Domain, state: "virq" | "ipi" | "pirq", number: number): Result {
    const channel = caller.allocate(state);
    if (typeof channel === "string") return channel;
    channel.interrupt = number;
    return channel.port;
  }

  /** rcu_lock_domain_by_any_id: DOMID_SELF is the caller. */
  #anyDomain(caller: Domain, domid: number): Domain | undefined {
    return domid === DOMID_SELF ? caller : this.#domains.get(domid);
  }
}

/** Whether a VIRQ is the host's. Unused numbers count as the host's (get_virq_type, 130). */
function isGlobalVirq(virq: number): boolean {
  return (virqOf(virq)?.scope ?? "global") === "global";
}

/** The status of one entry of a port table (evtchn_status, 1149-1180). */
function statusOf(channel: EventChannel): PortStatus {
  const { state, remoteDomain, peer, interrupt } = channel;
  switch (state) {
    case "free":
    case "reserved":
      return { status: "closed", vcpu: VCPU };
    case "unbound":
      return { status: state, vcpu: VCPU, remoteDomain };
    case "interdomain":
      return { status: state, vcpu: VCPU, remoteDomain: peer!.domain.id, remotePort: peer!.port };
    case "pirq":
      return { status: state, vcpu: VCPU, pirq: interrupt };
    case "virq":
      return { status: state, vcpu: VCPU, virq: interrupt };
    case "ipi":
      return { status: state, vcpu: VCPU };
  }
}

/**
 * Xen: its domains, and the hypercall `event_channel_op` with which a domain's kernel binds, sends and closes.
 *
 * It knows domains and ports only. What a file or a handle is, the kernels above it know. Each hypercall takes the
 * domain that makes it, and checks in the order of xen/common/event_channel.c; line numbers are those of 4.23-dev.
 *
 * @module
 */

import type { Errno, Result } from "../../../ffi/syscalls.ts";
import { Domain } from "./domain.ts";
import type { PortStatus } from "../../view/port_status.ts";
import { statusOf } from "./status.ts";
import { HARDWARE_DOMAIN, isGlobalVirq, VIRQ_DOM_EXC, VIRQ_LIMIT } from "./virqs.ts";

/** "The domain that asks", where a domid is expected (xen/include/public/xen.h). */
export const DOMID_SELF = 0x7FF0;

/** Domids from here on mean something special. It is DOMID_SELF's number too. */
export const DOMID_FIRST_RESERVED = 0x7FF0;

/** One host's hypervisor. */
export class Hypervisor {
  readonly #domains = new Map<number, Domain>();

  /** @param ports How many ports a domain can have, port 0 included: 4096 with 2-level events, 131072 with FIFO's. */
  constructor(readonly ports: 4096 | 131072) {}

  /** The domids that exist, ascending. */
  get domids(): number[] {
    return [...this.#domains.keys()].sort((a, b) => a - b);
  }

  /** The domain with that id, or undefined. */
  domain(domid: number): Domain | undefined {
    return this.#domains.get(domid);
  }

  /**
   * Makes a domain.
   *
   * @param domid Its id. Domain 0 is privileged.
   * @returns The domain; EINVAL for a reserved id; EEXIST for one that is taken.
   */
  createDomain(domid: number): Domain | Errno {
    if (domid >= DOMID_FIRST_RESERVED) return "EINVAL";
    if (this.#domains.has(domid)) return "EEXIST";
    const domain = new Domain(domid, domid === HARDWARE_DOMAIN, this.ports);
    this.#domains.set(domid, domain);
    return domain;
  }

  /**
   * Ends a domain: all its ports are closed, the highest first (evtchn_destroy, event_channel.c:1658), and
   * VIRQ_DOM_EXC says that it is gone (xen/common/domain.c:1349).
   *
   * @returns 0; ESRCH for no such domain; EINVAL for domain 0, which would have to do it itself.
   */
  destroyDomain(domid: number): Result {
    const domain = this.#domains.get(domid);
    if (domain === undefined) return "ESRCH";
    if (domid === HARDWARE_DOMAIN) return "EINVAL";
    for (let port = domain.tableSize - 1; port > 0; port--) this.close(domain, port);
    this.#domains.delete(domid);
    this.raise(VIRQ_DOM_EXC);
    return 0;
  }

  /**
   * EVTCHNOP_alloc_unbound: a port that another domain may bind to (event_channel.c:319).
   *
   * @param remote Who may; it is not checked to exist. DOMID_SELF is kept as the caller's id.
   * @param domid Whose port it is; other than one's own for a privileged caller only.
   * @returns The port; ESRCH, ENOSPC, EPERM.
   */
  allocUnbound(caller: Domain, remote: number, domid: number = DOMID_SELF): Result {
    const domain = this.#anyDomain(caller, domid);
    if (domain === undefined) return "ESRCH";
    const channel = domain.allocate("unbound");
    if (typeof channel === "string") return channel;
    if (domain !== caller && !caller.privileged) {
      domain.release(channel);
      return "EPERM";
    }
    channel.remoteDomain = remote === DOMID_SELF ? caller.id : remote;
    return channel.port;
  }

  /**
   * EVTCHNOP_bind_interdomain: a port connected to an unbound port of another domain, or of one's own
   * (event_channel.c:386).
   *
   * Events may have been lost while the remote port was unbound: the new port is pending at once (457).
   *
   * @returns The local port; ESRCH, ENOSPC, and EINVAL for a remote port that is not there or not for the caller.
   */
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
    local.peer = remote;
    remote.peer = local;
    remote.state = "interdomain";
    local.raise();
    return local.port;
  }

  /**
   * EVTCHNOP_bind_virq on vCPU 0 (event_channel.c:475).
   *
   * @returns The port; EINVAL, EBUSY for one of the host's in any domain but 0, EEXIST, ENOSPC.
   */
  bindVirq(caller: Domain, virq: number): Result {
    if (virq >= VIRQ_LIMIT) return "EINVAL";
    if (isGlobalVirq(virq) && caller.id !== HARDWARE_DOMAIN) return "EBUSY";
    if (caller.virqPorts[virq] !== 0) return "EEXIST";
    const port = this.#bindInterrupt(caller, "virq", virq);
    if (typeof port === "number") caller.virqPorts[virq] = port;
    return port;
  }

  /** EVTCHNOP_bind_ipi on vCPU 0. Returns the port or ENOSPC. */
  bindIpi(caller: Domain): Result {
    return this.#bindInterrupt(caller, "ipi", 0);
  }

  /** EVTCHNOP_bind_pirq. Returns the port or ENOSPC; who may have which line is not modelled. */
  bindPirq(caller: Domain, pirq: number): Result {
    return this.#bindInterrupt(caller, "pirq", pirq);
  }

  /**
   * EVTCHNOP_close (event_channel.c:704). The other end, if there is one, becomes unbound and reserved for the
   * caller, and is told nothing.
   *
   * @returns 0; EINVAL for a port that is free or not in the table.
   */
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

  /**
   * EVTCHNOP_send (event_channel.c:847).
   *
   * @returns 0, also when the port is unbound and nobody hears it (892); EINVAL for a port that is free, a VIRQ or
   * a PIRQ.
   */
  send(caller: Domain, port: number): Result {
    const channel = caller.channel(port);
    switch (channel?.state) {
      case "interdomain":
        channel.peer!.raise();
        return 0;
      case "ipi":
        channel.raise();
        return 0;
      case "unbound":
        return 0;
      default:
        return "EINVAL";
    }
  }

  /**
   * EVTCHNOP_status (event_channel.c:1124).
   *
   * @param domid Whose port; DOMID_SELF for the caller's own.
   * @returns What the port is bound to; ESRCH, EINVAL past the end of the table, EPERM for another domain's.
   */
  status(caller: Domain, domid: number, port: number): PortStatus | Errno {
    const domain = this.#anyDomain(caller, domid);
    if (domain === undefined) return "ESRCH";
    const channel = domain.channel(port);
    if (channel === undefined) return "EINVAL";
    if (domain !== caller && !caller.privileged) return "EPERM";
    return statusOf(channel);
  }

  /**
   * Raises a VIRQ: one of the host's in domain 0, any other in the domain given, on vCPU 0
   * (send_guest_vcpu_virq, send_guest_domain_virq and send_global_virq, event_channel.c:917-1011).
   *
   * @returns The port that it was raised on, 0 when nobody has bound it (it is dropped); EINVAL for no such VIRQ,
   * ESRCH for no such domain.
   */
  raise(virq: number, domid: number = HARDWARE_DOMAIN): Result {
    if (virq >= VIRQ_LIMIT) return "EINVAL";
    const domain = this.#domains.get(isGlobalVirq(virq) ? HARDWARE_DOMAIN : domid);
    if (domain === undefined) return "ESRCH";
    const port = domain.virqPorts[virq];
    if (port !== 0) domain.channel(port)!.raise();
    return port;
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

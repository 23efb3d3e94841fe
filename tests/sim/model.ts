/**
 * A second, simpler model of the drivers and of Xen, to compare lib/sim with: sets of ports, counters, and for each
 * handle a list of the events that it is owed. It has no ring, no mask bit and no pending bit.
 *
 * @module
 */

import type { Errno, Result } from "../../ffi/syscalls.ts";
import type { Rules } from "./rules.ts";

/** A bound port. */
export interface ModelPort {
  readonly domid: number;
  readonly port: number;
  /** The handle that bound it; undefined for a port of the domain's kernel. */
  readonly owner: ModelHandle | undefined;
  /** The domain that may bind to it; undefined if the port is not unbound. */
  reservedFor: number | undefined;
  peer: ModelPort | undefined;
  readonly virq: number | undefined;
  /** An event was delivered, and the port was not unmasked since. */
  silent: boolean;
  waits: boolean;
  /** False once it is closed. Its events are still owed then. */
  bound: boolean;
}

/** An open handle. */
export interface ModelHandle {
  readonly domid: number;
  readonly privileged: boolean;
  /** In the order of their binding. */
  readonly ports: ModelPort[];
  /** The events to be read, the oldest first. */
  owed: ModelPort[];
  /** How many events can be owed. */
  room: number;
  lost: boolean;
  restrictedTo: number | undefined;
}

interface ModelDomain {
  readonly domid: number;
  readonly ports: Map<number, ModelPort>;
  readonly virqs: Map<number, ModelPort>;
  /** Domain 0's ports to this domain. */
  readonly daemons: ModelPort[];
  /** All ports below it are taken. */
  lowest: number;
  /** How many handles are open besides those of the places. */
  crowd: number;
}

/** Where a handle can be open. */
export interface Place {
  readonly domid: number;
  readonly privileged: boolean;
}

/** Counts an event by name. */
export type Tally = (what: string) => void;

const SELF = 0x7FF0;
const PORTS = 4096;
const DOM_EXC = 3;
/** Of the 24 VIRQs, those of a vCPU or a domain. */
const OF_EACH_DOMAIN = new Set([0, 1, 7, 11, 13]);
/** What every kernel binds: VIRQs 0 and 1, and IPIs. */
const KERNEL = [0, undefined, undefined, 1, undefined, undefined];
/** What domain 0's kernel binds: also three PIRQs, then VIRQs. */
const KERNEL_OF_DOMAIN_0 = [...KERNEL, undefined, undefined, undefined, 16, 9, 2];

/** A host with domains 0 to 7. A handle is named by the index of its place. */
export class Model {
  readonly handles: (ModelHandle | undefined)[];
  readonly #domains = new Map<number, ModelDomain>();

  constructor(readonly rules: Rules, readonly places: readonly Place[], readonly tally: Tally = () => {}) {
    this.handles = places.map(() => undefined);
    for (let domid = 0; domid < 8; domid++) this.create(domid);
  }

  /** How many ports of a domain are bound, its kernel's included; undefined for no such domain. */
  bound(domid: number): number | undefined {
    return this.#domains.get(domid)?.ports.size;
  }

  create(domid: number): Result {
    if (this.#domains.has(domid)) return "EEXIST";
    const domain: ModelDomain = {
      domid,
      ports: new Map(),
      virqs: new Map(),
      daemons: [],
      lowest: 1,
      crowd: 0,
    };
    this.#domains.set(domid, domain);
    if (domid !== 0) {
      for (let service = 0; service < 2; service++) {
        const offered = this.#take(domain, { reservedFor: 0 }) as ModelPort;
        const daemon = this.#take(this.#domains.get(0)!, { reservedFor: undefined });
        if (typeof daemon === "string") continue;
        connect(daemon, offered);
        domain.daemons.push(daemon);
      }
    }
    for (const virq of domid === 0 ? KERNEL_OF_DOMAIN_0 : KERNEL) this.#take(domain, { virq });
    return domid;
  }

  destroy(domid: number): Result {
    const domain = this.#domains.get(domid);
    if (domain === undefined) return "ESRCH";
    if (domid === 0) return "EINVAL";
    this.tally("domain destroyed");
    for (const port of [...domain.ports.values()]) this.#free(port);
    this.#domains.delete(domid);
    this.handles.forEach((handle, h) => {
      if (handle?.domid === domid) this.handles[h] = undefined;
    });
    this.raise(DOM_EXC, 0);
    for (const daemon of domain.daemons) this.#free(daemon);
    return 0;
  }

  raise(virq: number, domid: number): Result {
    if (virq >= 24) return "EINVAL";
    const domain = this.#domains.get(OF_EACH_DOMAIN.has(virq) ? domid : 0);
    if (domain === undefined) return "ESRCH";
    const port = domain.virqs.get(virq);
    if (port !== undefined) this.#event(port);
    return port?.port ?? 0;
  }

  /** Opens the handle of a place, which is closed. Returns 0. */
  open(h: number): Result {
    const { domid, privileged } = this.places[h];
    const refusal = this.#refusal(domid, privileged);
    if (refusal !== undefined) return refusal;
    const { room } = this.rules;
    this.handles[h] = { domid, privileged, ports: [], owed: [], room, lost: false, restrictedTo: undefined };
    return 0;
  }

  close(h: number): Result {
    const handle = this.handles[h];
    if (handle === undefined) return "EBADF";
    for (const port of [...handle.ports]) this.#free(port);
    this.handles[h] = undefined;
    return 0;
  }

  /** Opens up to `count` unused handles. Returns how many the domain has then, and the error if one did not open. */
  crowd(domid: number, count: number): [number, Errno | undefined] {
    for (; count > 0; count--) {
      const refusal = this.#refusal(domid, true);
      if (refusal !== undefined) return [this.#domains.get(domid)?.crowd ?? 0, refusal];
      this.#domains.get(domid)!.crowd++;
    }
    return [this.#domains.get(domid)?.crowd ?? 0, undefined];
  }

  /** Closes the unused handles. */
  disperse(domid: number): void {
    const domain = this.#domains.get(domid);
    if (domain !== undefined) domain.crowd = 0;
  }

  allocUnbound(h: number, remote: number): Result {
    const owner = this.#use(h);
    if (typeof owner === "string") return owner;
    if (owner.restrictedTo !== undefined) return this.#refuse();
    return this.#bind(owner, { reservedFor: shortDomid(remote, owner) });
  }

  bindInterdomain(h: number, remote: number, port: number): Result {
    const owner = this.#use(h);
    if (typeof owner === "string") return owner;
    if (owner.restrictedTo !== undefined && owner.restrictedTo !== remote) return this.#refuse();
    const domain = this.#domains.get(shortDomid(remote, owner));
    if (domain === undefined) return "ESRCH";
    if (this.bound(owner.domid) === PORTS - 1) return this.#full();
    const peer = domain.ports.get(port);
    if (peer === undefined || peer.peer !== undefined || peer.reservedFor !== owner.domid) return "EINVAL";
    const local = this.#bind(owner, {}) as number;
    const mine = this.#own(owner, local)!;
    connect(mine, peer);
    this.#event(mine);
    return local;
  }

  bindVirq(h: number, virq: number): Result {
    const owner = this.#use(h);
    if (typeof owner === "string") return owner;
    if (owner.restrictedTo !== undefined) return this.#refuse();
    if (virq >= 24) return "EINVAL";
    if (owner.domid !== 0 && !OF_EACH_DOMAIN.has(virq)) return "EBUSY";
    if (this.#domains.get(owner.domid)!.virqs.has(virq)) return "EEXIST";
    return this.#bind(owner, { virq });
  }

  unbind(h: number, port: number): Result {
    const owner = this.#use(h);
    if (typeof owner === "string") return owner;
    const mine = this.#own(owner, port);
    if (mine === undefined) return port < PORTS ? "ENOTCONN" : this.rules.beyond.unbind;
    this.#free(mine);
    return 0;
  }

  notify(h: number, port: number): Result {
    const owner = this.#use(h);
    if (typeof owner === "string") return owner;
    const mine = this.#own(owner, port);
    if (mine === undefined) return port < PORTS ? "ENOTCONN" : this.rules.beyond.notify;
    if (mine.peer !== undefined) this.#event(mine.peer);
    return 0;
  }

  write(h: number, ports: readonly number[]): Result {
    const owner = this.#use(h);
    if (typeof owner === "string") return owner;
    for (const port of ports) {
      const mine = this.#own(owner, port);
      if (mine === undefined) continue;
      mine.silent = false;
      if (!mine.waits) continue;
      mine.waits = false;
      this.#event(mine);
    }
    return ports.length * 4;
  }

  read(h: number, count: number): number[] | Errno {
    const owner = this.#use(h);
    if (typeof owner === "string") return owner;
    if (count === 0) return [];
    if (owner.lost) return "EFBIG";
    if (owner.owed.length === 0) return "EAGAIN";
    if (count < owner.owed.length) this.tally("partial read");
    const read = owner.owed.splice(0, count);
    if (read.some((port) => !port.bound)) this.tally("stale entry read");
    return read.map(({ port }) => port);
  }

  reset(h: number): Result {
    const owner = this.#use(h);
    if (typeof owner === "string") return owner;
    if (!this.rules.controls) return "ENOSYS";
    if (owner.lost) this.tally("overflow ended by a reset");
    if (owner.owed.length > 0) this.tally("entries discarded by a reset");
    owner.owed = [];
    owner.lost = false;
    return 0;
  }

  restrict(h: number, domid: number): Result {
    const owner = this.#use(h);
    if (typeof owner === "string") return owner;
    if (!this.rules.controls) return "ENOSYS";
    if (owner.restrictedTo !== undefined) return "EACCES";
    if (domid === 0 || domid >= SELF) return "EINVAL";
    owner.restrictedTo = domid;
    return 0;
  }

  /** What poll(2) for `events` gives; undefined for a handle that is not open. */
  poll(h: number, events: number): number | undefined {
    const handle = this.handles[h];
    return handle && this.rules.poll(events, handle.owed.length > 0, handle.lost);
  }

  #refusal(domid: number, privileged: boolean): Errno | undefined {
    const domain = this.#domains.get(domid);
    if (domain === undefined) return "ENODEV";
    if (!privileged && this.rules.openRefusal !== undefined) return this.rules.openRefusal;
    if (domain.crowd + this.handles.filter((handle) => handle?.domid === domid).length < this.rules.handles) return;
    this.tally("no handle left");
    return "EAGAIN";
  }

  #use(h: number): ModelHandle | Errno {
    const handle = this.handles[h];
    if (handle === undefined) {
      this.tally("use of a closed handle");
      return "EBADF";
    }
    if (handle.privileged || this.rules.useRefusal === undefined) return handle;
    this.tally("unprivileged use refused");
    return this.rules.useRefusal;
  }

  #refuse(): Errno {
    this.tally("restricted handle refused");
    return "EACCES";
  }

  #full(): Errno {
    this.tally("no port left");
    return "ENOSPC";
  }

  #event(port: ModelPort): void {
    const { owner } = port;
    if (owner === undefined) return;
    if (port.silent) {
      this.tally(port.waits ? "event taken in by one that waits" : "event waits");
      port.waits = true;
      return;
    }
    port.silent = true;
    if (owner.owed.length < owner.room) {
      owner.owed.push(port);
      return;
    }
    if (!owner.lost) this.tally(owner.ports.length > owner.room ? "overflow by more ports than room" : "overflow");
    owner.lost = true;
  }

  #bind(owner: ModelHandle, kind: { reservedFor?: number; virq?: number }): Result {
    const port = this.#take(this.#domains.get(owner.domid)!, { owner, ...kind });
    if (typeof port === "string") return port;
    owner.ports.push(port);
    if (this.rules.grows && owner.ports.length > owner.room) {
      if (owner.room > 0) this.tally(`room grown past ${owner.room}`);
      owner.room = Math.max(64, 2 * owner.room);
    }
    return port.port;
  }

  #take(domain: ModelDomain, of: Partial<Pick<ModelPort, "owner" | "reservedFor" | "virq">>): ModelPort | Errno {
    if (domain.ports.size === PORTS - 1) return this.#full();
    while (domain.ports.has(domain.lowest)) domain.lowest++;
    const port: ModelPort = {
      domid: domain.domid,
      port: domain.lowest,
      owner: of.owner,
      reservedFor: of.reservedFor,
      peer: undefined,
      virq: of.virq,
      silent: false,
      waits: false,
      bound: true,
    };
    domain.ports.set(port.port, port);
    if (port.virq !== undefined) domain.virqs.set(port.virq, port);
    return port;
  }

  #free(port: ModelPort): void {
    const domain = this.#domains.get(port.domid)!;
    domain.ports.delete(port.port);
    domain.lowest = Math.min(domain.lowest, port.port);
    if (port.virq !== undefined) domain.virqs.delete(port.virq);
    port.owner?.ports.splice(port.owner.ports.indexOf(port), 1);
    port.bound = false;
    if (port.peer === undefined) return;
    port.peer.reservedFor = port.domid;
    port.peer.peer = undefined;
  }

  #own(handle: ModelHandle, port: number): ModelPort | undefined {
    const found = this.#domains.get(handle.domid)!.ports.get(port);
    return found?.owner === handle ? found : undefined;
  }
}

function connect(a: ModelPort, b: ModelPort): void {
  a.peer = b;
  b.peer = a;
}

/** The domid that Xen sees: 16 bits; SELF is the caller. */
function shortDomid(domid: number, { domid: own }: ModelHandle): number {
  const short = domid & 0xFFFF;
  return short === SELF ? own : short;
}

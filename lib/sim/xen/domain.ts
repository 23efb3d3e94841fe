/** A domain as Xen keeps it: its port table, and the pending and mask bits that Xen shares with its kernel. @module */

import type { Errno } from "../../../ffi/syscalls.ts";
import { FreePorts } from "./ports.ts";

/** ECS_* in xen/include/xen/sched.h. */
export type ChannelState = "free" | "reserved" | "unbound" | "interdomain" | "virq" | "ipi" | "pirq";

/** NR_VIRQS (xen/include/public/xen.h). */
export const VIRQ_LIMIT = 24;

/** The port table grows by this many entries: a page of Xen's 64-byte `struct evtchn` (xen/sched.h:81). */
const PORTS_PER_PAGE = 64;

/** One entry of a port table. */
export class EventChannel {
  state: ChannelState = "free";
  remoteDomain = 0; // for `unbound`: the domain that may bind to it
  peer: EventChannel | undefined = undefined; // for `interdomain`: the other end
  interrupt = 0; // for `virq` and `pirq`: its number
  pending = false;
  masked = true;
  atBoot = false; // whether Xen made it at boot for whoever binds it, and no kernel has taken it
  upcalls = 0; // how often the kernel was called for it since it was allocated
  again = false; // whether the pending event comes a second time

  constructor(readonly domain: Domain, readonly port: number) {}

  /** Sets the pending bit; unless it was set, or the port is masked, calls the kernel (xen/common/event_2l.c:20). */
  raise(again = false): void {
    if (this.pending) return;
    this.pending = true;
    this.again = again;
    if (!this.masked) this.domain.interrupt(this.port);
  }
}

export class Domain {
  /** How Xen enters the kernel when an unmasked port becomes pending. The kernel clears the pending bit itself. */
  upcall: (port: number) => void = () => {};
  /** Called where an event is held back, once until {@linkcode deliver}. Undefined: none is, the kernel always runs. */
  held: (() => void) | undefined;
  readonly #held = new Set<number>();
  /** The port of each VIRQ, 0 for none. A domain has one vCPU, so this serves VIRQs of every scope. */
  readonly virqPorts: Uint32Array = new Uint32Array(VIRQ_LIMIT);
  readonly #limit: number;
  readonly #free: FreePorts;
  readonly #channels: EventChannel[] = [];

  /** @param late Whether its vCPU is busy: events wait, and merge, until {@linkcode deliver}. */
  constructor(readonly id: number, readonly privileged: boolean, limit: number, late = false) {
    this.#limit = limit;
    if (late) this.held = () => {};
    this.#free = new FreePorts(limit);
    this.#reach(this.#free.take()!);
    this.#channels[0].state = "reserved"; // evtchn_init, xen/common/event_channel.c:1643
  }

  #dying = false;

  /** Whether it is destroyed, but still there: somebody has not let go of its memory. */
  get dying(): boolean {
    return this.#dying;
  }

  /** Takes its table away (evtchn_destroy, xen/common/event_channel.c:1658). All ports are closed. */
  die(): void {
    this.#dying = true;
    this.#channels.length = 0;
  }

  get tableSize(): number {
    return this.#channels.length;
  }

  /** The entry of `port`, also if it is free; undefined past the end of the table. */
  channel(port: number): EventChannel | undefined {
    return this.#channels[port];
  }

  /** Takes the lowest free port (get_free_port, xen/common/event_channel.c:248). */
  allocate(state: ChannelState): EventChannel | Errno {
    if (this.#dying) return "EINVAL";
    const port = this.#free.take();
    if (port === undefined) return "ENOSPC";
    const channel = this.#reach(port);
    channel.state = state;
    channel.upcalls = 0;
    return channel;
  }

  /** Takes a port that Xen is told at boot; undefined if it is not free (evtchn_allocate_port). */
  allocateAtBoot(port: number): EventChannel | undefined {
    if (port >= this.#limit || !this.#free.claim(port)) return undefined;
    const channel = this.#reach(port);
    channel.state = "interdomain";
    channel.atBoot = true;
    return channel;
  }

  /** Frees an entry and loses its pending event (evtchn_free, xen/common/event_channel.c:285). */
  release(channel: EventChannel): void {
    channel.state = "free";
    channel.peer = undefined;
    channel.atBoot = false;
    channel.pending = false;
    channel.again = false;
    channel.masked = true;
    this.#free.give(channel.port);
  }

  clearPending(port: number): void {
    const channel = this.#channels[port];
    channel.pending = channel.again;
    channel.again = false;
  }

  /** An unmasked port has become pending: enters the kernel, at once or when it has time. */
  interrupt(port: number): void {
    if (this.held === undefined) return this.upcall(port);
    this.#held.add(port);
    if (this.#held.size === 1) this.held();
  }

  /** The ports whose events are held back. */
  get heldPorts(): Iterable<number> {
    return this.#held;
  }

  /** The kernel has time: it gets the events that were held back. */
  deliver(): void {
    for (const port of this.#held) {
      this.#held.delete(port);
      const { pending, masked } = this.#channels[port];
      if (pending && !masked) this.upcall(port);
    }
  }

  /** The bits are the kernel's: it may set those of a port that Xen's table does not reach. */
  mask(port: number): void {
    const channel = this.channel(port);
    if (channel !== undefined) channel.masked = true;
  }

  /** Clears the mask bit and delivers a pending event (evtchn_2l_unmask, xen/common/event_2l.c:52). */
  unmask(port: number): void {
    const channel = this.channel(port);
    if (channel === undefined) return;
    channel.masked = false;
    if (channel.pending) this.upcall(port);
  }

  #reach(port: number): EventChannel {
    while (this.#channels.length <= port) {
      const end = Math.min(this.#channels.length + PORTS_PER_PAGE, this.#limit);
      for (let next = this.#channels.length; next < end; next++) this.#channels.push(new EventChannel(this, next));
    }
    return this.#channels[port];
  }
}

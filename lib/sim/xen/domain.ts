/**
 * A domain as Xen keeps it: its port table, and the pending and mask bits that it shares with the domain's kernel.
 *
 * @module
 */

import type { Errno } from "../../../ffi/syscalls.ts";
import { FreePorts } from "./ports.ts";
import { VIRQ_LIMIT } from "./virqs.ts";

/** What a port is bound to (ECS_* in xen/include/xen/sched.h). */
export type ChannelState = "free" | "reserved" | "unbound" | "interdomain" | "virq" | "ipi" | "pirq";

/** Entries of a port table come by the page: so many of Xen's 64-byte `struct evtchn` fill one (xen/sched.h:81). */
const PORTS_PER_PAGE = 64;

/** One entry of a port table. */
export class Channel {
  state: ChannelState = "free";
  /** For `unbound`: the domain that may bind to it. */
  remoteDomain = 0;
  /** For `interdomain`: the other end. */
  peer: Channel | undefined = undefined;
  /** For `virq` and `pirq`: the interrupt's number. */
  interrupt = 0;
  /** An event has come and the domain's kernel has not taken it yet. */
  pending = false;
  /** Events stay pending until the kernel unmasks. A kernel masks each port that it does not use. */
  masked = true;

  /**
   * @param domain The domain whose port this is.
   * @param port Its number there.
   */
  constructor(readonly domain: Domain, readonly port: number) {}

  /**
   * Sets the pending bit (evtchn_2l_set_pending, xen/common/event_2l.c:20).
   *
   * An event that is already pending takes this one in; one that is masked waits; else the kernel gets its upcall.
   */
  raise(): void {
    if (this.pending) return;
    this.pending = true;
    if (!this.masked) this.domain.upcall(this.port);
  }
}

/** One domain: what Xen knows of it. */
export class Domain {
  /**
   * How Xen enters the domain's kernel: called with a port that has become pending and is not masked.
   *
   * The kernel clears the pending bit itself. Until a kernel has put its own function here, events stay pending.
   */
  upcall: (port: number) => void = () => {};
  /** The port that each VIRQ is bound to, 0 for none. There is one vCPU, so one row serves all three scopes. */
  readonly virqPorts: Uint32Array = new Uint32Array(VIRQ_LIMIT);
  readonly #limit: number;
  readonly #free: FreePorts;
  readonly #channels: Channel[] = [];

  /**
   * @param id The domid, 0 to 0x7FEF.
   * @param privileged Whether it may ask about other domains, as domain 0 may.
   * @param limit How many ports its table can have, port 0 included: 4096 (2-level) or 131072 (FIFO).
   */
  constructor(readonly id: number, readonly privileged: boolean, limit: number) {
    this.#limit = limit;
    this.#free = new FreePorts(limit);
    this.#reach(this.#free.take()!);
    this.#channels[0].state = "reserved"; // evtchn_init, xen/common/event_channel.c:1643
  }

  /** How many entries the port table has by now: status answers for these and for no others. */
  get tableSize(): number {
    return this.#channels.length;
  }

  /** The entry of `port`, free ones included, or undefined past the end of the table. */
  channel(port: number): Channel | undefined {
    return this.#channels[port];
  }

  /**
   * Takes the lowest free port (get_free_port, xen/common/event_channel.c:248).
   *
   * @param state What it becomes.
   * @returns Its entry, not pending and masked, or ENOSPC.
   */
  allocate(state: ChannelState): Channel | Errno {
    const port = this.#free.take();
    if (port === undefined) return "ENOSPC";
    const channel = this.#reach(port);
    channel.state = state;
    return channel;
  }

  /** Frees an entry, and with it any event that is pending there (evtchn_free, xen/common/event_channel.c:285). */
  release(channel: Channel): void {
    channel.state = "free";
    channel.peer = undefined;
    channel.pending = false;
    channel.masked = true;
    this.#free.give(channel.port);
  }

  /** Clears the pending bit, as a kernel does when it takes an event. */
  clearPending(port: number): void {
    this.#channels[port].pending = false;
  }

  /** Sets the mask bit. */
  mask(port: number): void {
    this.#channels[port].masked = true;
  }

  /** Clears the mask bit; what became pending meanwhile is delivered (evtchn_2l_unmask, xen/common/event_2l.c:52). */
  unmask(port: number): void {
    const channel = this.#channels[port];
    channel.masked = false;
    if (channel.pending) this.upcall(port);
  }

  /** The entry of `port`, which is below the limit, with the table grown by whole pages as far as that. */
  #reach(port: number): Channel {
    while (this.#channels.length <= port) {
      const end = Math.min(this.#channels.length + PORTS_PER_PAGE, this.#limit);
      for (let next = this.#channels.length; next < end; next++) this.#channels.push(new Channel(this, next));
    }
    return this.#channels[port];
  }
}

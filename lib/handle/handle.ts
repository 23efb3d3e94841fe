/**
 * The seam between the verbs and where a handle lives: in this process, or behind a session's socket.
 *
 * @module
 */

import type { System } from "../../ffi/abi.ts";
import type { Errno, Result } from "../../ffi/syscalls.ts";
import type { Awaitable, Channel, Domid, Port } from "../types.ts";

/**
 * One handle of the event-channel device, by its verbs.
 *
 * Ports belong to the handle: closing it closes them all. Methods throw {@linkcode DeviceError} where the kernel
 * refuses, except `read` and `poll`, whose errno is part of the flow of a watch.
 */
export interface EventChannelDevice {
  /** The system whose driver answers, where that is known: hints are made for it. */
  readonly system?: System;
  /** What this object bound and has not unbound, by port. */
  readonly bindings: ReadonlyMap<Port, Channel>;
  /**
   * Interdomain ports of {@linkcode bindings} whose first event, the one that binding itself causes
   * (xen/common/event_channel.c:453-457), has not been told yet. Who tells it takes the port out.
   */
  readonly firstEvents: Set<Port>;
  /** Whether {@linkcode bindings} is all that the handle has: false for a descriptor that others use too. */
  readonly exclusive: boolean;
  /** Binds a VIRQ on vCPU 0 and returns its port. */
  bindVirq(virq: number): Awaitable<Port>;
  /** Binds a port of another domain and returns the new local port, which is pending at once. */
  bindInterdomain(domain: Domid, remotePort: Port): Awaitable<Port>;
  /** Allocates a port that `domain` may bind. */
  allocUnbound(domain: Domid): Awaitable<Port>;
  /** Closes a port. An event of it that is in the ring stays there and is read as a stale one. */
  unbind(port: Port): Awaitable<void>;
  /** Sends an event. That it returns means accepted: the peer may be gone or have the port masked. */
  notify(port: Port): Awaitable<void>;
  /**
   * Lets ports fire again: one write(2) a page.
   *
   * @returns The bytes that the driver took. It skips ports of other handles in silence.
   */
  unmask(ports: ArrayLike<Port>): Awaitable<number>;
  /** {@linkcode unmask} of every port of the handle, known here or not. */
  unmaskAll(): Awaitable<void>;
  /** Empties the ring and clears an overflow. Unmasks nothing. */
  reset(): Awaitable<void>;
  /** Restricts the handle, for ever, to binding ports of one domain. */
  restrict(domain: Domid): Awaitable<void>;
  /**
   * One read(2) that does not wait.
   *
   * @param bytes The size of the read, 1 page at the most and by default.
   * @returns The ports in the order they fired, valid until the next read; or the errno.
   */
  read(bytes?: number): Awaitable<Uint32Array | Errno>;
  /** poll(2): see `Syscalls.poll`. */
  poll(events: number, timeout: number, signal?: AbortSignal): Awaitable<Result>;
  /** A descriptor of this handle that a program started from here inherits; the caller closes it. */
  inheritable(): { readonly fd: number; close(): void };
  /** Closes the handle and with it every port, unless it belongs to somebody else. */
  close(): Awaitable<void>;
}

/** A handle of the event-channel device, in this process or behind a session's socket. @module */

import type { System } from "../../ffi/abi.ts";
import type { Errno, Result } from "../../ffi/syscalls.ts";
import type { Awaitable, Channel, Domid, Port } from "../types.ts";

/**
 * One handle, with one method for each verb.
 *
 * Ports belong to the handle: closing it closes them. Methods throw {@linkcode DeviceError} if the kernel refuses;
 * only `read` and `poll` return the errno, since a watch handles some of them.
 */
export interface EventChannelDevice {
  /** The system of the driver, for hints; undefined if unknown. */
  readonly system?: System;
  /** The ports that this object bound and has not unbound. */
  readonly bindings: ReadonlyMap<Port, Channel>;
  /**
   * Interdomain ports whose first event, which the bind itself causes (xen/common/event_channel.c:453-457), has not
   * been told yet. The code that tells it removes the port.
   */
  readonly firstEvents: Set<Port>;
  /** Whether {@linkcode bindings} has every port of the handle; false for a descriptor that others use too. */
  readonly exclusive: boolean;
  /** Binds a VIRQ on vCPU 0. */
  bindVirq(virq: number): Awaitable<Port>;
  /** Binds a port of another domain and returns the new local port, which is pending at once. */
  bindInterdomain(domain: Domid, remotePort: Port): Awaitable<Port>;
  /** Allocates a port that `domain` may bind. */
  allocUnbound(domain: Domid): Awaitable<Port>;
  /** Closes a port. An event of it that is in the ring stays there and is read as a stale one. */
  unbind(port: Port): Awaitable<void>;
  /** Sends an event. Success means that Xen accepted it: the peer may be gone or have the port masked. */
  notify(port: Port): Awaitable<void>;
  /** Lets ports fire again. Returns the bytes that the driver took; it skips ports of other handles. */
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
   * @param bytes At most, and by default, one page.
   * @returns The ports in the order they fired, valid until the next read.
   */
  read(bytes?: number): Awaitable<Uint32Array | Errno>;
  /** See `Syscalls.poll`. */
  poll(events: number, timeout: number, signal?: AbortSignal): Awaitable<Result>;
  /** A descriptor that a started program inherits. The caller closes it. */
  inheritable(): { readonly fd: number; close(): void };
  /** Closes the handle and its ports; leaves a handle open that others own. */
  close(): Awaitable<void>;
}

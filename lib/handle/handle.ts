/** A handle of the event-channel device, in this process or behind a session's socket. @module */

import type { System } from "../../ffi/abi.ts";
import type { Errno, Result } from "../../ffi/syscalls.ts";
import type { Awaitable, Channel, Domid, Port } from "../types.ts";

/**
 * One handle, with one method for each verb. Methods throw {@linkcode DeviceError} if the kernel refuses; `read` and
 * `poll` return the errno instead, since a watch handles some of them.
 */
export interface EventChannelDevice {
  /** For hints; undefined if unknown. */
  readonly system?: System;
  /** The ports that this object bound and has not unbound. */
  readonly bindings: ReadonlyMap<Port, Channel>;
  /** Interdomain ports whose first event, caused by the bind (xen/common/event_channel.c:453-457), is not told yet. */
  readonly firstEvents: Set<Port>;
  /** Whether {@linkcode bindings} has every port of the handle; false for a descriptor that others use too. */
  readonly exclusive: boolean;
  /** Binds on vCPU 0. */
  bindVirq(virq: number): Awaitable<Port>;
  /** Binds a port of another domain and returns the new local port, which is pending at once. */
  bindInterdomain(domain: Domid, remotePort: Port): Awaitable<Port>;
  allocUnbound(domain: Domid): Awaitable<Port>;
  /** Binds a port that Xen made at boot, and returns it. Xen keeps the channel when it is unbound or the handle closed. */
  bindStatic(port: Port): Awaitable<Port>;
  /** Closes a port. An event of it that is in the ring stays there and is read as a stale one. */
  unbind(port: Port): Awaitable<void>;
  /** Sends an event. Success means that Xen accepted it: the peer may be gone or have the port masked. */
  notify(port: Port): Awaitable<void>;
  /** Lets ports fire again. Returns the bytes that the driver took; it skips ports of other handles. */
  unmask(ports: ArrayLike<Port>): Awaitable<number>;
  /** Unmasks every port of the handle, even one that is not in {@linkcode bindings}. */
  unmaskAll(): Awaitable<void>;
  /** Empties the ring and clears an overflow. Unmasks nothing. */
  reset(): Awaitable<void>;
  /** Restricts the handle, for ever, to binding ports of one domain. */
  restrict(domain: Domid): Awaitable<void>;
  /** One read(2) of at most, and by default, one page. It does not wait. The ports are valid until the next read. */
  read(bytes?: number): Awaitable<Uint32Array | Errno>;
  poll(events: number, timeout: number, signal?: AbortSignal): Awaitable<Result>;
  /** A descriptor for a program to inherit. The caller closes it. */
  inheritable(): { readonly fd: number; close(): void };
  /** Closes the handle and its ports, unless it belongs to another process. */
  close(): Awaitable<void>;
}

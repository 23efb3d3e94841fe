/**
 * One open /dev/xen/evtchn of illumos: what usr/src/uts/common/xen/io/evtchn_dev.c answers, in its order of checks.
 *
 * Bare line numbers in the comments are of that file.
 *
 * @module
 */

import { PAGE_BYTES, PORT_BYTES } from "../../../ffi/abi.ts";
import { ILLUMOS } from "../../../ffi/abi_illumos.ts";
import { getU32 } from "../../../ffi/endian.ts";
import { Poll, type Result } from "../../../ffi/syscalls.ts";
import type { Caller, Handle } from "../driver.ts";
import type { IllumosKernel } from "./personality.ts";
import { Ring, wholePorts } from "../ring.ts";
import { WaitQueue } from "../wait.ts";

const { BIND_VIRQ, BIND_INTERDOMAIN, BIND_UNBOUND_PORT, UNBIND, NOTIFY } = ILLUMOS.ioctls;

/** `domid_t` is 16 bits wide: what Xen sees of a domid. */
const DOMID_MASK = 0xFFFF;

/** What makes a poll(2) wait for the ring (457). */
const FOR_EVENTS = Poll.IN | Poll.RDNORM;

/** The driver's `struct evtsoftdata` (86). */
export class IllumosHandle implements Handle {
  /** `evtchn_wait` (95): one sleeper is woken at a time, and a signal comes before what it waits for (143, 199). */
  readonly readers = new WaitQueue(true);
  /** `evtchn_pollhead` (97). */
  readonly #pollhead = new WaitQueue();
  /** One page, for good (517). Others may look at it; only the driver changes it. */
  readonly ring: Ring = new Ring(PAGE_BYTES / PORT_BYTES);
  readonly #kernel: IllumosKernel;
  readonly #minor: number;

  /**
   * @param kernel The kernel that it is opened in.
   * @param minor Its minor number there.
   */
  constructor(kernel: IllumosKernel, minor: number) {
    this.#kernel = kernel;
    this.#minor = minor;
  }

  /** (329): privilege first (336), then the request (343), then its argument. */
  ioctl({ privileged }: Caller, request: number, arg: Uint8Array): Result {
    if (!privileged) return "EPERM";
    switch (request) {
      case NOTIFY.request:
        return this.#notify(arg);
      case BIND_VIRQ.request:
        return this.#bindVirq(arg);
      case BIND_INTERDOMAIN.request:
        return this.#bindInterdomain(arg);
      case BIND_UNBOUND_PORT.request:
        return this.#bindUnboundPort(arg);
      case UNBIND.request:
        return this.#unbind(arg);
      default: // (436): a reset and a restriction too
        return "ENOSYS";
    }
  }

  /** (161): privilege, then a count below one port is 0; an overflow comes before the data, and stays (186). */
  read({ privileged }: Caller, buffer: Uint8Array): Result {
    if (!privileged) return "EPERM";
    const count = wholePorts(buffer.length);
    if (count === 0) return 0;
    if (this.ring.overflowed) return "EFBIG";
    if (this.ring.length === 0) return "EAGAIN";
    return this.ring.take(buffer, count);
  }

  /** (237): unmasks every port that is this handle's, masked or not; nothing is said of the others (270). */
  write({ privileged }: Caller, buffer: Uint8Array): Result {
    if (!privileged) return "EPERM";
    const count = wholePorts(buffer.length);
    for (let offset = 0; offset < count; offset += PORT_BYTES) {
      const port = getU32(buffer, offset);
      if (this.#has(port)) this.#kernel.domain.unmask(port);
    }
    return count;
  }

  /** (457-463): only a poll for events is put on the pollhead, so that no other is ever woken. */
  pollers(events: number): WaitQueue {
    return (events & FOR_EVENTS) === 0 ? new WaitQueue() : this.#pollhead;
  }

  /** (444): of the bits asked for, those that hold, and POLLERR after an overflow. POLLWRNORM is POLLOUT there. */
  poll(events: number): number {
    let bits = events & Poll.OUT;
    if (this.ring.overflowed) bits |= Poll.ERR;
    if (this.ring.length > 0) bits |= events & FOR_EVENTS;
    return bits;
  }

  /** (527) */
  release(): void {
    this.#kernel.users.forEach((user, port) => {
      if (user === this) this.#kernel.disconnect(port);
    });
    this.#kernel.free(this.#minor);
  }

  /** An event of one of this handle's ports (137-151): when the ring was empty, one reader and all polls are woken. */
  notified(port: number): void {
    if (!this.ring.push(port)) return;
    this.readers.wakeOne();
    this.#pollhead.wakeAll();
  }

  /** (344) */
  #bindVirq(arg: Uint8Array): Result {
    if (arg.length < BIND_VIRQ.size) return "EFAULT";
    const { hypervisor, domain } = this.#kernel;
    return this.#bindToUser(hypervisor.bindVirq(domain, getU32(arg, 0)));
  }

  /** (359) */
  #bindInterdomain(arg: Uint8Array): Result {
    if (arg.length < BIND_INTERDOMAIN.size) return "EFAULT";
    const { hypervisor, domain } = this.#kernel;
    return this.#bindToUser(hypervisor.bindInterdomain(domain, getU32(arg, 0) & DOMID_MASK, getU32(arg, 4)));
  }

  /** (376) */
  #bindUnboundPort(arg: Uint8Array): Result {
    if (arg.length < BIND_UNBOUND_PORT.size) return "EFAULT";
    const { hypervisor, domain } = this.#kernel;
    return this.#bindToUser(hypervisor.allocUnbound(domain, getU32(arg, 0) & DOMID_MASK));
  }

  /** (392): out of range it is EFAULT (401), else ENOTCONN for what is not this handle's (409). */
  #unbind(arg: Uint8Array): Result {
    if (arg.length < UNBIND.size) return "EFAULT";
    const port = getU32(arg, 0);
    if (port >= this.#kernel.users.length) return "EFAULT";
    if (!this.#has(port)) return "ENOTCONN";
    this.#kernel.disconnect(port);
    return 0;
  }

  /** (418): out of range it is EINVAL (427), else ENOTCONN (429); Xen's own answer is dropped (431). */
  #notify(arg: Uint8Array): Result {
    if (arg.length < NOTIFY.size) return "EFAULT";
    const port = getU32(arg, 0);
    if (port >= this.#kernel.users.length) return "EINVAL";
    if (!this.#has(port)) return "ENOTCONN";
    this.#kernel.hypervisor.send(this.#kernel.domain, port);
    return 0;
  }

  /** (284): the ring has no part in it, so that more ports can be bound than it has slots. */
  #bindToUser(port: Result): Result {
    if (typeof port === "number") this.#kernel.connect(this, port);
    return port;
  }

  /** A port of another handle, and one out of range, are as unknown here as one that nobody has. */
  #has(port: number): boolean {
    return this.#kernel.users[port] === this;
  }
}

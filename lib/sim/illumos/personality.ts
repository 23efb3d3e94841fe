/**
 * The personality of illumos, and Solaris: what usr/src/uts/common/xen/io/evtchn_dev.c answers, in its order of
 * checks. Bare line numbers are of that file. The driver attaches with its domain and never detaches (645-651).
 *
 * @module
 */

import { PAGE_BYTES, PORT_BYTES } from "../../../ffi/abi.ts";
import { ILLUMOS } from "../../../ffi/abi_illumos.ts";
import { getU32 } from "../../../ffi/endian.ts";
import { type Errno, Poll, type Result } from "../../../ffi/syscalls.ts";
import { type Caller, EventChannelDriver, type Handle, type Personality } from "../driver.ts";
import { Ring, wholePorts } from "../ring.ts";
import { WaitQueue } from "../wait.ts";
import { TWO_LEVEL_PORTS } from "../xen/hypervisor.ts";

const { BIND_VIRQ, BIND_INTERDOMAIN, BIND_UNBOUND_PORT, UNBIND, NOTIFY } = ILLUMOS.ioctls;

/** How many ports the driver knows (112): it supports 2-level events only. */
const NR_EVENT_CHANNELS = TWO_LEVEL_PORTS;

/** How many minors the driver has; every open goes through minor 0 (81, 491). */
const CLONES = 256;

/** `domid_t` has 16 bits: what Xen sees of a domid. */
const DOMID_MASK = 0xFFFF;

const FOR_EVENTS = Poll.IN | Poll.RDNORM; // (457)

/** Its `users` are `port_user` (112). */
export class IllumosDriver extends EventChannelDriver<IllumosHandle> {
  readonly devicePath = ILLUMOS.devicePath;
  /** `evtchndrv_clone_tab`: whether each minor is taken (105). */
  readonly #clones = new Array<boolean>(CLONES).fill(false);

  /** Takes the lowest free minor from 1 (491-499). Every user may open; privileges are checked at each use. */
  open(_caller: Caller): Handle | Errno {
    const minor = this.#clones.indexOf(false, 1);
    if (minor < 0) return "EAGAIN";
    this.#clones[minor] = true;
    return new IllumosHandle(this, minor);
  }

  /** (555) */
  free(minor: number): void {
    this.#clones[minor] = false;
  }
}

/** One open /dev/xen/evtchn: `struct evtsoftdata` (86). */
export class IllumosHandle implements Handle {
  readonly ring: Ring = new Ring(PAGE_BYTES / PORT_BYTES); // always one page (517)
  readonly #driver: IllumosDriver;
  readonly #minor: number;
  readonly #pollhead = new WaitQueue(); // (97)

  constructor(driver: IllumosDriver, minor: number) {
    this.#driver = driver;
    this.#minor = minor;
  }

  /** (329): checks privileges first (336), then the request (343), then its argument. */
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
      default: // (436): the driver has no reset and no restriction
        return "ENOSYS";
    }
  }

  /** (161): checks privileges, then a count below one port is 0; an overflow comes before the data, and stays (186). */
  read({ privileged }: Caller, buffer: Uint8Array): Result {
    if (!privileged) return "EPERM";
    this.#driver.domain.deliver();
    const count = wholePorts(buffer.length);
    if (count === 0) return 0;
    if (this.ring.overflowed) return "EFBIG";
    if (this.ring.length === 0) return "EAGAIN";
    return this.ring.take(buffer, count);
  }

  /** (237): unmasks every port of this handle, also if it is not masked; skips all others without an error (270). */
  write({ privileged }: Caller, buffer: Uint8Array): Result {
    if (!privileged) return "EPERM";
    const count = wholePorts(buffer.length);
    for (let offset = 0; offset < count; offset += PORT_BYTES) {
      const port = getU32(buffer, offset);
      if (this.#has(port)) this.#driver.domain.unmask(port);
    }
    return count;
  }

  /** (457-463): only a poll for events is put on the pollhead; nothing wakes any other. */
  pollers(events: number): WaitQueue {
    return (events & FOR_EVENTS) === 0 ? new WaitQueue() : this.#pollhead;
  }

  get awaited(): boolean {
    return this.#pollhead.size > 0;
  }

  /** (444): POLLERR after an overflow, beside the other bits. POLLWRNORM is POLLOUT there. */
  poll(events: number): number {
    this.#driver.domain.deliver();
    let bits = events & Poll.OUT;
    if (this.ring.overflowed) bits |= Poll.ERR;
    if (this.ring.length > 0) bits |= events & FOR_EVENTS;
    return bits;
  }

  /** (527) */
  release(): void {
    this.#driver.users.forEach((user, port) => {
      if (user === this) this.#driver.disconnect(port);
    });
    this.#driver.free(this.#minor);
  }

  /** An event of one of this handle's ports (137-151). Polls are woken only when the ring was empty. */
  notified(port: number): void {
    if (this.ring.push(port)) this.#pollhead.wakeAll();
  }

  /** (344) */
  #bindVirq(arg: Uint8Array): Result {
    if (arg.length < BIND_VIRQ.size) return "EFAULT";
    const { hypervisor, domain } = this.#driver;
    return this.#bindToUser(hypervisor.bindVirq(domain, getU32(arg, 0)));
  }

  /** (359) */
  #bindInterdomain(arg: Uint8Array): Result {
    if (arg.length < BIND_INTERDOMAIN.size) return "EFAULT";
    const { hypervisor, domain } = this.#driver;
    return this.#bindToUser(hypervisor.bindInterdomain(domain, getU32(arg, 0) & DOMID_MASK, getU32(arg, 4)));
  }

  /** (376) */
  #bindUnboundPort(arg: Uint8Array): Result {
    if (arg.length < BIND_UNBOUND_PORT.size) return "EFAULT";
    const { hypervisor, domain } = this.#driver;
    return this.#bindToUser(hypervisor.allocUnbound(domain, getU32(arg, 0) & DOMID_MASK));
  }

  /** (392): EFAULT out of range (401), else ENOTCONN for a port that is not this handle's (409). */
  #unbind(arg: Uint8Array): Result {
    if (arg.length < UNBIND.size) return "EFAULT";
    const port = getU32(arg, 0);
    if (port >= NR_EVENT_CHANNELS) return "EFAULT";
    if (!this.#has(port)) return "ENOTCONN";
    this.#driver.disconnect(port);
    return 0;
  }

  /** (418): EINVAL out of range (427), else ENOTCONN (429); drops Xen's answer (431). */
  #notify(arg: Uint8Array): Result {
    if (arg.length < NOTIFY.size) return "EFAULT";
    const port = getU32(arg, 0);
    if (port >= NR_EVENT_CHANNELS) return "EINVAL";
    if (!this.#has(port)) return "ENOTCONN";
    this.#driver.hypervisor.send(this.#driver.domain, port);
    return 0;
  }

  /** (284): the ring does not grow; more ports can be bound than it has slots. */
  #bindToUser(port: Result): Result {
    if (typeof port === "number") this.#driver.connect(this, port);
    return port;
  }

  /** False for a port of another handle, too. */
  #has(port: number): boolean {
    return this.#driver.users[port] === this;
  }
}

export const ILLUMOS_PERSONALITY: Personality = {
  name: "illumos",
  abi: ILLUMOS,
  ports: [NR_EVENT_CHANNELS],
  attach: (hypervisor, domain) => new IllumosDriver(hypervisor, domain),
};

/**
 * The Linux personality: what drivers/xen/evtchn.c answers, in its order of checks. Bare line numbers are of that file.
 *
 * @module
 */

import { LINUX, PORT_BYTES } from "../../../ffi/abi.ts";
import { getU16, getU32 } from "../../../ffi/endian.ts";
import { type Errno, Poll, type Result } from "../../../ffi/syscalls.ts";
import { DOMID_FIRST_RESERVED } from "../../types.ts";
import { type Caller, EventChannelDriver, type Handle, type Personality } from "../driver.ts";
import { Ring, wholePorts } from "../ring.ts";
import { WaitQueue } from "../wait.ts";
import { FIFO_PORTS, TWO_LEVEL_PORTS } from "../xen/hypervisor.ts";

const { BIND_VIRQ, BIND_INTERDOMAIN, BIND_UNBOUND_PORT, UNBIND, NOTIFY, RESET, RESTRICT_DOMID, BIND_STATIC } =
  LINUX.ioctls;

// Constants, because engines compile a switch over them best, and every NOTIFY goes through it.
const REQUEST_BIND_VIRQ = BIND_VIRQ.request;
const REQUEST_BIND_INTERDOMAIN = BIND_INTERDOMAIN.request;
const REQUEST_BIND_UNBOUND_PORT = BIND_UNBOUND_PORT.request;
const REQUEST_UNBIND = UNBIND.request;
const REQUEST_NOTIFY = NOTIFY.request;
const REQUEST_RESET = RESET.request;
const REQUEST_RESTRICT_DOMID = RESTRICT_DOMID.request;
const REQUEST_BIND_STATIC = BIND_STATIC.request;

/** `domid_t` has 16 bits: what Xen sees of a domid. All bits set: the handle is not restricted (81). */
const DOMID_MASK = 0xFFFF;
const UNRESTRICTED_DOMID = DOMID_MASK;

/** One page of a FIFO event array describes this many channels (drivers/xen/events/events_fifo.c). */
const CHANNELS_PER_PAGE = 1024;

/** A port that a handle has bound: `struct user_evtchn` (83). */
class UserPort {
  /** Cleared by an event, set by write(2). While it is clear, an event waits in Xen. */
  enabled = true;

  /** @param isStatic Whether Xen keeps the channel when the port is let go: `is_static` of Linux 6.6. */
  constructor(readonly handle: LinuxHandle, readonly isStatic = false) {}

  get awaited(): boolean {
    return this.handle.awaited;
  }

  notified(port: number): void {
    this.enabled = false;
    this.handle.notified(port);
  }
}

export class LinuxDriver extends EventChannelDriver<UserPort> {
  readonly devicePath = LINUX.devicePath;

  /** The mode of the device node allows only root; the driver itself checks nothing. */
  open(caller: Caller): Handle | Errno {
    return caller.privileged ? new LinuxHandle(this) : "EACCES";
  }

  /** `xen_evtchn_nr_channels()`: fixed with 2-level events; a FIFO event array grows by the page. */
  get channels(): number {
    if (this.hypervisor.ports === TWO_LEVEL_PORTS) return TWO_LEVEL_PORTS;
    return Math.ceil(Math.max(this.domain.tableSize, this.users.length) / CHANNELS_PER_PAGE) * CHANNELS_PER_PAGE;
  }

  override disconnect(port: number): void {
    if (this.users[port]?.isStatic) this.letGo(port);
    else super.disconnect(port);
  }

  /** Whether the kernel, or a handle, has an interrupt for this port: request_irq(9) refuses a second one. */
  isTaken(port: number): boolean {
    if (this.users[port] !== undefined) return true;
    const channel = this.domain.channel(port);
    return channel !== undefined && !["free", "reserved"].includes(channel.state) && !channel.atBoot;
  }
}

/** One open /dev/xen/evtchn: `struct per_user_data` (61). */
export class LinuxHandle implements Handle {
  readonly ring: Ring = new Ring(0);
  readonly #driver: LinuxDriver;
  /** One queue, woken as a whole (74, 629). */
  readonly #waiters = new WaitQueue();
  #bound = 0; // (64)
  #restrictDomid = UNRESTRICTED_DOMID;

  constructor(driver: LinuxDriver) {
    this.#driver = driver;
  }

  ioctl(_caller: Caller, request: number, arg: Uint8Array): Result {
    switch (request) {
      case REQUEST_NOTIFY:
        return this.#notify(arg);
      case REQUEST_BIND_VIRQ:
        return this.#bindVirq(arg);
      case REQUEST_BIND_INTERDOMAIN:
        return this.#bindInterdomain(arg);
      case REQUEST_BIND_UNBOUND_PORT:
        return this.#bindUnboundPort(arg);
      case REQUEST_UNBIND:
        return this.#unbind(arg);
      case REQUEST_RESET: // (583): unmasks nothing; a port whose entry is discarded stays masked until it is written
        this.ring.reset();
        return 0;
      case REQUEST_RESTRICT_DOMID:
        return this.#restrict(arg);
      case REQUEST_BIND_STATIC:
        return this.#bindStatic(arg);
      default: // (616)
        return "ENOSYS";
    }
  }

  /** (190): a count below one port is 0, whatever the ring holds; an overflow comes before the data. */
  read(_caller: Caller, buffer: Uint8Array): Result {
    this.#driver.domain.deliver();
    const count = wholePorts(buffer.length);
    if (count === 0) return 0;
    if (this.ring.overflowed) return "EFBIG";
    if (this.ring.length === 0) return "EAGAIN";
    return this.ring.take(buffer, count);
  }

  /** (262): unmasks this handle's ports that are not enabled; skips all others without an error. */
  write(_caller: Caller, buffer: Uint8Array): Result {
    const count = wholePorts(buffer.length);
    for (let offset = 0; offset < count; offset += PORT_BYTES) {
      const port = getU32(buffer, offset);
      const user = this.#find(port);
      if (user === undefined || user.enabled) continue;
      user.enabled = true; // before unmask(): an event that waits in Xen is delivered there, and clears it again
      this.#driver.domain.unmask(port);
    }
    return count;
  }

  pollers(): WaitQueue {
    return this.#waiters;
  }

  get awaited(): boolean {
    return this.#waiters.size > 0;
  }

  /** (624): an overflow replaces every other bit. */
  poll(_events: number): number {
    this.#driver.domain.deliver();
    if (this.ring.overflowed) return Poll.ERR;
    const writable = Poll.OUT | Poll.WRNORM;
    return this.ring.length === 0 ? writable : writable | Poll.IN | Poll.RDNORM;
  }

  /** (670) */
  release(): void {
    this.#driver.users.forEach((user, port) => {
      if (user?.handle === this) this.#driver.disconnect(port);
    });
  }

  /** An event of one of this handle's ports (172-185). Waiters are woken only when the ring was empty. */
  notified(port: number): void {
    if (this.ring.push(port)) this.#waiters.wakeAll();
  }

  /** (465) */
  #bindVirq(arg: Uint8Array): Result {
    if (this.#restrictDomid !== UNRESTRICTED_DOMID) return "EACCES";
    if (arg.length < BIND_VIRQ.size) return "EFAULT";
    const { hypervisor, domain } = this.#driver;
    return this.#bindToUser(hypervisor.bindVirq(domain, getU32(arg, 0)));
  }

  /** (490): compares the restriction with all 32 bits of the domid (500), gives 16 of them to Xen (503). */
  #bindInterdomain(arg: Uint8Array): Result {
    if (arg.length < BIND_INTERDOMAIN.size) return "EFAULT";
    const remote = getU32(arg, 0);
    if (this.#restrictDomid !== UNRESTRICTED_DOMID && this.#restrictDomid !== remote) return "EACCES";
    const { hypervisor, domain } = this.#driver;
    return this.#bindToUser(hypervisor.bindInterdomain(domain, remote & DOMID_MASK, getU32(arg, 4)));
  }

  /** (518) */
  #bindUnboundPort(arg: Uint8Array): Result {
    if (this.#restrictDomid !== UNRESTRICTED_DOMID) return "EACCES";
    if (arg.length < BIND_UNBOUND_PORT.size) return "EFAULT";
    const { hypervisor, domain } = this.#driver;
    return this.#bindToUser(hypervisor.allocUnbound(domain, getU32(arg, 0) & DOMID_MASK));
  }

  /** (543): EINVAL out of range, else ENOTCONN for a port that is not this handle's. */
  #unbind(arg: Uint8Array): Result {
    if (arg.length < UNBIND.size) return "EFAULT";
    const port = getU32(arg, 0);
    if (port >= this.#driver.channels) return "EINVAL";
    if (this.#find(port) === undefined) return "ENOTCONN";
    this.#driver.disconnect(port);
    this.#bound--;
    return 0;
  }

  /** (566): does not check the range, and drops Xen's answer (577). */
  #notify(arg: Uint8Array): Result {
    if (arg.length < NOTIFY.size) return "EFAULT";
    const port = getU32(arg, 0);
    if (this.#find(port) === undefined) return "ENOTCONN";
    this.#driver.hypervisor.send(this.#driver.domain, port);
    return 0;
  }

  /** (594): a second restriction is refused. */
  #restrict(arg: Uint8Array): Result {
    if (this.#restrictDomid !== UNRESTRICTED_DOMID) return "EACCES";
    if (arg.length < RESTRICT_DOMID.size) return "EFAULT";
    const domid = getU16(arg, 0);
    if (domid === 0 || domid >= DOMID_FIRST_RESERVED) return "EINVAL";
    this.#restrictDomid = domid;
    return 0;
  }

  /**
   * Linux 6.6, IOCTL_EVTCHN_BIND_STATIC: what Xen has at that port is not asked. Where nobody made channels at boot, the
   * kernel is an older one, which does not know the request (616).
   */
  #bindStatic(arg: Uint8Array): Result {
    if (!this.#driver.hypervisor.staticChannels) return "ENOSYS";
    if (arg.length < BIND_STATIC.size) return "EFAULT";
    const port = getU32(arg, 0);
    if (this.#find(port) !== undefined) return "EISCONN";
    if (port >= this.#driver.hypervisor.ports) return "ENOMEM"; // bind_evtchn_to_irq_chip, events_base.c
    if (this.#driver.isTaken(port)) return "EBUSY";
    this.#connect(new UserPort(this, true), port);
    return 0;
  }

  /** (364): the ring gets a slot for the new port before the port can have an event (317-323). */
  #bindToUser(port: Result): Result {
    if (typeof port === "string") return port;
    if (this.#driver.users[port] !== undefined) return this.#refuseTaken(port);
    this.#connect(new UserPort(this), port);
    return port;
  }

  /** A port that Xen gave, and that somebody has bound as a static one before Xen made it. */
  #refuseTaken(port: number): Errno {
    this.#driver.hypervisor.close(this.#driver.domain, port);
    return this.#find(port) === undefined ? "EBUSY" : "EEXIST";
  }

  #connect(user: UserPort, port: number): void {
    this.#bound++;
    if (this.#bound > this.ring.size) this.ring.grow();
    this.#driver.connect(user, port);
  }

  /** (141): undefined for a port of another handle, too. */
  #find(port: number): UserPort | undefined {
    const user = this.#driver.users[port];
    return user?.handle === this ? user : undefined;
  }
}

export const LINUX_PERSONALITY: Personality = {
  name: "linux",
  abi: LINUX,
  ports: [TWO_LEVEL_PORTS, FIFO_PORTS],
  attach: (hypervisor, domain) => new LinuxDriver(hypervisor, domain),
};

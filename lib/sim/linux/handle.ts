/**
 * One open /dev/xen/evtchn of Linux: what drivers/xen/evtchn.c answers, in its order of checks.
 *
 * Bare line numbers in the comments are of that file.
 *
 * @module
 */

import { LINUX, PORT_BYTES } from "../../../ffi/abi.ts";
import { getU16, getU32 } from "../../../ffi/endian.ts";
import { Poll, type Result } from "../../../ffi/syscalls.ts";
import type { Caller, Handle } from "../driver.ts";
import { DOMID_FIRST_RESERVED } from "../xen/hypervisor.ts";
import type { LinuxKernel, UserPort } from "./personality.ts";
import { Ring, wholePorts } from "../ring.ts";
import { WaitQueue } from "../wait.ts";

const { BIND_VIRQ, BIND_INTERDOMAIN, BIND_UNBOUND_PORT, UNBIND, NOTIFY, RESET, RESTRICT_DOMID } = LINUX.ioctls;

// A switch over constants is what the engine compiles best, and NOTIFY is the path that carries every event.
const REQUEST_BIND_VIRQ = BIND_VIRQ.request;
const REQUEST_BIND_INTERDOMAIN = BIND_INTERDOMAIN.request;
const REQUEST_BIND_UNBOUND_PORT = BIND_UNBOUND_PORT.request;
const REQUEST_UNBIND = UNBIND.request;
const REQUEST_NOTIFY = NOTIFY.request;
const REQUEST_RESET = RESET.request;
const REQUEST_RESTRICT_DOMID = RESTRICT_DOMID.request;

/** `domid_t` is 16 bits wide: what a handle keeps in it that is not restricted (81), and what Xen sees of a domid. */
const DOMID_MASK = 0xFFFF;
const UNRESTRICTED_DOMID = DOMID_MASK;

/** The driver's `struct per_user_data` (61). */
export class LinuxHandle implements Handle {
  /** One queue for reads and polls, woken as a whole: the sleepers are not exclusive (74, 223, 629). */
  readonly readers = new WaitQueue();
  /** Events that have not been read. Others may look at it; only the driver changes it. */
  readonly ring: Ring = new Ring(0);
  readonly #kernel: LinuxKernel;
  /** How many ports it has bound (64). */
  #bound = 0;
  #restrictDomid = UNRESTRICTED_DOMID;

  /** @param kernel The kernel that it is opened in. */
  constructor(kernel: LinuxKernel) {
    this.#kernel = kernel;
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
      case REQUEST_RESET: // (583): nothing is unmasked, so a port whose entry is lost stays silent until written
        this.ring.reset();
        return 0;
      case REQUEST_RESTRICT_DOMID:
        return this.#restrict(arg);
      default: // (616)
        return "ENOSYS";
    }
  }

  /** (190): a count below one port is 0 before all else; an overflow comes before the data. */
  read(_caller: Caller, buffer: Uint8Array): Result {
    const count = wholePorts(buffer.length);
    if (count === 0) return 0;
    if (this.ring.overflowed) return "EFBIG";
    if (this.ring.length === 0) return "EAGAIN";
    return this.ring.take(buffer, count);
  }

  /** (262): unmasks those of the ports that are this handle's and not enabled; nothing is said of the others. */
  write(_caller: Caller, buffer: Uint8Array): Result {
    const count = wholePorts(buffer.length);
    for (let offset = 0; offset < count; offset += PORT_BYTES) {
      const user = this.#find(getU32(buffer, offset));
      if (user === undefined || user.enabled) continue;
      user.enabled = true; // first: an event that waits in Xen comes within the next call, and clears it again
      this.#kernel.domain.unmask(user.port);
    }
    return count;
  }

  pollers(): WaitQueue {
    return this.readers;
  }

  /** (624): an overflow replaces every other bit. */
  poll(_events: number): number {
    if (this.ring.overflowed) return Poll.ERR;
    const writable = Poll.OUT | Poll.WRNORM;
    return this.ring.length === 0 ? writable : writable | Poll.IN | Poll.RDNORM;
  }

  /** (670) */
  release(): void {
    for (const user of this.#kernel.users) if (user?.handle === this) this.#kernel.disconnect(user);
  }

  /** An event of one of this handle's ports (172-185): waiters are woken only when the ring was empty. */
  notified(port: number): void {
    if (this.ring.push(port)) this.readers.wakeAll();
  }

  /** (465) */
  #bindVirq(arg: Uint8Array): Result {
    if (this.#restrictDomid !== UNRESTRICTED_DOMID) return "EACCES";
    if (arg.length < BIND_VIRQ.size) return "EFAULT";
    const { hypervisor, domain } = this.#kernel;
    return this.#bindToUser(hypervisor.bindVirq(domain, getU32(arg, 0)));
  }

  /** (490): the restriction is compared with all 32 bits of the domid (500), Xen is then given 16 of them (503). */
  #bindInterdomain(arg: Uint8Array): Result {
    if (arg.length < BIND_INTERDOMAIN.size) return "EFAULT";
    const remote = getU32(arg, 0);
    if (this.#restrictDomid !== UNRESTRICTED_DOMID && this.#restrictDomid !== remote) return "EACCES";
    const { hypervisor, domain } = this.#kernel;
    return this.#bindToUser(hypervisor.bindInterdomain(domain, remote & DOMID_MASK, getU32(arg, 4)));
  }

  /** (518) */
  #bindUnboundPort(arg: Uint8Array): Result {
    if (this.#restrictDomid !== UNRESTRICTED_DOMID) return "EACCES";
    if (arg.length < BIND_UNBOUND_PORT.size) return "EFAULT";
    const { hypervisor, domain } = this.#kernel;
    return this.#bindToUser(hypervisor.allocUnbound(domain, getU32(arg, 0) & DOMID_MASK));
  }

  /** (543): beyond the channels that the kernel can have (xen_evtchn_nr_channels) it is EINVAL, else ENOTCONN. */
  #unbind(arg: Uint8Array): Result {
    if (arg.length < UNBIND.size) return "EFAULT";
    const port = getU32(arg, 0);
    if (port >= this.#kernel.channels) return "EINVAL";
    const user = this.#find(port);
    if (user === undefined) return "ENOTCONN";
    this.#kernel.disconnect(user); // an entry that is in the ring stays there
    this.#bound--;
    return 0;
  }

  /** (566): no port is out of range, only not bound, and Xen's own answer is dropped (577). */
  #notify(arg: Uint8Array): Result {
    if (arg.length < NOTIFY.size) return "EFAULT";
    const port = getU32(arg, 0);
    if (this.#find(port) === undefined) return "ENOTCONN";
    this.#kernel.hypervisor.send(this.#kernel.domain, port);
    return 0;
  }

  /** (594): once, and for good. */
  #restrict(arg: Uint8Array): Result {
    if (this.#restrictDomid !== UNRESTRICTED_DOMID) return "EACCES";
    if (arg.length < RESTRICT_DOMID.size) return "EFAULT";
    const domid = getU16(arg, 0);
    if (domid === 0 || domid >= DOMID_FIRST_RESERVED) return "EINVAL";
    this.#restrictDomid = domid;
    return 0;
  }

  /** (364): one slot for every bound port, before the port may be heard (317-323). Passes a failure of Xen's on. */
  #bindToUser(port: Result): Result {
    if (typeof port === "string") return port;
    this.#bound++;
    if (this.#bound > this.ring.size) this.ring.grow();
    this.#kernel.connect({ handle: this, port, enabled: true });
    return port;
  }

  /** (141): a port of another handle is as unknown here as one that nobody has. */
  #find(port: number): UserPort | undefined {
    const user = this.#kernel.users[port];
    return user?.handle === this ? user : undefined;
  }
}

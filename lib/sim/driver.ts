/** What a personality implements: the devices of a guest kernel, and what their open handles answer. @module */

import type { Abi } from "../../ffi/abi.ts";
import type { Errno, Result } from "../../ffi/syscalls.ts";
import type { Domain } from "./xen/domain.ts";
import type { Hypervisor, PortLimit } from "./xen/hypervisor.ts";
import type { WaitQueue } from "./wait.ts";

/** A system that the domains of a world can run: the order of its checks, its ring, its errnos. */
export interface Personality {
  /** The name after `sim:`. */
  readonly name: string;
  readonly abi: Abi;
  /** How many ports a domain of it can have; the default first. */
  readonly ports: readonly PortLimit[];
  /** Attaches the event-channel device to the kernel of `domain`. */
  attach(hypervisor: Hypervisor, domain: Domain): Driver;
}

/** Who makes a system call. */
export interface Caller {
  /** Whether it is root, or has the privileges that root has for this device. */
  readonly privileged: boolean;
  /** Its memory at an address; undefined, which is EFAULT, where not all of the bytes are mapped. */
  memory?(address: bigint, bytes: number): Uint8Array | undefined;
}

/** One device of one domain's kernel. */
export interface Driver {
  readonly devicePath: string;
  /** open(2). */
  open(caller: Caller): Handle | Errno;
}

/** One open handle. Its methods are the driver's entry points and never wait. */
export interface Handle {
  /** ioctl(2). An argument shorter than the request's struct is EFAULT. */
  ioctl(caller: Caller, request: number, arg: Uint8Array): Result;
  /** read(2). EAGAIN where a blocking read would wait. */
  read(caller: Caller, buffer: Uint8Array): Result;
  write(caller: Caller, buffer: Uint8Array): Result;
  /** The queue in which a poll(2) for these bits waits. */
  pollers(events: number): WaitQueue;
  /** poll(2): the bits that hold now. They may include bits that are not in `events`; the caller drops them. */
  poll(events: number): number;
  /** mmap(2). A device without memory does not have it (ENODEV). */
  map?(caller: Caller, bytes: number): Uint8Array | Errno;
  /** The last descriptor is closed. */
  release(): void;
}

/** What every kernel's event-channel driver does in the same way: which user has which port. */
export abstract class EventChannelDriver<User extends { notified(port: number): void }> implements Driver {
  abstract readonly devicePath: string;
  /**
   * The user of each port, at most one. Ports of the kernel itself, and free ports, have none.
   *
   * An array without holes: a Map of this size that loses and gains entries is rebuilt every few operations.
   */
  readonly users: (User | undefined)[] = [];

  /** From now on this driver takes the events of `domain`. */
  constructor(readonly hypervisor: Hypervisor, readonly domain: Domain) {
    domain.upcall = (port) => this.#upcall(port);
  }

  abstract open(caller: Caller): Handle | Errno;

  /** Gives a bound port to a user and unmasks it: a pending event is delivered now. */
  connect(user: User, port: number): void {
    while (this.users.length <= port) this.users.push(undefined);
    this.users[port] = user;
    this.domain.unmask(port);
  }

  /** Masks a port and closes it in Xen. Its entries in a ring stay there. */
  disconnect(port: number): void {
    this.domain.mask(port);
    this.users[port] = undefined;
    this.hypervisor.close(this.domain, port);
  }

  /**
   * An event. It is masked before the handle gets it: by Linux' driver (drivers/xen/evtchn.c:169), by illumos' kernel
   * (xen_callback_handler, usr/src/uts/i86xpv/os/evtchn.c). The kernel's own ports are not masked.
   */
  #upcall(port: number): void {
    this.domain.clearPending(port);
    const user = this.users[port];
    if (user === undefined) return;
    this.domain.mask(port);
    user.notified(port);
  }
}

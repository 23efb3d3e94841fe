/** What a personality implements: the devices of a guest kernel, and what their open handles answer. @module */

import type { Abi } from "../../ffi/abi.ts";
import type { Errno, OpenFlags, Result } from "../../ffi/syscalls.ts";
import type { Domain } from "./xen/domain.ts";
import type { Hypervisor, PortLimit } from "./xen/hypervisor.ts";
import type { WaitQueue } from "./wait.ts";

/** A system that the domains of a world can run. */
export interface Personality {
  readonly name: string;
  readonly abi: Abi;
  /** How many ports a domain of it can have; the default first. */
  readonly ports: readonly PortLimit[];
  /** The event-channel device of the kernel of `domain`. */
  attach(hypervisor: Hypervisor, domain: Domain): ChannelDriver;
}

/** Who makes a system call. */
export interface Caller {
  readonly privileged: boolean;
  /** Its memory at an address; undefined, which is EFAULT, where not all of the bytes are mapped. */
  memory?(address: bigint, bytes: number): Uint8Array | undefined;
}

/** The files of a kernel that are no devices. */
export interface FileSystem {
  open(path: string, caller: Caller, access: OpenFlags["access"]): Handle | Errno;
  /** readlink(2). */
  readlink(path: string, buffer: Uint8Array): Result;
}

/** One device of one domain's kernel. */
export interface Driver {
  readonly devicePath: string;
  open(caller: Caller): Handle | Errno;
}

/** The event-channel device. */
export interface ChannelDriver extends Driver {
  /** Whether a process has bound the port. */
  holds(port: number): boolean;
}

/** One open handle: the driver's entry points, which never wait. */
export interface Handle {
  /** ioctl(2). An argument shorter than the request's struct is EFAULT. */
  ioctl(caller: Caller, request: number, arg: Uint8Array): Result;
  /** read(2). EAGAIN where a blocking read would wait. */
  read(caller: Caller, buffer: Uint8Array): Result;
  write(caller: Caller, buffer: Uint8Array): Result;
  /** The queue in which a poll(2) for these bits waits. */
  pollers(events: number): WaitQueue;
  /** poll(2): the bits that hold now, maybe with bits that are not in `events`. */
  poll(events: number): number;
  /** mmap(2). A device without memory does not have it (ENODEV). */
  map?(caller: Caller, bytes: number): Uint8Array | Errno;
  /** getdents64(2). Only a folder has it (ENOTDIR). */
  entries?(buffer: Uint8Array): Result;
  /** The last descriptor is closed. */
  release(): void;
}

/** What has bound a port. */
interface EventUser {
  notified(port: number): void;
  /** Whether a poll(2) sleeps until an event comes. */
  readonly awaited: boolean;
}

/** What the drivers of all systems do in the same way: they know which user has which port. */
export abstract class EventChannelDriver<User extends EventUser> implements ChannelDriver {
  abstract readonly devicePath: string;
  /** An array without holes: a Map of this size that loses and gains entries is rebuilt every few operations. */
  readonly users: (User | undefined)[] = [];

  constructor(readonly hypervisor: Hypervisor, readonly domain: Domain) {
    domain.upcall = (port) => this.#upcall(port);
    // Not imported: loading node:timers takes longer than starting a simulated host.
    if (domain.held !== undefined) domain.held = () => void globalThis.setImmediate(() => this.#wake());
  }

  abstract open(caller: Caller): Handle | Errno;

  holds(port: number): boolean {
    return this.users[port] !== undefined;
  }

  /** Gives a bound port to a user and unmasks it: a pending event is delivered now (evtchn_dev.c:283-302). */
  connect(user: User, port: number): void {
    while (this.users.length <= port) this.users.push(undefined);
    this.users[port] = user;
    this.domain.unmask(port);
  }

  /** Masks a port and closes it in Xen (evtchn_dev.c:304-325). Its entries in a ring stay there. */
  disconnect(port: number): void {
    this.letGo(port);
    this.hypervisor.close(this.domain, port);
  }

  /** Masks a port that nobody has any more. */
  protected letGo(port: number): void {
    this.domain.mask(port);
    this.users[port] = undefined;
  }

  /** After the sender's statement, events that were held back wake those who sleep; others get them at a look. */
  #wake(): void {
    for (const port of this.domain.heldPorts) if (this.users[port]?.awaited) return this.domain.deliver();
  }

  #upcall(port: number): void {
    this.domain.clearPending(port);
    this.domain.channel(port)!.upcalls++;
    const user = this.users[port];
    if (user === undefined) return this.domain.clearPending(port); // a port of the kernel itself (evtchn_dev.c:135)
    this.domain.mask(port); // drivers/xen/evtchn.c:169; illumos' kernel: i86xpv/os/evtchn.c, xen_callback_handler
    user.notified(port);
  }
}

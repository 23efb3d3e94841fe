/**
 * The Linux personality: the guest kernel's side of drivers/xen/evtchn.c, which all handles of a domain share.
 *
 * @module
 */

import { LINUX } from "../../../ffi/abi.ts";
import type { Errno } from "../../../ffi/syscalls.ts";
import type { Domain } from "../xen/domain.ts";
import type { Caller, Driver, Handle, Personality } from "../driver.ts";
import type { Hypervisor } from "../xen/hypervisor.ts";
import { LinuxHandle } from "./handle.ts";

/** A port that a handle has bound: the driver's `struct user_evtchn` (drivers/xen/evtchn.c:83). */
export interface UserPort {
  readonly handle: LinuxHandle;
  readonly port: number;
  /** Cleared by an event, set by write(2): an event that comes in between waits in Xen. */
  enabled: boolean;
}

/** How many channels one page of a FIFO event array describes (drivers/xen/events/events_fifo.c). */
const CHANNELS_A_PAGE = 1024;

/** How many there are with 2-level events. */
const TWO_LEVEL_CHANNELS = 4096;

/** What a handle needs of the kernel that it was opened in. */
export interface LinuxKernel {
  readonly hypervisor: Hypervisor;
  readonly domain: Domain;
  /** The user of a port, by port: every port has one at most. Entries of free ports are undefined. */
  readonly users: readonly (UserPort | undefined)[];
  /** How many channels the kernel can tell apart now: `xen_evtchn_nr_channels()`. */
  readonly channels: number;
  /** Installs the interrupt handler of a port, which unmasks it. */
  connect(port: UserPort): void;
  /** Removes it again, which masks the port, and closes the port in Xen. */
  disconnect(port: UserPort): void;
}

/** The device of one domain that runs Linux. */
export class LinuxDriver implements Driver, LinuxKernel {
  readonly devicePath = LINUX.devicePath;
  // An array without holes: a Map of this size that loses and gains an entry at every turn is rebuilt every few turns.
  readonly users: (UserPort | undefined)[] = [];

  /**
   * @param hypervisor The Xen that it runs on.
   * @param domain The domain whose kernel it belongs to: events of that domain come here from now on.
   */
  constructor(readonly hypervisor: Hypervisor, readonly domain: Domain) {
    domain.upcall = (port) => this.#interrupt(port);
  }

  /** EACCES stands for the node's permissions, which let only root in; the driver itself asks for nothing. */
  open(caller: Caller): Handle | Errno {
    return caller.privileged ? new LinuxHandle(this) : "EACCES";
  }

  /** With 2-level events a fixed number; a FIFO event array grows by the page, with the highest port so far. */
  get channels(): number {
    if (this.hypervisor.ports === TWO_LEVEL_CHANNELS) return TWO_LEVEL_CHANNELS;
    return Math.ceil(this.domain.tableSize / CHANNELS_A_PAGE) * CHANNELS_A_PAGE;
  }

  connect(user: UserPort): void {
    while (this.users.length <= user.port) this.users.push(undefined);
    this.users[user.port] = user;
    this.domain.unmask(user.port);
  }

  disconnect(user: UserPort): void {
    this.domain.mask(user.port);
    this.users[user.port] = undefined;
    this.hypervisor.close(this.domain, user.port);
  }

  /** An event: acknowledged, then handed to the handle that bound the port. A port of the kernel's own ends here. */
  #interrupt(port: number): void {
    this.domain.clearPending(port);
    const user = this.users[port];
    if (user === undefined) return;
    this.domain.mask(port); // drivers/xen/evtchn.c:169
    user.enabled = false;
    user.handle.notified(port);
  }
}

/** Linux, as the domains of a world run it. */
export const LINUX_PERSONALITY: Personality = {
  name: "linux",
  abi: LINUX,
  ports: [4096, 131072],
  attach: (hypervisor, domain) => new LinuxDriver(hypervisor, domain),
};

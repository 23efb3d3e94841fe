/**
 * The illumos personality, which is Solaris' too: the kernel's side of usr/src/uts/common/xen/io/evtchn_dev.c, which
 * all handles of a domain share. Bare line numbers in the comments are of that file.
 *
 * The driver attaches with its domain and never detaches (645-651).
 *
 * @module
 */

import { ILLUMOS } from "../../../ffi/abi_illumos.ts";
import type { Errno } from "../../../ffi/syscalls.ts";
import type { Domain } from "../xen/domain.ts";
import type { Caller, Driver, Handle, Personality } from "../driver.ts";
import type { Hypervisor } from "../xen/hypervisor.ts";
import { IllumosHandle } from "./handle.ts";

/** How many ports the driver can tell apart (112): it knows 2-level events alone. */
export const NR_EVENT_CHANNELS = 4096;

/** Minors that there are, 0 included, which is the device that all opens go through (81, 491). */
const CLONES = 256;

/** What a handle needs of the kernel that it was opened in. */
export interface IllumosKernel {
  readonly hypervisor: Hypervisor;
  readonly domain: Domain;
  /** `port_user`: whose each port is (112). */
  readonly users: readonly (IllumosHandle | undefined)[];
  /** Gives a new port to a handle and unmasks it: what is pending there is delivered now (283-302). */
  connect(handle: IllumosHandle, port: number): void;
  /** Masks a port, takes it from its handle and closes it in Xen (304-325). What the ring has of it stays there. */
  disconnect(port: number): void;
  /** Frees a minor (555). */
  free(minor: number): void;
}

/** The device of one domain that runs illumos. */
export class IllumosDriver implements Driver, IllumosKernel {
  readonly devicePath = ILLUMOS.devicePath;
  readonly users: (IllumosHandle | undefined)[] = new Array(NR_EVENT_CHANNELS).fill(undefined);
  /** `evtchndrv_clone_tab`: the minors that are taken (105). */
  readonly #clones = new Array<boolean>(CLONES).fill(false);

  /**
   * @param hypervisor The Xen that it runs on.
   * @param domain The domain whose kernel it belongs to: events of that domain come here from now on.
   */
  constructor(readonly hypervisor: Hypervisor, readonly domain: Domain) {
    domain.upcall = (port) => this.#upcall(port);
  }

  /** The lowest free minor from 1 (491-499). Anybody may open: the driver asks for privileges at each use instead. */
  open(_caller: Caller): Handle | Errno {
    const minor = this.#clones.indexOf(false, 1);
    if (minor < 0) return "EAGAIN";
    this.#clones[minor] = true;
    return new IllumosHandle(this, minor);
  }

  connect(handle: IllumosHandle, port: number): void {
    this.users[port] = handle;
    this.domain.unmask(port);
  }

  disconnect(port: number): void {
    this.domain.mask(port);
    this.users[port] = undefined;
    this.hypervisor.close(this.domain, port);
  }

  free(minor: number): void {
    this.#clones[minor] = false;
  }

  /**
   * An event. The kernel masks a port before it hands its event to this driver (xen_callback_handler in
   * usr/src/uts/i86xpv/os/evtchn.c), which clears it (132) and never unmasks it: only write(2) does. One of a port
   * that no handle has is dropped (135); the kernel's own ports end here too, and are not masked.
   */
  #upcall(port: number): void {
    this.domain.clearPending(port);
    const user = this.users[port];
    if (user === undefined) return;
    this.domain.mask(port);
    user.notified(port);
  }
}

/** illumos, as the domains of a world run it. */
export const ILLUMOS_PERSONALITY: Personality = {
  name: "illumos",
  abi: ILLUMOS,
  ports: [NR_EVENT_CHANNELS],
  attach: (hypervisor, domain) => new IllumosDriver(hypervisor, domain),
};

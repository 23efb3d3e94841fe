/**
 * What a driver personality implements: the device of one guest kernel, and what each open handle answers.
 *
 * A personality keeps one system's rules: the order of its checks, its ring, its errnos. Descriptors, sharing and
 * waiting are the process's (`kernel.ts`), ports are Xen's (`hypervisor.ts`).
 *
 * @module
 */

import type { Abi } from "../../ffi/abi.ts";
import type { Errno, Result } from "../../ffi/syscalls.ts";
import type { Domain } from "./xen/domain.ts";
import type { Hypervisor } from "./xen/hypervisor.ts";
import type { WaitQueue } from "./wait.ts";

/** A system that the domains of a world can run. */
export interface Personality {
  /** What stands after `sim:`. */
  readonly name: string;
  /** How its device is spoken to. */
  readonly abi: Abi;
  /** How many ports a domain of it can have, port 0 included; the usual number first. */
  readonly ports: readonly Hypervisor["ports"][];
  /** Attaches the device to the kernel of `domain`. */
  attach(hypervisor: Hypervisor, domain: Domain): Driver;
}

/** Who makes a system call. */
export interface Caller {
  /** Whether it is root, or has what root has for this device. */
  readonly privileged: boolean;
  /**
   * Its memory, for a call that is given an address.
   *
   * @returns The bytes there; undefined where not all of them are its own, which is EFAULT.
   */
  memory?(address: bigint, bytes: number): Uint8Array | undefined;
}

/** One device of one domain's kernel. */
export interface Driver {
  /** Where the device's node is. */
  readonly devicePath: string;
  /**
   * open(2) of the device.
   *
   * @returns A new handle, or why there is none.
   */
  open(caller: Caller): Handle | Errno;
}

/** One open handle. Its methods are the driver's entry points and never wait. */
export interface Handle {
  /** Where blocked read(2)s wait. */
  readonly readers: WaitQueue;
  /** ioctl(2). An argument shorter than the request's struct is EFAULT, as memory that is not there would be. */
  ioctl(caller: Caller, request: number, arg: Uint8Array): Result;
  /** read(2). EAGAIN stands for "wait on `readers` and try again". */
  read(caller: Caller, buffer: Uint8Array): Result;
  /** write(2). */
  write(caller: Caller, buffer: Uint8Array): Result;
  /** Where a poll(2) for these bits waits that found none; the same queue as `readers` on some systems. */
  pollers(events: number): WaitQueue;
  /**
   * poll(2): the bits that hold now.
   *
   * @param events The bits asked for. What comes back may hold others, which the kernel drops.
   */
  poll(events: number): number;
  /** mmap(2): the device's memory; a device without it has no such entry point (ENODEV). */
  map?(caller: Caller, bytes: number): Uint8Array | Errno;
  /** The last descriptor is closed: every port is closed too. */
  release(): void;
}

/**
 * An open event-channel device as bytes: ioctls packed, ports read and written by the page, nothing done to a file
 * that is none.
 *
 * @module
 */

import { type Abi, type IoctlName, pack, PAGE_BYTES, PORT_BYTES } from "../ffi/abi.ts";
import { setU32 } from "../ffi/endian.ts";
import { type Errno, failed, Poll, type Result, type Syscalls } from "../ffi/syscalls.ts";
import { DeviceError } from "./errors.ts";
import { explain } from "./explain.ts";
import type { Port } from "./types.ts";

/** Ports that one read(2) or write(2) carries at the most. */
export const PORTS_A_PAGE: number = PAGE_BYTES / PORT_BYTES;

/** What the drivers answer for a port that is not bound: Linux the first; illumos also the second, to the unprivileged. */
const ANSWERS_OF_A_DRIVER: readonly Result[] = ["ENOTCONN", "EPERM"];

/** A kernel's system calls, and how its driver wants the arguments. */
export interface DeviceKernel {
  readonly syscalls: Syscalls;
  readonly abi: Abi;
}

/** One descriptor of the device. */
export class DeviceFile {
  readonly #syscalls: Syscalls;
  readonly #abi: Abi;
  readonly #arg = new Uint8Array(8);
  readonly #portArg = this.#arg.subarray(0, PORT_BYTES);
  readonly #in = new Uint32Array(PORTS_A_PAGE);
  readonly #inBytes = new Uint8Array(this.#in.buffer);
  readonly #out = new Uint32Array(PORTS_A_PAGE);
  readonly #outBytes = new Uint8Array(this.#out.buffer);
  #proven = false;

  /**
   * @param kernel Whose descriptor it is.
   * @param fd Its number.
   * @param name What it is called in messages.
   * @param blocks Whether it was opened without O_NONBLOCK.
   */
  constructor(kernel: DeviceKernel, readonly fd: number, readonly name: string, readonly blocks: boolean) {
    this.#syscalls = kernel.syscalls;
    this.#abi = kernel.abi;
  }

  /** ioctl(2), with one value a member of its struct. */
  ioctl(name: IoctlName, values: readonly number[]): Result {
    const ioctl = this.#abi.ioctls[name];
    pack(ioctl, values, this.#arg);
    return this.#answered(this.#syscalls.ioctl(this.fd, ioctl.request, this.#arg.subarray(0, ioctl.size)));
  }

  /** {@linkcode DeviceFile.ioctl} for the two that may come with every event: no array, no closure. */
  ioctlOfPort(name: "UNBIND" | "NOTIFY", port: Port): Result {
    setU32(this.#portArg, 0, port);
    return this.#answered(this.#syscalls.ioctl(this.fd, this.#abi.ioctls[name].request, this.#portArg));
  }

  /** One read(2) that does not wait. Its ports are valid until the next. */
  read(bytes: number): Uint32Array | Errno {
    this.prove();
    if (this.blocks && bytes >= PORT_BYTES) {
      // The shell opened it without O_NONBLOCK: ask first whether read(2) would wait.
      const ready = this.#syscalls.pollNow(this.fd, Poll.IN);
      if (failed(ready)) return ready;
      if (ready === 0) return "EAGAIN";
    }
    const result = this.#syscalls.read(this.fd, bytes >= PAGE_BYTES ? this.#inBytes : this.#inBytes.subarray(0, bytes));
    return failed(result) ? result : this.#in.subarray(0, result / PORT_BYTES);
  }

  /** write(2) of ports, a page at a time. Returns the bytes taken, or the errno. */
  write(ports: ArrayLike<Port>): Result {
    this.prove();
    let bytes = 0;
    for (let first = 0; first < ports.length; first += PORTS_A_PAGE) {
      const count = Math.min(PORTS_A_PAGE, ports.length - first);
      for (let i = 0; i < count; i++) this.#out[i] = ports[first + i];
      const result = this.#writeOut(count * PORT_BYTES);
      if (failed(result)) return result;
      bytes += result;
    }
    return bytes;
  }

  /** poll(2): see `Syscalls.poll`. */
  poll(events: number, timeout: number, signal?: AbortSignal): Result | Promise<Result> {
    this.prove();
    if (timeout === 0) return this.#syscalls.pollNow(this.fd, events);
    return this.#syscalls.poll(this.fd, events, timeout, signal);
  }

  /** dup(2): a descriptor that a program inherits. */
  dup(): Result {
    return this.#syscalls.dup(this.fd);
  }

  /** close(2) of this descriptor or of one that {@linkcode DeviceFile.dup} gave. */
  close(fd: number = this.fd): void {
    this.#syscalls.close(fd);
  }

  /**
   * Makes sure that this is an event-channel device, before anything is written to it or taken from it: a mistyped
   * path may be a disk. Notifying port 0, which is never bound, changes nothing and has one answer.
   *
   * @throws {DeviceError} If it is none.
   */
  prove(): void {
    if (this.#proven) return;
    const result = this.ioctlOfPort("NOTIFY", 0);
    if (failed(result) && !ANSWERS_OF_A_DRIVER.includes(result) && !(result === "EINVAL" && this.#abi.os !== "linux")) {
      throw new DeviceError("open", result, this.name, `Cannot use ${this.name}`, explain("*", "ENOTTY"));
    }
    this.#proven = true;
  }

  #answered(result: Result): Result {
    if (!failed(result)) this.#proven = true;
    return result;
  }

  #writeOut(bytes: number): Result {
    let written = 0;
    while (written < bytes) {
      const result = this.#syscalls.write(this.fd, this.#outBytes.subarray(written, bytes));
      if (result === "EINTR") continue;
      if (failed(result)) return result;
      if (result === 0) return "EIO"; // a driver that takes nothing and says nothing would be asked for ever
      written += result;
    }
    return written;
  }
}

/** An open event-channel device: ioctls packed, ports read and written a page at a time. @module */

import { type Abi, type IoctlName, pack, PAGE_BYTES, PORT_BYTES, type System } from "../../ffi/abi.ts";
import { getU32, setU32 } from "../../ffi/endian.ts";
import { type Errno, failed, Poll, type Result, type Syscalls } from "../../ffi/syscalls.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { Port } from "../types.ts";

export const PORTS_A_PAGE: number = PAGE_BYTES / PORT_BYTES;

/** The largest ioctl argument of any system, bytes: BIND_INTERDOMAIN of the BSDs. */
const LONGEST_STRUCT = 12;

/** What a driver answers for a port that is not bound: Linux ENOTCONN; illumos also EPERM, if unprivileged. */
const ANSWERS_OF_A_DRIVER: readonly Result[] = ["ENOTCONN", "EPERM"];

export interface DeviceKernel {
  readonly syscalls: Syscalls;
  readonly abi: Abi;
}

export class DeviceFile {
  readonly #syscalls: Syscalls;
  readonly #abi: Abi;
  readonly #arg = new Uint8Array(LONGEST_STRUCT);
  readonly #portArg = this.#arg.subarray(0, PORT_BYTES);
  readonly #in = new Uint32Array(PORTS_A_PAGE);
  readonly #inBytes = new Uint8Array(this.#in.buffer);
  readonly #out = new Uint32Array(PORTS_A_PAGE);
  readonly #outBytes = new Uint8Array(this.#out.buffer);
  /** The last read. Kept because most reads return as many ports as the one before. */
  #fired = this.#in.subarray(0, 0);
  #proven = false;

  /** @param blocks Whether it was opened without O_NONBLOCK. */
  constructor(kernel: DeviceKernel, private fd: number, readonly name: string, readonly blocks: boolean) {
    this.#syscalls = kernel.syscalls;
    this.#abi = kernel.abi;
  }

  get system(): System {
    return this.#abi.os;
  }

  /**
   * One value for each member of the struct. Returns the new port of a bind, or ENOSYS if the driver has no such ioctl:
   * Linux and illumos answer that for a number that they do not know.
   */
  ioctl(name: IoctlName, values: readonly number[]): Result {
    const ioctl = this.#abi.ioctls[name];
    if (ioctl === undefined) {
      this.prove();
      return "ENOSYS";
    }
    pack(ioctl, values, this.#arg);
    const arg = this.#arg.subarray(0, ioctl.size);
    const result = this.#answered(this.#syscalls.ioctl(this.fd, ioctl.request, arg));
    return failed(result) || ioctl.portOffset < 0 ? result : getU32(arg, ioctl.portOffset);
  }

  /** For the two verbs that may come with every event: it allocates nothing. */
  ioctlOfPort(name: "UNBIND" | "NOTIFY", port: Port): Result {
    setU32(this.#portArg, 0, port);
    return this.#answered(this.#syscalls.ioctl(this.fd, this.#abi.ioctls[name].request, this.#portArg));
  }

  /** One read(2) that does not wait. The ports are valid until the next read. */
  read(bytes: number): Uint32Array | Errno {
    this.prove();
    if (this.blocks && bytes >= PORT_BYTES) {
      // Opened by the shell without O_NONBLOCK: read(2) might wait.
      const ready = this.#syscalls.pollNow(this.fd, Poll.IN);
      if (failed(ready)) return ready;
      if (ready === 0) return "EAGAIN";
    }
    const result = this.#syscalls.read(this.fd, bytes >= PAGE_BYTES ? this.#inBytes : this.#inBytes.subarray(0, bytes));
    if (failed(result)) return result;
    if (result !== this.#fired.byteLength) this.#fired = this.#in.subarray(0, result / PORT_BYTES);
    return this.#fired;
  }

  /** Returns the bytes that the driver took. */
  write(ports: ArrayLike<Port>): Result {
    this.prove();
    let bytes = 0;
    for (let first = 0; first < ports.length; first += PORTS_A_PAGE) {
      const count = Math.min(PORTS_A_PAGE, ports.length - first);
      for (let i = 0; i < count; i++) this.#out[i] = ports[first + i];
      const result = this.#writeOut(this.#outBytes.subarray(0, count * PORT_BYTES));
      if (failed(result)) return result;
      bytes += result;
    }
    return bytes;
  }

  poll(events: number, timeout: number, signal?: AbortSignal): Result | Promise<Result> {
    this.prove();
    const asked = (events & Poll.WRNORM) === 0 ? events : events & ~Poll.WRNORM | this.#abi.pollWriteNormal;
    if (timeout === 0) return this.#syscalls.pollNow(this.fd, asked);
    return this.#syscalls.poll(this.fd, asked, timeout, signal);
  }

  dup(): Result {
    return this.#syscalls.dup(this.fd);
  }

  /** Closes this descriptor, or one from {@linkcode dup}. */
  close(fd: number = this.fd): void {
    if (fd === this.fd) this.fd = -1; // the next open(2) may get the number: a later call here must not reach that file
    this.#syscalls.close(fd);
  }

  /**
   * Refuses a file that is no event-channel device before it is read or written: a mistyped path may be a disk. To
   * notify port 0, which is never bound, changes nothing, and every driver refuses it in a known way.
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

  #writeOut(bytes: Uint8Array): Result {
    for (let rest = bytes; rest.length > 0;) {
      const result = this.#syscalls.write(this.fd, rest);
      if (result === "EINTR") continue;
      if (failed(result)) return result;
      if (result === 0) return "EIO"; // else a driver that takes nothing would loop for ever
      if (result === rest.length) break;
      rest = rest.subarray(result);
    }
    return bytes.length;
  }
}

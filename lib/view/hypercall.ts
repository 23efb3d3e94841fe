/** Hypercalls through Linux's privcmd, with memory for their arguments. @module */

import { PAGE_BYTES } from "../../ffi/abi.ts";
import {
  HYPERCALL_BYTES,
  HYPERCALL_PATH,
  IOCTL_PRIVCMD_HYPERCALL,
  packHypercall,
  PRIVCMD_PATH,
} from "../../ffi/privcmd.ts";
import { type Errno, failed, type Memory, type Result, type Syscalls } from "../../ffi/syscalls.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";

/** Neither descriptor is read, so O_NONBLOCK would change nothing. */
const FLAGS = { nonblock: false, cloexec: true } as const;

export class Hypercalls {
  private constructor(
    private readonly syscalls: Syscalls,
    private readonly fd: number,
    private readonly bufferFd: number,
    /** Memory that the kernel never moves. */
    readonly memory: Memory,
  ) {}

  /**
   * @param pages How many pages of memory. A kernel before Linux 4.20 gives at most 64 (drivers/xen/privcmd-buf.c).
   * @throws {DeviceError} A device is missing (ENOENT), may not be opened (EACCES), or gives no memory.
   */
  static open(syscalls: Syscalls, pages: number): Hypercalls {
    const fd = openNode(syscalls, PRIVCMD_PATH, "privcmd");
    let bufferFd: number | undefined;
    try {
      bufferFd = openNode(syscalls, HYPERCALL_PATH, "hypercall");
      const memory = syscalls.map(bufferFd, pages * PAGE_BYTES);
      if (typeof memory === "string") throw refusal("hypercall", memory, HYPERCALL_PATH, "Cannot map");
      return new Hypercalls(syscalls, fd, bufferFd, memory);
    } catch (error) {
      if (bufferFd !== undefined) syscalls.close(bufferFd);
      syscalls.close(fd);
      throw error;
    }
  }

  /** Packs a hypercall whose arguments may be addresses in {@linkcode memory}. */
  static pack(op: number, args: readonly (number | bigint)[]): Uint8Array {
    const bytes = new Uint8Array(HYPERCALL_BYTES);
    packHypercall({ op, args }, bytes);
    return bytes;
  }

  /** Makes a hypercall; returns what it returned, or the kernel's or Xen's errno. */
  call(packed: Uint8Array): Result {
    return this.syscalls.ioctl(this.fd, IOCTL_PRIVCMD_HYPERCALL, packed);
  }

  close(): void {
    this.memory.unmap();
    this.syscalls.close(this.bufferFd);
    this.syscalls.close(this.fd);
  }
}

function openNode(syscalls: Syscalls, path: string, op: string): number {
  const fd = syscalls.open(path, FLAGS);
  if (failed(fd)) throw refusal(op, fd, path, "Cannot open");
  return fd;
}

function refusal(op: string, errno: Errno, path: string, action: string): DeviceError {
  return new DeviceError(op, errno, path, `${action} "${path}"`, explain(op, errno));
}

/**
 * The descriptors that a shell and its commands see, whatever numbers the kernel below gives out.
 *
 * Commands of a transcript run in one process, which has descriptors of its own. The shell's `exec 3<>...` is 3 all
 * the same, a number that nobody opened is not open, and a command cannot reach what the process has besides.
 *
 * @module
 */

import { type Errno, failed, type Memory, type OpenFlags, type Result, type Syscalls } from "../../ffi/syscalls.ts";

/** Where the numbers of what commands open themselves begin: beyond those of any shell. */
const FIRST_OF_COMMANDS = 1000;

/** No descriptor: every call on it is EBADF. */
const CLOSED = -1;

/** System calls on a table of descriptors of its own. */
export class Descriptors implements Syscalls {
  readonly #kernel: Syscalls;
  readonly #table = new Map<number, number>();

  /** @param kernel Who does the calls. */
  constructor(kernel: Syscalls) {
    this.#kernel = kernel;
  }

  open(path: string, flags: OpenFlags): Result {
    return this.#add(this.#kernel.open(path, flags));
  }

  /** Opens `path` as a shell does for a redirection: at that number, and so that reads wait. */
  openAt(fd: number, path: string): Errno | undefined {
    this.close(fd);
    const below = this.#kernel.open(path, { nonblock: false, cloexec: false });
    if (failed(below)) return below;
    this.#table.set(fd, below);
  }

  close(fd: number): Result {
    const below = this.#below(fd);
    this.#table.delete(fd);
    return this.#kernel.close(below);
  }

  closeAll(): void {
    for (const fd of [...this.#table.keys()]) this.close(fd);
  }

  dup(fd: number): Result {
    return this.#add(this.#kernel.dup(this.#below(fd)));
  }

  blocks(fd: number): boolean | Errno {
    return this.#kernel.blocks(this.#below(fd));
  }

  ioctl(fd: number, request: number, arg: Uint8Array): Result {
    return this.#kernel.ioctl(this.#below(fd), request, arg);
  }

  read(fd: number, buffer: Uint8Array): Result {
    return this.#kernel.read(this.#below(fd), buffer);
  }

  write(fd: number, buffer: Uint8Array): Result {
    return this.#kernel.write(this.#below(fd), buffer);
  }

  map(fd: number, bytes: number): Memory | Errno {
    return this.#kernel.map(this.#below(fd), bytes);
  }

  pollNow(fd: number, events: number): Result {
    return this.#kernel.pollNow(this.#below(fd), events);
  }

  poll(fd: number, events: number, timeout: number, signal?: AbortSignal): Promise<Result> {
    return this.#kernel.poll(this.#below(fd), events, timeout, signal);
  }

  #below(fd: number): number {
    return this.#table.get(fd) ?? CLOSED;
  }

  #add(below: Result): Result {
    if (failed(below)) return below;
    let fd = FIRST_OF_COMMANDS;
    while (this.#table.has(fd)) fd++;
    this.#table.set(fd, below);
    return fd;
  }
}

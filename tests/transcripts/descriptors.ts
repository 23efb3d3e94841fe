/**
 * The descriptors that a shell and its commands see. Commands of a transcript run in one process with descriptors of its
 * own, but the shell's `exec 3<>...` must be 3, and a number that was not opened must be closed.
 *
 * @module
 */

import { type Errno, failed, type Memory, type OpenFlags, type Result, type Syscalls } from "../../ffi/syscalls.ts";

/** The first descriptor that a command opens itself: larger than any of the shell. */
const FIRST_OF_COMMANDS = 1000;

/** Every call on this descriptor is EBADF. */
const CLOSED = -1;

/** System calls with their own table of descriptors. */
export class Descriptors implements Syscalls {
  readonly #kernel: Syscalls;
  readonly #table = new Map<number, number>();

  constructor(kernel: Syscalls) {
    this.#kernel = kernel;
  }

  open(path: string, flags: OpenFlags): Result {
    return this.#add(this.#kernel.open(path, flags));
  }

  /** Opens `path` like a redirection of a shell: at that number, and with blocking reads. */
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

  entries(fd: number, buffer: Uint8Array): Result {
    return this.#kernel.entries(this.#below(fd), buffer);
  }

  readlink(path: string, buffer: Uint8Array): Result {
    return this.#kernel.readlink(path, buffer);
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

/**
 * A process of a simulated domain: its descriptors, and the system calls that it makes on them.
 *
 * @module
 */

import { type Errno, type Memory, type OpenFlags, Poll, type Result, type Syscalls } from "../../ffi/syscalls.ts";
import type { Caller, Driver, Handle } from "./driver.ts";
import { AddressSpace } from "./memory.ts";
import { type Sleeper, waitUntil } from "./wait.ts";

/** 0, 1 and 2 are the terminal's, which is not simulated. */
const FIRST_DESCRIPTOR = 3;

/** What poll(2) reports whether it was asked for or not. */
const ALWAYS_REPORTED = Poll.ERR | Poll.HUP;

/** An open file: what descriptors made by dup(2) share. */
interface OpenFile {
  readonly handle: Handle;
  readonly blocks: boolean;
  /** Its descriptors, and the calls that are waiting on it: when none is left, the handle is released. */
  uses: number;
}

/** What the kernel of a domain offers to a process of it. */
export interface ProcessOptions {
  /** The kernel's devices. */
  readonly drivers: readonly Driver[];
  /** Who the process runs as. */
  readonly caller: Caller;
  /** Whose time it waits by. */
  readonly clock: Sleeper;
}

/** The system calls of one process, and what only a simulated one can offer. */
export interface SimulatedProcess extends Syscalls {
  /**
   * read(2) that may wait: what a blocking reader sees, as a promise.
   *
   * @param fd The descriptor; with O_NONBLOCK it does not wait.
   * @param buffer Where the ports go.
   * @param signal Aborting it ends the wait with `"EINTR"`.
   * @returns The bytes read.
   */
  readWaiting(fd: number, buffer: Uint8Array, signal?: AbortSignal): Promise<Result>;
  /**
   * Ends the process: its descriptors are closed, calls that wait end with `"EINTR"`, and every later call finds no
   * descriptor (EBADF) and no device (ENODEV).
   */
  exit(): void;
}

/** One process. */
export class Process implements SimulatedProcess {
  readonly #drivers: readonly Driver[];
  readonly #caller: Caller;
  readonly #clock: Sleeper;
  readonly #files: (OpenFile | undefined)[] = new Array(FIRST_DESCRIPTOR).fill(undefined);
  readonly #life = new AbortController();
  readonly #memory = new AddressSpace();

  constructor({ drivers, caller, clock }: ProcessOptions) {
    this.#drivers = drivers;
    this.#caller = { ...caller, memory: (address, bytes) => this.#memory.at(address, bytes) };
    this.#clock = clock;
  }

  /** ENOENT for every path but the devices': there are no other files. */
  open(path: string, { nonblock }: OpenFlags): Result {
    if (this.#life.signal.aborted) return "ENODEV";
    const driver = this.#drivers.find(({ devicePath }) => devicePath === path);
    if (driver === undefined) return "ENOENT";
    const handle = driver.open(this.#caller);
    if (typeof handle === "string") return handle;
    return this.#install({ handle, blocks: !nonblock, uses: 0 });
  }

  close(fd: number): Result {
    const file = this.#files[fd];
    if (file === undefined) return "EBADF";
    this.#files[fd] = undefined;
    this.#drop(file);
    return 0;
  }

  blocks(fd: number): boolean | "EBADF" {
    return this.#files[fd]?.blocks ?? "EBADF";
  }

  dup(fd: number): Result {
    const file = this.#files[fd];
    return file === undefined ? "EBADF" : this.#install(file);
  }

  ioctl(fd: number, request: number, arg: Uint8Array): Result {
    const file = this.#files[fd];
    return file === undefined ? "EBADF" : file.handle.ioctl(this.#caller, request, arg);
  }

  /**
   * On a descriptor without O_NONBLOCK that has nothing to read, a real read waits; here the caller is the only
   * thread there is, so nothing could ever come: EDEADLK. No driver gives that errno: whoever meets it forgot to
   * poll first, or wants {@linkcode Process.readWaiting}.
   */
  read(fd: number, buffer: Uint8Array): Result {
    const file = this.#files[fd];
    if (file === undefined) return "EBADF";
    const result = file.handle.read(this.#caller, buffer);
    return result === "EAGAIN" && file.blocks ? "EDEADLK" : result;
  }

  write(fd: number, buffer: Uint8Array): Result {
    const file = this.#files[fd];
    return file === undefined ? "EBADF" : file.handle.write(this.#caller, buffer);
  }

  map(fd: number, bytes: number): Memory | Errno {
    const file = this.#files[fd];
    if (file === undefined) return "EBADF";
    const pages = file.handle.map?.(this.#caller, bytes) ?? "ENODEV";
    return typeof pages === "string" ? pages : this.#memory.map(pages);
  }

  /** POLLNVAL for a descriptor that is not open; a negative one is left out, as poll(2) says. */
  pollNow(fd: number, events: number): Result {
    if (fd < 0) return 0;
    const file = this.#files[fd];
    return file === undefined ? Poll.NVAL : file.handle.poll(events) & (events | ALWAYS_REPORTED);
  }

  /**
   * The handle cannot go while somebody waits on it: closing its last descriptor meanwhile keeps its ports bound
   * until the wait ends, as in a kernel.
   */
  async poll(fd: number, events: number, timeout: number, signal?: AbortSignal): Promise<Result> {
    const file = this.#files[fd];
    if (file === undefined) return this.pollNow(fd, events);
    const bits = () => file.handle.poll(events) & (events | ALWAYS_REPORTED) || undefined;
    file.uses++;
    try {
      return await waitUntil(file.handle.pollers(events), bits, this.#limits(timeout, signal)) ?? 0;
    } finally {
      this.#drop(file);
    }
  }

  async readWaiting(fd: number, buffer: Uint8Array, signal?: AbortSignal): Promise<Result> {
    const file = this.#files[fd];
    if (file === undefined) return "EBADF";
    const attempt = () => {
      const result = file.handle.read(this.#caller, buffer);
      return result === "EAGAIN" && file.blocks ? undefined : result;
    };
    file.uses++;
    try {
      return await waitUntil(file.handle.readers, attempt, this.#limits(-1, signal)) as Result;
    } finally {
      this.#drop(file);
    }
  }

  exit(): void {
    this.#life.abort();
    this.#files.forEach((_, fd) => this.close(fd));
  }

  #install(file: OpenFile): number {
    let fd = FIRST_DESCRIPTOR;
    while (this.#files[fd] !== undefined) fd++;
    this.#files[fd] = file;
    file.uses++;
    return fd;
  }

  #drop(file: OpenFile): void {
    if (--file.uses === 0) file.handle.release();
  }

  #limits(timeout: number, signal: AbortSignal | undefined) {
    return { clock: this.#clock, timeout, signals: [this.#life.signal, signal] };
  }
}

/** A process of a simulated domain: its descriptors, and the system calls that it makes on them. @module */

import { type Errno, type Memory, type OpenFlags, Poll, type Result, type Syscalls } from "../../ffi/syscalls.ts";
import type { Caller, Driver, FileSystem, Handle } from "./driver.ts";
import { AddressSpace } from "./memory.ts";
import { type Sleeper, waitUntil } from "./wait.ts";

/** 0, 1 and 2 are the terminal's, which is not simulated. */
const FIRST_DESCRIPTOR = 3;

const ALWAYS_REPORTED = Poll.ERR | Poll.HUP;

/** What descriptors made by dup(2) share. */
interface OpenFile {
  readonly path: string;
  readonly handle: Handle;
  readonly blocks: boolean;
  /** How many descriptors and waiting calls use it. At 0 the handle is released. */
  uses: number;
}

export interface ProcessOptions {
  readonly id?: number;
  readonly started?: number;
  /** The files that are no devices, made at their first use. Undefined: there are none. */
  readonly root?: () => FileSystem | undefined;
}

export class SimulatedProcess implements Syscalls {
  readonly #drivers: readonly Driver[];
  readonly #caller: Caller;
  readonly #clock: Sleeper;
  readonly #files: (OpenFile | undefined)[] = new Array(FIRST_DESCRIPTOR).fill(undefined);
  readonly #life = new AbortController();
  readonly #memory = new AddressSpace();
  readonly #root: (() => FileSystem | undefined) | undefined;
  /** Its process id, when it began, hundredths of a second after the kernel, and its name: as /proc/PID/stat has them. */
  readonly id: number;
  readonly started: number;
  readonly command = "evtchn";

  constructor(drivers: readonly Driver[], readonly privileged: boolean, clock: Sleeper, options: ProcessOptions = {}) {
    const { id = 1, started = 0, root } = options;
    this.id = id;
    this.started = started;
    this.#drivers = drivers;
    this.#caller = { privileged, memory: (address, bytes) => this.#memory.at(address, bytes) };
    this.#clock = clock;
    this.#root = root;
  }

  /** What its descriptors have open: devices and files by their paths. */
  get paths(): ReadonlyMap<number, string> {
    return new Map(this.#files.flatMap((file, fd) => file === undefined ? [] : [[fd, file.path] as const]));
  }

  /** ENOENT for every path that is neither a device's nor a file's. */
  open(path: string, { access, nonblock }: OpenFlags): Result {
    if (this.#life.signal.aborted) return "ENODEV";
    const driver = this.#drivers.find(({ devicePath }) => devicePath === path);
    const handle = driver?.open(this.#caller) ?? this.#root?.()?.open(path, this.#caller, access) ?? "ENOENT";
    if (typeof handle === "string") return handle;
    return this.#install({ path, handle, blocks: !nonblock, uses: 0 });
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

  /** EDEADLK, which no driver answers, where a real read would block: in this only thread no event could come. */
  read(fd: number, buffer: Uint8Array): Result {
    const file = this.#files[fd];
    if (file === undefined) return "EBADF";
    const result = file.handle.read(this.#caller, buffer);
    return result === "EAGAIN" && file.blocks ? "EDEADLK" : result;
  }

  entries(fd: number, buffer: Uint8Array): Result {
    const file = this.#files[fd];
    return file === undefined ? "EBADF" : file.handle.entries?.(buffer) ?? "ENOTDIR";
  }

  readlink(path: string, buffer: Uint8Array): Result {
    if (this.#life.signal.aborted) return "ENODEV";
    if (this.#drivers.some(({ devicePath }) => devicePath === path)) return "EINVAL";
    return this.#root?.()?.readlink(path, buffer) ?? "ENOENT";
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

  /** POLLNVAL for a descriptor that is not open; 0 for a negative one, as poll(2) says. */
  pollNow(fd: number, events: number): Result {
    if (fd < 0) return 0;
    const file = this.#files[fd];
    return file === undefined ? Poll.NVAL : file.handle.poll(events) & (events | ALWAYS_REPORTED);
  }

  /** As in a kernel, the wait keeps the handle: closing its last descriptor releases it after the wait. */
  async poll(fd: number, events: number, timeout: number, signal?: AbortSignal): Promise<Result> {
    const file = this.#files[fd];
    if (file === undefined) return this.pollNow(fd, events);
    const bits = () => file.handle.poll(events) & (events | ALWAYS_REPORTED) || undefined;
    const limits = { clock: this.#clock, timeout, signals: [this.#life.signal, signal] };
    file.uses++;
    try {
      return await waitUntil(file.handle.pollers(events), bits, limits) ?? 0;
    } finally {
      this.#drop(file);
    }
  }

  /** Ends the process: descriptors are closed, waiting calls end with EINTR, later calls get EBADF and ENODEV. */
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
}

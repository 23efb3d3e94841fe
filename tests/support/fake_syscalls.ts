/**
 * A kernel that answers what it was told to and writes down what it was asked.
 *
 * @module
 */

import { setU32 } from "../../ffi/endian.ts";
import type { Errno, Memory, OpenFlags, Result, Syscalls } from "../../ffi/syscalls.ts";

/** One call, with its bytes as they were at that moment. */
export type Call = readonly [name: keyof Syscalls, ...args: unknown[]];

/** What a read(2) gives: ports, or bytes as they are, or an errno. */
export type Read = Errno | readonly number[] | Uint8Array;

/** Answers by call; each list is used up from its start, and its call succeeds plainly once it is empty. */
export interface Script {
  open?: Result[];
  blocks?: (boolean | Errno)[];
  dup?: Result[];
  /** By default ENOTCONN for NOTIFY of port 0, as of a driver, and 0 for everything else. */
  ioctl?: Result[];
  read?: Read[];
  write?: Result[];
  /** 0, the end of the folder, once it is empty. */
  entries?: (Result | Uint8Array)[];
  /** EINVAL, as of no link, once it is empty. */
  readlink?: (Errno | Uint8Array)[];
  /** ENODEV once it is empty. */
  map?: (Memory | Errno)[];
  /** Both of pollNow and poll. */
  poll?: Result[];
}

const NOTIFY = 0x0004_4504;

/** The scripted kernel. */
export class FakeSyscalls implements Syscalls {
  readonly calls: Call[] = [];
  readonly #script: Script;

  constructor(script: Script = {}) {
    this.#script = script;
  }

  /** The calls by name, such as `["open", "ioctl"]`. */
  get names(): string[] {
    return this.calls.map(([name]) => name);
  }

  /** The calls of one name, without it. */
  of(wanted: keyof Syscalls): unknown[][] {
    return this.calls.filter(([name]) => name === wanted).map(([, ...args]) => args);
  }

  open(path: string, flags: OpenFlags): Result {
    this.calls.push(["open", path, flags]);
    return this.#script.open?.shift() ?? 3;
  }

  close(fd: number): Result {
    this.calls.push(["close", fd]);
    return 0;
  }

  blocks(fd: number): boolean | Errno {
    this.calls.push(["blocks", fd]);
    return this.#script.blocks?.shift() ?? false;
  }

  dup(fd: number): Result {
    this.calls.push(["dup", fd]);
    return this.#script.dup?.shift() ?? fd + 1;
  }

  ioctl(fd: number, request: number, arg: Uint8Array): Result {
    this.calls.push(["ioctl", fd, request, [...arg]]);
    const probe = request === NOTIFY && arg.every((byte) => byte === 0);
    return this.#script.ioctl?.shift() ?? (probe ? "ENOTCONN" : 0);
  }

  read(fd: number, buffer: Uint8Array): Result {
    this.calls.push(["read", fd, buffer.length]);
    const read = this.#script.read?.shift() ?? "EAGAIN";
    if (typeof read === "string") return read;
    if (read instanceof Uint8Array) {
      buffer.set(read);
      return read.length;
    }
    read.forEach((port, i) => setU32(buffer, i * 4, port));
    return read.length * 4;
  }

  write(fd: number, buffer: Uint8Array): Result {
    this.calls.push(["write", fd, [...buffer]]);
    return this.#script.write?.shift() ?? buffer.length;
  }

  entries(fd: number, buffer: Uint8Array): Result {
    this.calls.push(["entries", fd, buffer.length]);
    return this.#bytes(this.#script.entries?.shift() ?? 0, buffer);
  }

  readlink(path: string, buffer: Uint8Array): Result {
    this.calls.push(["readlink", path, buffer.length]);
    return this.#bytes(this.#script.readlink?.shift() ?? "EINVAL", buffer);
  }

  map(fd: number, bytes: number): Memory | Errno {
    this.calls.push(["map", fd, bytes]);
    return this.#script.map?.shift() ?? "ENODEV";
  }

  pollNow(fd: number, events: number): Result {
    this.calls.push(["pollNow", fd, events]);
    return this.#script.poll?.shift() ?? 0;
  }

  poll(fd: number, events: number, timeout: number): Promise<Result> {
    this.calls.push(["poll", fd, events, timeout]);
    return Promise.resolve(this.#script.poll?.shift() ?? 0);
  }

  #bytes(answer: Result | Uint8Array, buffer: Uint8Array): Result {
    if (!(answer instanceof Uint8Array)) return answer;
    buffer.set(answer.subarray(0, buffer.length));
    return Math.min(answer.length, buffer.length);
  }
}

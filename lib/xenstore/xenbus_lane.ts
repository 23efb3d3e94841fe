/**
 * One open handle of /dev/xen/xenbus.
 *
 * @module
 */

import { type Errno, failed, Poll, type Syscalls } from "../../ffi/syscalls.ts";

/** More than a message has; many watch events at once. */
const READ_BYTES = 8192;

/** What poll(2) says of a device that will never be readable again. */
const GONE = Poll.ERR | Poll.HUP | Poll.NVAL;

/** A descriptor, and the poll(2) that waits on it. */
export class XenbusLane {
  readonly #syscalls: Syscalls;
  readonly #fd: number;
  readonly #readable: () => void;
  readonly #buffer = new Uint8Array(READ_BYTES);
  #listening: Promise<void> | undefined;
  /** What poll(2) said that no read can mend. */
  #broken: Errno | undefined;

  /** @param readable Called when a read may find something. */
  constructor(syscalls: Syscalls, fd: number, readable: () => void) {
    this.#syscalls = syscalls;
    this.#fd = fd;
    this.#readable = readable;
  }

  /** Sends one message, whole. Returns why it was refused. */
  send(message: Uint8Array): Errno | undefined {
    const written = this.#syscalls.write(this.#fd, message);
    return failed(written) ? written : written === message.length ? undefined : "EIO";
  }

  /** What has come in, good until the next call; undefined for nothing. */
  read(): Uint8Array | Errno | undefined {
    const read = this.#syscalls.read(this.#fd, this.#buffer);
    if (read === "EAGAIN" || read === "EINTR") return this.#broken;
    return failed(read) ? read : read === 0 ? "EPIPE" : this.#buffer.subarray(0, read);
  }

  /** Waits for something to read, unless it does already. */
  listen(signal: AbortSignal): void {
    this.#listening ??= this.#listen(signal);
  }

  /** A poll(2) that is in flight, which its signal has ended, must not meet the next file of that number. */
  async close(): Promise<void> {
    await this.#listening;
    this.#syscalls.close(this.#fd);
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const bits = await this.#syscalls.poll(this.#fd, Poll.IN, -1, signal);
    this.#listening = undefined;
    if (failed(bits) ? bits !== "EINTR" : (bits & GONE) !== 0) this.#broken = failed(bits) ? bits : "EIO";
    this.#readable();
  }
}

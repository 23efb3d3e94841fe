/**
 * Xenstore through Linux's /dev/xen/xenbus (drivers/xen/xenbus/xenbus_dev_frontend.c, xenbus_xs.c).
 *
 * The driver expects a client that waits for each answer:
 * - It sends a request from the handle's own buffer after write(2) has returned (xenbus_dev_request_and_reply keeps a
 *   pointer to it). A second request overwrites the first: on 6.1, answers then belong to other requests.
 * - It waits for the answers to XS_WATCH and XS_UNWATCH inside write(2), with a lock that the answer to another request
 *   of the same handle needs (xenbus_write_watch, xenbus_dev_queue_reply): the domain would lose xenstore for ever.
 *
 * So each request in flight has its own handle, and all watches share one more.
 *
 * @module
 */

import { type Errno, failed, Poll, type Syscalls } from "../../ffi/syscalls.ts";
import { getU32 } from "../../ffi/endian.ts";
import type { Transport } from "./transport.ts";
import { HEADER_BYTES, XS } from "./wire.ts";

/** The device; the second path is xenfs's, on older kernels. */
export const XENBUS_PATHS: readonly string[] = ["/dev/xen/xenbus", "/proc/xen/xenbus"];

/** The most handles for requests. The ring to xenstored holds 1024 bytes, some 30 short requests. */
const MAX_HANDLES = 32;

/** More than one message, or many watch events. */
const READ_BYTES = 8192;

/** poll(2) reports these for a device that will never be readable again. */
const GONE = Poll.ERR | Poll.HUP | Poll.NVAL;

export class Xenbus implements Transport {
  readonly window = MAX_HANDLES;
  readonly #closed = new AbortController();
  readonly #idle: XenbusHandle[];
  /** With a request, oldest first: xenstored answers in this order. */
  readonly #busy: XenbusHandle[] = [];
  /** Requests that wait for a handle. */
  readonly #waiting: Uint8Array[] = [];
  #watches: XenbusHandle | undefined;
  #wake = () => {};
  #closing: Promise<void> | undefined;

  private constructor(private readonly syscalls: Syscalls, readonly place: string, fd: number) {
    this.#idle = [this.#handle(fd)];
  }

  /** Opens the device. Returns ENOENT if this kernel has no device or no xenstored, EACCES if the user may not open it. */
  static open(syscalls: Syscalls): Xenbus | Errno {
    let refusal: Errno = "ENOENT";
    for (const path of XENBUS_PATHS) {
      const fd = syscalls.open(path, { nonblock: true, cloexec: true });
      if (!failed(fd)) return new Xenbus(syscalls, path, fd);
      if (refusal === "ENOENT") refusal = fd;
    }
    return refusal;
  }

  send(message: Uint8Array): Errno | undefined {
    const type = getU32(message, 0);
    if (type === XS.WATCH || type === XS.UNWATCH) return this.#sendWatch(message);
    const handle = this.#idle.pop() ?? this.#open();
    if (handle === undefined) {
      this.#waiting.push(message); // until an answer frees a handle
      return undefined;
    }
    const refusal = handle.send(message);
    (refusal === undefined ? this.#busy : this.#idle).push(handle);
    this.#wake();
    return refusal;
  }

  receive(): Uint8Array | Errno | Promise<Uint8Array | Errno> {
    return this.#read() ?? this.#wait();
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#closed.abort();
    this.#wake();
    const handles = [...this.#idle, ...this.#busy, ...this.#watches ? [this.#watches] : []];
    await Promise.all(handles.map((handle) => handle.close()));
  }

  #sendWatch(message: Uint8Array): Errno | undefined {
    this.#watches ??= this.#open();
    if (this.#watches === undefined) return "EMFILE";
    const refusal = this.#watches.send(message);
    this.#wake();
    return refusal;
  }

  #open(): XenbusHandle | undefined {
    const fd = this.syscalls.open(this.place, { nonblock: true, cloexec: true });
    return failed(fd) ? undefined : this.#handle(fd);
  }

  #handle(fd: number): XenbusHandle {
    return new XenbusHandle(this.syscalls, fd, () => this.#wake());
  }

  /** The answer to the oldest request, else watch events; undefined if nothing has come. */
  #read(): Uint8Array | Errno | undefined {
    const [oldest] = this.#busy;
    const answer = oldest?.read();
    if (answer === undefined) return this.#watches?.read();
    if (typeof answer === "string") return answer;
    // The driver queues header and payload together, and the buffer holds the largest message.
    if (answer.length < HEADER_BYTES || answer.length !== HEADER_BYTES + getU32(answer, 12)) return "EPROTO";
    this.#busy.shift();
    this.#idle.push(oldest);
    const next = this.#waiting.shift();
    const refusal = next && this.send(next);
    return refusal ?? answer; // `send` has accepted `next` already: its refusal can only end the connection
  }

  async #wait(): Promise<Uint8Array | Errno> {
    const { signal } = this.#closed;
    for (;;) {
      if (signal.aborted) return "ECANCELED";
      this.#busy[0]?.listen(signal);
      this.#watches?.listen(signal);
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = () => {};
      const read = signal.aborted ? "ECANCELED" : this.#read();
      if (read !== undefined) return read;
    }
  }
}

/** One open descriptor of the device, and the poll(2) that waits for it. */
class XenbusHandle {
  readonly #buffer = new Uint8Array(READ_BYTES);
  #polling: Promise<void> | undefined;
  /** What poll(2) reported, if no read can succeed any more. */
  #broken: Errno | undefined;

  constructor(
    private readonly syscalls: Syscalls,
    private readonly fd: number,
    private readonly onReadable: () => void,
  ) {}

  send(message: Uint8Array): Errno | undefined {
    const written = this.syscalls.write(this.fd, message);
    return failed(written) ? written : written === message.length ? undefined : "EIO";
  }

  /** The next bytes, valid until the next call; undefined if there are none. */
  read(): Uint8Array | Errno | undefined {
    const read = this.syscalls.read(this.fd, this.#buffer);
    if (read === "EAGAIN" || read === "EINTR") return this.#broken;
    return failed(read) ? read : read === 0 ? "EPIPE" : this.#buffer.subarray(0, read);
  }

  listen(signal: AbortSignal): void {
    this.#polling ??= this.#poll(signal);
  }

  /** Waits for the poll, which must not see another file with the same descriptor. */
  async close(): Promise<void> {
    await this.#polling;
    this.syscalls.close(this.fd);
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const bits = await this.syscalls.poll(this.fd, Poll.IN, -1, signal);
    this.#polling = undefined;
    if (failed(bits) ? bits !== "EINTR" : (bits & GONE) !== 0) this.#broken = failed(bits) ? bits : "EIO";
    this.onReadable();
  }
}

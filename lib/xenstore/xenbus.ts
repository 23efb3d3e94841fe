/**
 * Xenstore by way of the kernel: /dev/xen/xenbus of Linux.
 *
 * The driver (drivers/xen/xenbus/xenbus_dev_frontend.c, xenbus_xs.c) was made for clients that wait for each answer,
 * and so each open handle here does:
 *
 * - A request is sent from the handle's own buffer after write(2) has returned (xenbus_dev_request_and_reply keeps a
 *   pointer to it). A second one overwrites the first: on 6.1, answers are then those of other requests.
 * - XS_WATCH and XS_UNWATCH are answered within write(2), which holds a lock that the answer to another request of the
 *   same handle takes (xenbus_write_watch, xenbus_dev_queue_reply): the domain would lose xenstore for ever.
 *
 * So requests on their way together take a handle each, and watches have one of their own.
 *
 * @module
 */

import { type Errno, failed, type Syscalls } from "../../ffi/syscalls.ts";
import { getU32 } from "../../ffi/endian.ts";
import type { Transport } from "./transport.ts";
import { HEADER_BYTES, XS } from "./wire.ts";
import { XenbusLane } from "./xenbus_lane.ts";

/** Where the device is; the second one is xenfs's, of the time before devices. */
export const XENBUS_PATHS: readonly string[] = ["/dev/xen/xenbus", "/proc/xen/xenbus"];

/** The most handles for requests. The ring to xenstored has 1024 bytes, some 30 short requests. */
const LANES = 32;

/** The device, open as often as there are requests on their way. */
export class Xenbus implements Transport {
  readonly place: string;
  readonly window = LANES;
  readonly #syscalls: Syscalls;
  readonly #life = new AbortController();
  /** Open and without a request, one at least. */
  readonly #idle: XenbusLane[];
  /** With a request on its way, the oldest first, which is also the order of xenstored's answers. */
  readonly #busy: XenbusLane[] = [];
  /** Requests that found no lane. */
  readonly #waiting: Uint8Array[] = [];
  /** Where watches are set and their events come. */
  #watches: XenbusLane | undefined;
  #wake = () => {};
  #closing: Promise<void> | undefined;

  private constructor(syscalls: Syscalls, place: string, fd: number) {
    this.#syscalls = syscalls;
    this.place = place;
    this.#idle = [this.#lane(fd)];
  }

  /**
   * Opens the device.
   *
   * @returns The transport, or why there is none: ENOENT where this kernel has no device, or knows no xenstored;
   * EACCES where it is not for this user.
   */
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
    const lane = this.#idle.pop() ?? this.#open();
    if (lane === undefined) {
      this.#waiting.push(message); // until an answer comes: no more handles are to be had
      return undefined;
    }
    const refusal = lane.send(message);
    (refusal === undefined ? this.#busy : this.#idle).push(lane);
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
    this.#life.abort();
    this.#wake();
    await Promise.all(
      [...this.#idle, ...this.#busy, ...this.#watches ? [this.#watches] : []].map((lane) => lane.close()),
    );
  }

  #sendWatch(message: Uint8Array): Errno | undefined {
    this.#watches ??= this.#open();
    if (this.#watches === undefined) return "EMFILE";
    const refusal = this.#watches.send(message);
    this.#wake();
    return refusal;
  }

  /** One more lane; there are no more than {@linkcode window}, as many as there are requests. */
  #open(): XenbusLane | undefined {
    const fd = this.#syscalls.open(this.place, { nonblock: true, cloexec: true });
    return failed(fd) ? undefined : this.#lane(fd);
  }

  #lane(fd: number): XenbusLane {
    return new XenbusLane(this.#syscalls, fd, () => this.#wake());
  }

  /** What is there to read: an answer of the oldest request, or events. */
  #read(): Uint8Array | Errno | undefined {
    const [oldest] = this.#busy;
    const answer = oldest?.read();
    if (answer === undefined) return this.#watches?.read();
    if (typeof answer === "string") return answer;
    // The driver queues header and payload together, and the buffer holds more than a message can have.
    if (answer.length < HEADER_BYTES || answer.length !== HEADER_BYTES + getU32(answer, 12)) return "EPROTO";
    this.#busy.shift();
    this.#idle.push(oldest);
    const next = this.#waiting.shift();
    const refusal = next && this.send(next);
    return refusal ?? answer; // what is refused that late has nobody left to tell but all
  }

  async #wait(): Promise<Uint8Array | Errno> {
    for (;;) {
      if (this.#life.signal.aborted) return "ECANCELED";
      this.#busy[0]?.listen(this.#life.signal);
      this.#watches?.listen(this.#life.signal);
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = () => {};
      const read = this.#life.signal.aborted ? "ECANCELED" : this.#read();
      if (read !== undefined) return read;
    }
  }
}

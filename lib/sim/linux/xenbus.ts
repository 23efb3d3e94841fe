/** /dev/xen/xenbus of Linux (drivers/xen/xenbus/xenbus_dev_frontend.c). @module */

import { getU32 } from "../../../ffi/endian.ts";
import { type Errno, Poll, type Result } from "../../../ffi/syscalls.ts";
import { decodeText, HEADER_BYTES, joined, type Message, packMessage, unpackMessage, XS } from "../../xenstore/wire.ts";
import type { Caller, Driver, Handle } from "../driver.ts";
import { WaitQueue } from "../wait.ts";
import type { SimulatedStore } from "../xenstore/store.ts";
import { XenstoredConnection } from "../xenstore/xenstored.ts";

export const XENBUS_PATH = "/dev/xen/xenbus";

/** The size of the driver's buffer for a request, header included. */
const BUFFER_BYTES = 4096;

const NOTHING = new Uint8Array(0);

export class XenbusDriver implements Driver {
  readonly devicePath = XENBUS_PATH;
  readonly #open: () => Handle;

  /** @param dead Whether xenstored never answers, which the kernel does not notice. */
  constructor(store: () => SimulatedStore, domain: number, dead: boolean) {
    this.#open = () => new XenbusHandle(store(), domain, dead);
  }

  open(caller: Caller): Handle | Errno {
    return caller.privileged ? this.#open() : "EACCES"; // the node's mode is 0600
  }
}

/** `struct xenbus_file_priv`. */
class XenbusHandle implements Handle {
  readonly #waiters = new WaitQueue();
  readonly #connection: XenstoredConnection;
  readonly #dead: boolean;
  /** The part of a request that was written so far. */
  #request: Uint8Array = NOTHING;
  #answers: Uint8Array[] = [];

  constructor(store: SimulatedStore, domain: number, dead: boolean) {
    this.#dead = dead;
    this.#connection = new XenstoredConnection(store, domain, (message) => {
      this.#answers.push(packMessage(message));
      this.#waiters.wakeAll();
    });
  }

  ioctl(): Result {
    return "ENOTTY";
  }

  /** Fills the buffer from the queued answers (xenbus_file_read). */
  read(_caller: Caller, buffer: Uint8Array): Result {
    if (this.#answers.length === 0) return "EAGAIN";
    let end = 0;
    let taken = 0;
    for (; taken < this.#answers.length && end < buffer.length; taken++) {
      const answer = this.#answers[taken];
      const part = answer.subarray(0, buffer.length - end);
      buffer.set(part, end);
      end += part.length;
      if (part.length < answer.length) {
        this.#answers[taken] = answer.subarray(part.length);
        break;
      }
    }
    this.#answers = this.#answers.slice(taken);
    return end;
  }

  /** A request may come in parts. What follows it in the same write is dropped (xenbus_file_write). */
  write(_caller: Caller, buffer: Uint8Array): Result {
    const bytes = joined([this.#request, buffer]);
    this.#request = NOTHING;
    if (bytes.length > BUFFER_BYTES) return "EINVAL";
    if (bytes.length >= HEADER_BYTES && HEADER_BYTES + getU32(bytes, 12) > BUFFER_BYTES) return "E2BIG";
    const message = unpackMessage(bytes);
    if (message !== undefined) return this.#serve(message) ?? buffer.length;
    this.#request = bytes;
    return buffer.length;
  }

  pollers(): WaitQueue {
    return this.#waiters;
  }

  poll(_events: number): number {
    return this.#answers.length > 0 ? Poll.IN | Poll.RDNORM : 0;
  }

  release(): void {
    this.#connection.end();
  }

  /**
   * A watch is set within write(2), which reports an error itself, without an answer (xenbus_write_watch). With a
   * dead xenstored write(2) would hang for ever: EDEADLK, which no driver answers, says so.
   */
  #serve(message: Message): Errno | undefined {
    const watching = message.type === XS.WATCH || message.type === XS.UNWATCH;
    if (this.#dead) return watching ? "EDEADLK" : undefined;
    const before = this.#answers.length;
    this.#connection.take(message);
    const answer = this.#answers[before];
    if (message.type !== XS.WATCH || getU32(answer, 0) !== XS.ERROR) return;
    this.#answers.splice(before, 1);
    return decodeText(answer.subarray(HEADER_BYTES, -1)) as Errno;
  }
}

/**
 * /dev/xen/xenbus of a simulated Linux kernel (drivers/xen/xenbus/xenbus_dev_frontend.c).
 *
 * @module
 */

import { getU32 } from "../../../ffi/endian.ts";
import { type Errno, Poll, type Result } from "../../../ffi/syscalls.ts";
import { decodeText, HEADER_BYTES, joined, type Message, packMessage, unpackMessage, XS } from "../../xenstore/wire.ts";
import type { Caller, Driver, Handle } from "../driver.ts";
import type { SimulatedStore } from "../xenstore/store.ts";
import { WaitQueue } from "../wait.ts";
import { XenstoredConnection } from "../xenstore/xenstored.ts";

/** Where the device's node is. */
export const XENBUS_PATH = "/dev/xen/xenbus";

/** The driver's buffer for a request, its header included. */
const BUFFER_BYTES = 4096;

const NOTHING = new Uint8Array(0);

/** The device of one domain's kernel. */
export class XenbusDriver implements Driver {
  readonly devicePath = XENBUS_PATH;
  readonly #store: () => SimulatedStore;
  readonly #domain: number;
  readonly #dead: boolean;

  /**
   * @param store Gives the store once somebody opens the device.
   * @param dead Whether xenstored has died: then nothing is ever answered, which the kernel does not notice.
   */
  constructor(store: () => SimulatedStore, domain: number, dead = false) {
    this.#store = store;
    this.#domain = domain;
    this.#dead = dead;
  }

  /** EACCES stands for the node's mode, 0600. */
  open(caller: Caller): Handle | Errno {
    return caller.privileged ? new XenbusHandle(this.#store(), this.#domain, this.#dead) : "EACCES";
  }
}

/** An open device: the driver's `struct xenbus_file_priv`. */
class XenbusHandle implements Handle {
  readonly readers = new WaitQueue();
  readonly #connection: XenstoredConnection;
  readonly #dead: boolean;
  #request: Uint8Array = NOTHING;
  #answers: Uint8Array[] = [];

  constructor(store: SimulatedStore, domain: number, dead: boolean) {
    this.#dead = dead;
    this.#connection = new XenstoredConnection(store, domain, (message) => {
      this.#answers.push(packMessage(message));
      this.readers.wakeAll();
    });
  }

  ioctl(): Result {
    return "ENOTTY";
  }

  /** As much of what is queued as there is room for (xenbus_file_read). */
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

  /** A request may come in pieces; what follows it in one write is dropped (xenbus_file_write). */
  write(_caller: Caller, buffer: Uint8Array): Result {
    if (buffer.length + this.#request.length > BUFFER_BYTES) {
      this.#request = NOTHING;
      return "EINVAL";
    }
    const bytes = this.#request.length === 0 ? buffer : joined([this.#request, buffer]);
    this.#request = NOTHING;
    if (bytes.length >= HEADER_BYTES && HEADER_BYTES + getU32(bytes, 12) > BUFFER_BYTES) return "E2BIG";
    const message = unpackMessage(bytes);
    if (message !== undefined) return this.#serve(message) ?? buffer.length;
    this.#request = bytes.slice();
    return buffer.length;
  }

  pollers(): WaitQueue {
    return this.readers;
  }

  poll(_events: number): number {
    return this.#answers.length > 0 ? Poll.IN | Poll.RDNORM : 0;
  }

  release(): void {
    this.#connection.end();
  }

  /**
   * A watch is registered within write(2): with a dead xenstored the process would hang in the kernel, and nothing
   * here could ever go on. EDEADLK, which no driver gives, says so. A watch that is refused is refused by write(2)
   * itself, and has no answer (xenbus_write_watch).
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

/** A transport whose other end, xenstored, is the test. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import type { Transport } from "../../lib/xenstore/transport.ts";
import { encodeText, type Message, packMessage, stringsOf, unpackMessage, XS } from "../../lib/xenstore/wire.ts";

export interface Asked {
  readonly type: number;
  readonly id: number;
  readonly strings: readonly string[];
}

export class FakeTransport implements Transport {
  readonly place = "/dev/fake";
  readonly window = 128;
  /** Requests that the test has not taken yet. */
  readonly #sent: Message[] = [];
  readonly #incoming: (Uint8Array | Errno)[] = [];
  /** The next results of `send`; after them it accepts everything. */
  readonly refusals: (Errno | undefined)[] = [];
  closed = 0;
  #wake = () => {};
  #told = () => {};

  send(message: Uint8Array): Errno | undefined {
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return refusal;
    this.#sent.push(unpackMessage(message)!);
    this.#told();
  }

  receive(): Uint8Array | Errno | Promise<Uint8Array | Errno> {
    return this.#incoming.shift() ?? new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = () => {};
        resolve(this.#incoming.shift()!);
      };
    });
  }

  close(): void {
    this.closed++;
    if (this.closed === 1) this.bytes("ECANCELED");
  }

  /** Sets the next result of `receive`. */
  bytes(bytes: Uint8Array | Errno): void {
    this.#incoming.push(bytes);
    this.#wake();
  }

  /** Sends a message to the client. */
  answer(type: number, id: number, payload: string): void {
    this.bytes(packMessage({ type, id, transaction: 0, payload: encodeText(payload) }));
  }

  event(path: string, token: string): void {
    this.answer(XS.WATCH_EVENT, 0xDEAD, `${path}\0${token}\0`);
  }

  /** The number of requests that the test has not taken yet. */
  get waiting(): number {
    return this.#sent.length;
  }

  /** Takes the next request. */
  async next(): Promise<Asked> {
    while (this.#sent.length === 0) {
      await new Promise<void>((resolve) => this.#told = resolve);
    }
    const { type, id, payload } = this.#sent.shift()!;
    return { type, id, strings: stringsOf(payload) };
  }

  /** Answers the request before a watch, and the watch. Returns its token. */
  async watched(): Promise<string> {
    const alive = await this.next();
    this.answer(alive.type, alive.id, "/local/domain/0\0");
    const { type, id, strings } = await this.next();
    this.answer(type, id, "OK\0");
    return strings[1];
  }
}

/**
 * A way to xenstored whose other end is the test.
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import type { Transport } from "../../lib/xenstore/transport.ts";
import { encodeText, type Message, packMessage, stringsOf, unpackMessage, XS } from "../../lib/xenstore/wire.ts";

/** A request as the test sees it. */
export interface Asked {
  readonly type: number;
  readonly id: number;
  readonly strings: readonly string[];
}

/** The scripted transport. */
export class FakeTransport implements Transport {
  readonly place = "/dev/fake";
  readonly window = 128;
  /** What was sent and has not been looked at. */
  readonly #sent: Message[] = [];
  readonly #incoming: (Uint8Array | Errno)[] = [];
  /** What `send` answers, in turn; then it takes everything. */
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

  /** What `receive` is to give, or that it is to fail. */
  bytes(bytes: Uint8Array | Errno): void {
    this.#incoming.push(bytes);
    this.#wake();
  }

  /** A message from xenstored. */
  answer(type: number, id: number, payload: string): void {
    this.bytes(packMessage({ type, id, transaction: 0, payload: encodeText(payload) }));
  }

  /** A watch event. */
  event(path: string, token: string): void {
    this.answer(XS.WATCH_EVENT, 0xDEAD, `${path}\0${token}\0`);
  }

  /** How many requests wait to be looked at. */
  get waiting(): number {
    return this.#sent.length;
  }

  /** The next request. */
  async next(): Promise<Asked> {
    while (this.#sent.length === 0) {
      await new Promise<void>((resolve) => this.#told = resolve);
    }
    const { type, id, payload } = this.#sent.shift()!;
    return { type, id, strings: stringsOf(payload) };
  }

  /** Answers the proof of life that goes before a watch, then the watch. */
  async watched(): Promise<string> {
    const alive = await this.next();
    this.answer(alive.type, alive.id, "/local/domain/0\0");
    const { type, id, strings } = await this.next();
    this.answer(type, id, "OK\0");
    return strings[1];
  }
}

/** Requests, answers and watch events over one connection to xenstored. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import { type Clock, Turns } from "../clock.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import { Deadline } from "../deadline.ts";
import type { Transport } from "./transport.ts";
import { BrokenMessage, decodeText, type Message, MessageReader, packMessage, PAYLOAD_MAX, XS } from "./wire.ts";

/** Milliseconds that xenstored may send nothing while a request waits. */
const ANSWER_TIMEOUT = 5000;

/** One request failed: xenstored or the transport refused it. The caller adds the path to the message. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(readonly errno: Errno) {
    super(errno);
  }
}

interface PendingRequest extends Message {
  resolve(payload: Uint8Array): void;
  reject(error: Error): void;
}

/** A queue whose `shift` is fast also with 10,000 elements, unlike an array's. */
class Queue<T> {
  #items: T[] = [];
  #taken = 0;

  get length(): number {
    return this.#items.length - this.#taken;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#taken++];
    if (this.#taken * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#taken);
      this.#taken = 0;
    }
    return item;
  }
}

/** A connection with many requests in flight. It reads only while a request or a watch waits for something. */
export class StoreConnection {
  readonly #deadline: Deadline;
  readonly #reader = new MessageReader();
  readonly #queue = new Queue<PendingRequest>();
  /** Sent and not answered, by id. */
  readonly #pending = new Map<number, PendingRequest>();
  readonly #onEvent = new Map<string, (path: string) => void>();
  readonly #onEnd = new Set<(error: Error) => void>();
  #lastId = 0;
  #flushing = false;
  #reading = false;
  #lastRead: Promise<void> = Promise.resolve();
  #error: DeviceError | undefined;

  constructor(private readonly transport: Transport, private readonly clock: Clock, timeout = ANSWER_TIMEOUT) {
    this.#deadline = new Deadline(clock, timeout, () => this.#end("ETIMEDOUT", "xenstored does not answer"));
  }

  /** Why it has ended; undefined: it has not. */
  get ended(): DeviceError | undefined {
    return this.#error;
  }

  /** Sets how many milliseconds xenstored may send nothing. A request that waits already gets no less time by it. */
  setTimeout(milliseconds: number): void {
    this.#deadline.allow(milliseconds);
  }

  /** Returns the answer's payload. Throws a {@linkcode Refusal}, or a DeviceError if the connection has ended. */
  request(type: number, payload: Uint8Array): Promise<Uint8Array> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (payload.length > PAYLOAD_MAX) return Promise.reject(new Refusal("E2BIG"));
    return new Promise((resolve, reject) => {
      const id = this.#lastId = this.#lastId % 0xFFFF_FFFF + 1;
      this.#queue.push({ type, id, transaction: 0, payload, resolve, reject });
      if (this.#flushing) return;
      this.#flushing = true;
      queueMicrotask(() => { // sends the requests of one turn together
        this.#flushing = false;
        this.#flush();
        this.#receive();
      });
    });
  }

  /** Receives the events of a watch. Calls `onEnd` if the connection ends. Returns a function that stops both. */
  listen(token: string, onEvent: (path: string) => void, onEnd: (error: Error) => void): () => void {
    if (this.#error !== undefined) throw this.#error;
    this.#onEvent.set(token, onEvent);
    this.#onEnd.add(onEnd);
    this.#receive();
    return () => {
      this.#onEvent.delete(token);
      this.#onEnd.delete(onEnd);
    };
  }

  /** Ends the connection: requests and watches fail with ECANCELED. */
  async close(): Promise<void> {
    this.#end("ECANCELED", "it was closed");
    await this.transport.close();
    await this.#lastRead;
  }

  #flush(): void {
    while (this.#error === undefined && this.#pending.size < this.transport.window) {
      const request = this.#queue.shift();
      if (request === undefined) return;
      if (this.#pending.size === 0) this.#deadline.putOff();
      const refusal = this.transport.send(packMessage(request));
      if (refusal === undefined) this.#pending.set(request.id, request);
      else request.reject(new Refusal(refusal));
    }
  }

  #receive(): void {
    if (this.#reading) this.#startDeadline();
    else this.#lastRead = this.#read();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    const turns = new Turns(this.clock);
    try {
      while (this.#error === undefined && this.#pending.size + this.#queue.length + this.#onEvent.size > 0) {
        let received = this.transport.receive();
        if (received instanceof Promise) {
          this.#startDeadline();
          received = await received;
          turns.had();
        }
        if (typeof received === "string") return this.#end(received, "the connection was lost");
        for (const message of this.#reader.take(received)) this.#take(message);
        this.#deadline.putOff();
        this.#flush();
        const turn = turns.step(); // watched nodes may change without a pause
        if (turn !== undefined) await turn;
      }
    } catch (error) {
      if (!(error instanceof BrokenMessage)) throw error;
      this.#end("EPROTO", error.message);
    } finally {
      this.#reading = false;
    }
  }

  #take({ type, id, payload }: Message): void {
    if (type === XS.WATCH_EVENT) return this.#takeEvent(payload);
    const request = this.#pending.get(id);
    if (request === undefined) return this.#end("EPROTO", "an answer without a request came");
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#deadline.stop();
    if (type === request.type) return request.resolve(payload);
    const errno = type === XS.ERROR ? /^(E[A-Z0-9]{1,20})\0?$/.exec(decodeText(payload)) : null;
    if (errno !== null) return request.reject(new Refusal(errno[1] as Errno));
    request.reject(new Refusal("EPROTO"));
    this.#end("EPROTO", `an answer of type ${type} came to a request of type ${request.type}`);
  }

  /** The payload is `path\0token\0`. Events of a watch that was just removed are ignored. */
  #takeEvent(payload: Uint8Array): void {
    const [path, token] = decodeText(payload).split("\0");
    if (token === undefined) return this.#end("EPROTO", "a watch event without a token came");
    this.#onEvent.get(token)?.(path);
  }

  #startDeadline(): void {
    if (this.#pending.size > 0) this.#deadline.start();
  }

  #end(errno: Errno, cause: string): void {
    if (this.#error !== undefined) return;
    const { place } = this.transport;
    const message = `Cannot talk to xenstore through "${place}", ${cause}`;
    const error = this.#error = new DeviceError("xenstore", errno, place, message, explain("xenstore", errno));
    this.#deadline.stop();
    for (const { reject } of this.#pending.values()) reject(error);
    for (let request; (request = this.#queue.shift()) !== undefined;) request.reject(error);
    this.#pending.clear();
    for (const onEnd of this.#onEnd) onEnd(error);
    this.#onEvent.clear();
    this.#onEnd.clear();
    void this.transport.close();
  }
}

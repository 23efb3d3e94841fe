/**
 * A client of xenstore over one connection: many requests on their way, and watches.
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import { type Clock, Turns } from "../clock.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import { Deadline } from "./deadline.ts";
import type { Transport } from "./transport.ts";
import { BrokenMessage, decodeText, type Message, MessageReader, packMessage, PAYLOAD_MAX, XS } from "./wire.ts";

/** How long, milliseconds, xenstored may answer nothing at all while something is asked of it. */
export const ANSWER_TIMEOUT = 5000;

/** What goes wrong with one request; what it was about is known to who made it. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  /** @param errno What xenstored answered, or what ended the connection. */
  constructor(readonly errno: Errno) {
    super(errno);
  }
}

interface Request extends Message {
  answer(payload: Uint8Array): void;
  refuse(error: Error): void;
}

/** What a connection is made with. */
export interface ConnectionOptions {
  readonly transport: Transport;
  /** Whose time the time-out takes. */
  readonly clock: Clock;
  /** Milliseconds; {@linkcode ANSWER_TIMEOUT} by default. */
  readonly timeout?: number;
}

/** Requests and their answers. */
export class Connection {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #deadline: Deadline;
  readonly #reader = new MessageReader();
  /** Not sent yet, in order. */
  #queue: Request[] = [];
  /** Sent and not answered, by id. */
  readonly #pending = new Map<number, Request>();
  readonly #events = new Map<string, (path: string) => void>();
  readonly #enders = new Set<(error: Error) => void>();
  #nextId = 1;
  #flushing = false;
  #reading = false;
  #lastRead: Promise<void> = Promise.resolve();
  /** Why it ended. */
  #error: DeviceError | undefined;

  constructor({ transport, clock, timeout = ANSWER_TIMEOUT }: ConnectionOptions) {
    this.#transport = transport;
    this.#clock = clock;
    this.#deadline = new Deadline(clock, timeout, () => this.#end("ETIMEDOUT", "xenstored does not answer"));
  }

  /**
   * Asks for something.
   *
   * @returns The answer's payload.
   * @throws {Refusal} xenstored refuses, or the transport does: E2BIG for more than a message holds.
   * @throws {DeviceError} The connection has ended.
   */
  request(type: number, payload: Uint8Array): Promise<Uint8Array> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (payload.length > PAYLOAD_MAX) return Promise.reject(new Refusal("E2BIG"));
    return new Promise((answer, refuse) => {
      this.#queue.push({ type, id: this.#newId(), transaction: 0, payload, answer, refuse });
      if (this.#flushing) return;
      this.#flushing = true;
      queueMicrotask(() => { // so that the requests of one turn go together
        this.#flushing = false;
        this.#flush();
        this.#receive();
      });
    });
  }

  /**
   * Hears a watch's events.
   *
   * @param token The watch's.
   * @param changed Called with each path.
   * @param ended Called once when the connection ends before the returned function is called.
   * @returns Ends it.
   */
  listen(token: string, changed: (path: string) => void, ended: (error: Error) => void): () => void {
    if (this.#error !== undefined) throw this.#error;
    this.#events.set(token, changed);
    this.#enders.add(ended);
    this.#receive();
    return () => {
      this.#events.delete(token);
      this.#enders.delete(ended);
    };
  }

  /** Ends it: what is asked for fails with ECANCELED, and so do watches. */
  async close(): Promise<void> {
    this.#end("ECANCELED", "it was closed");
    await this.#transport.close();
    await this.#lastRead;
  }

  #newId(): number {
    const id = this.#nextId;
    this.#nextId = id === 0xFFFF_FFFF ? 1 : id + 1;
    return id;
  }

  #flush(): void {
    let sent = 0;
    for (const request of this.#queue) {
      if (this.#error !== undefined || this.#pending.size >= this.#transport.window) break;
      sent++;
      if (this.#pending.size === 0) this.#deadline.putOff();
      const refusal = this.#transport.send(packMessage(request));
      if (refusal === undefined) this.#pending.set(request.id, request);
      else request.refuse(new Refusal(refusal));
    }
    this.#queue = this.#queue.slice(sent);
  }

  /** Reads as long as anything may come that somebody waits for. */
  #receive(): void {
    if (this.#reading) this.#watchOver();
    else this.#lastRead = this.#read();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    const turns = new Turns(this.#clock);
    try {
      while (this.#error === undefined && this.#pending.size + this.#queue.length + this.#events.size > 0) {
        let received = this.#transport.receive();
        if (received instanceof Promise) {
          this.#watchOver();
          received = await received;
          turns.had();
        }
        if (typeof received === "string") return this.#end(received, "the connection was lost");
        for (const message of this.#reader.take(received)) this.#take(message);
        this.#deadline.putOff();
        this.#flush();
        const turn = turns.step(); // somebody may write to what is watched without a pause
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
    if (type === XS.WATCH_EVENT) return this.#event(payload);
    const request = this.#pending.get(id);
    if (request === undefined) return this.#end("EPROTO", "an answer came to what nobody had asked");
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#deadline.stop();
    if (type === request.type) return request.answer(payload);
    const errno = type === XS.ERROR ? /^(E[A-Z0-9]{1,20})\0?$/.exec(decodeText(payload)) : null;
    if (errno !== null) return request.refuse(new Refusal(errno[1] as Errno));
    request.refuse(new Refusal("EPROTO"));
    this.#end("EPROTO", `an answer of type ${type} came to a request of type ${request.type}`);
  }

  /** A path, then the token, each with its `\0`. One of a watch that was given up is on its way for a while. */
  #event(payload: Uint8Array): void {
    const [path, token] = decodeText(payload).split("\0");
    if (token === undefined) return this.#end("EPROTO", "a watch event without a token came");
    this.#events.get(token)?.(path);
  }

  /** Sees to it that somebody notices when no answer comes. */
  #watchOver(): void {
    if (this.#pending.size > 0) this.#deadline.start();
  }

  #end(errno: Errno, cause: string): void {
    if (this.#error !== undefined) return;
    const { place } = this.#transport;
    const message = `Cannot talk to xenstore through "${place}", ${cause}`;
    const error = this.#error = new DeviceError("xenstore", errno, place, message, explain("xenstore", errno));
    this.#deadline.stop();
    for (const { refuse } of [...this.#pending.values(), ...this.#queue]) refuse(error);
    this.#pending.clear();
    this.#queue = [];
    for (const ended of this.#enders) ended(error);
    this.#events.clear();
    this.#enders.clear();
    void this.#transport.close();
  }
}

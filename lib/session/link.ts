/**
 * A client's connection to a session: requests, their answers, and the watches that go on.
 *
 * @module
 */

import type { System } from "../../ffi/abi.ts";
import { type Clock, systemClock } from "../clock.ts";
import { type DeviceError, UsageError } from "../errors.ts";
import { isAnswer, isWatchFrame } from "./answers.ts";
import { BrokenLine, readLines } from "./lines.ts";
import { Outbox } from "./outbox.ts";
import { checkSocket, errnoOf, refusal } from "./place.ts";
import { ANSWER_LIMIT, encode, PROTOCOL, VERSION, type WireError } from "./protocol.ts";
import type { Args, Verb } from "./requests.ts";
import { type Fields, isRecord } from "./rules.ts";
import { fromWire } from "./wire_errors.ts";

/** Who takes the frames of a watch that goes on. */
export interface Follower {
  /** One frame after the result. The connection is not read further before it has been taken. */
  take(frame: Fields): Promise<void>;
  /** The connection is lost. */
  lose(error: DeviceError): void;
}

/** A request that has no answer yet. */
interface Pending {
  readonly verb: Verb;
  resolve(result: unknown): void;
  reject(error: Error): void;
  readonly follower?: Follower;
}

/** How long, milliseconds, a session has to say its first line. */
const GREETING = 5000;

const SYSTEMS: readonly System[] = ["linux", "illumos", "freebsd", "netbsd"];

/** A connection to a session. */
export class SessionLink {
  readonly #conn: Deno.Conn;
  readonly #lines: AsyncGenerator<string, void>;
  /** The reader learns of what cannot be written, and of what the session said before. */
  readonly #outbox: Outbox;
  readonly #pending = new Map<number, Pending>();
  readonly #followers = new Map<number, Follower>();
  #system: System | undefined;
  #lastId = 0;
  #lost: DeviceError | undefined;
  #closed = false;
  #reading: Promise<void> = Promise.resolve();

  private constructor(conn: Deno.Conn, readonly socket: string) {
    this.#conn = conn;
    this.#outbox = new Outbox(conn);
    this.#lines = readLines(conn, ANSWER_LIMIT);
  }

  /**
   * Connects.
   *
   * @param socket The path of the session's socket.
   * @param clock Whose time the session has to say its first line.
   * @throws {DeviceError} If it is not there, is another user's, nobody listens on it, it says nothing, or it is no
   * session of this version.
   */
  static async connect(socket: string, clock: Clock = systemClock()): Promise<SessionLink> {
    checkSocket(socket);
    let conn: Deno.Conn;
    try {
      conn = await Deno.connect({ transport: "unix", path: socket });
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      throw refusal(errnoOf(error), socket);
    }
    const link = new SessionLink(conn, socket);
    try {
      await link.#greetIn(clock);
    } catch (error) {
      conn.close();
      throw error;
    }
    link.#reading = link.#read();
    return link;
  }

  /** The system whose driver answers, where it is known. */
  get system(): System | undefined {
    return this.#system;
  }

  /**
   * Asks for something.
   *
   * @param follower Takes what comes after the result, for a watch.
   * @returns The result, as it was carried.
   * @throws {DeviceError | UsageError} What the verb failed with, or the connection.
   */
  request<V extends Verb>(verb: V, args: Args<V>, as?: number, follower?: Follower): Promise<unknown> {
    return this.start(verb, args, as, follower).result;
  }

  /** {@linkcode SessionLink.request}, with the id by which it can be cancelled. */
  start<V extends Verb>(verb: V, args: Args<V>, as?: number, follower?: Follower) {
    const id = ++this.#lastId;
    const result = new Promise<unknown>((resolve, reject) => {
      if (this.#lost) return reject(this.#lost);
      this.#pending.set(id, { verb, resolve, reject, follower });
      this.#outbox.force(encode({ id, verb, args, as } as { id: number; verb: string }));
    });
    return { id, result };
  }

  /** Waits until the session hangs up. */
  async ended(): Promise<void> {
    await this.#reading;
  }

  /** Hangs up. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#lose(refusal("ECONNABORTED", this.socket, "Cannot go on with the session at"));
    this.#outbox.break();
    try {
      this.#conn.close();
    } catch {
      // the session did
    }
    await this.#reading;
  }

  /** A server that is stopped, or is none, may take a connection and never say a word. */
  async #greetIn(clock: Clock): Promise<void> {
    const greeted = new AbortController();
    const silent = clock.sleep(GREETING, greeted.signal).then((over) => {
      if (over) throw refusal("ETIMEDOUT", this.socket);
    });
    try {
      await Promise.race([this.#greet(), silent]);
    } finally {
      greeted.abort();
    }
  }

  async #greet(): Promise<void> {
    let line: string | void;
    try {
      line = (await this.#lines.next()).value;
    } catch (error) {
      throw error instanceof BrokenLine ? refusal("EPROTO", this.socket) : refusal(errnoOf(error), this.socket);
    }
    if (line === undefined) throw refusal("ECONNRESET", this.socket);
    const hello = object(line);
    if (hello?.error !== undefined) throw refusal("EAGAIN", this.socket);
    if (hello?.protocol !== PROTOCOL) throw refusal("EPROTO", this.socket);
    if (hello.version !== VERSION) throw refusal("EPROTONOSUPPORT", this.socket);
    this.#system = SYSTEMS.find((system) => system === hello.system);
  }

  async #read(): Promise<void> {
    let error = refusal("ECONNRESET", this.socket, "Lost the session at");
    try {
      for await (const line of this.#lines) await this.#take(object(line));
    } catch (cause) {
      if (cause instanceof BrokenLine || cause instanceof UsageError) {
        error = refusal("EPROTO", this.socket, "Cannot go on with the session at");
      }
    }
    this.#lose(error);
  }

  async #take(frame: Fields | undefined): Promise<void> {
    if (frame === undefined) throw new BrokenLine("no object");
    const id = frame.id as number;
    const pending = this.#pending.get(id);
    if (pending !== undefined) {
      if (!isAnswer(pending.verb, frame)) throw new BrokenLine("no answer to what was asked");
      this.#pending.delete(id);
      if (Object.hasOwn(frame, "error")) return pending.reject(fromWire(frame.error as WireError));
      if (pending.follower) this.#followers.set(id, pending.follower);
      return pending.resolve(frame.result);
    }
    const follower = this.#followers.get(id);
    if (follower === undefined) return; // of a watch that has ended here
    if (!isWatchFrame(frame)) throw new BrokenLine("no event");
    if (Object.hasOwn(frame, "end") || Object.hasOwn(frame, "error")) this.#followers.delete(id);
    await follower.take(frame);
  }

  #lose(error: DeviceError): void {
    this.#lost ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#lost);
    this.#pending.clear();
    for (const follower of this.#followers.values()) follower.lose(this.#lost);
    this.#followers.clear();
  }
}

function object(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A client's connection to a session. @module */

import type { System } from "../../ffi/abi.ts";
import { type Clock, systemClock } from "../clock.ts";
import { Deadline } from "../deadline.ts";
import { type DeviceError, errnoOf, UsageError } from "../errors.ts";
import type { Domid } from "../types.ts";
import { BrokenLine, readLines } from "./lines.ts";
import { Outbox } from "./outbox.ts";
import { checkSocket, refusal } from "./place.ts";
import { ANSWER_LIMIT, encode, PROTOCOL, VERSION } from "./protocol.ts";
import { type Args, type Result, resultRule, type Verb, type WaitsFor, waitsFor } from "./requests.ts";
import { DOMAIN, type Fields, ID, isRecord } from "./rules.ts";
import { fromWire, WIRE_ERROR } from "./wire_errors.ts";

/** Receives the frames of a watch after its result. */
export interface Follower {
  /** The next frame is read when this resolves. Returns false after the last frame of the watch. */
  take(frame: Fields): Promise<boolean>;
  lose(error: DeviceError): void;
}

interface Pending {
  readonly waitsFor: WaitsFor;
  /** Returns false if `result` cannot be a result of the verb. */
  resolve(result: unknown): boolean;
  reject(error: Error): void;
  readonly follower?: Follower;
}

/** How long, milliseconds, to wait for the session's first line. */
const GREETING = 5000;

/**
 * How long, milliseconds, to wait for an answer that the session gives at once. Two such waits without a line are too
 * many: a client that was stopped itself has to read what came before the second one ends.
 */
const SILENCE = 2500;

const SYSTEMS: readonly System[] = ["linux", "illumos", "freebsd", "netbsd"];

export class SessionLink {
  readonly #lines: AsyncGenerator<string, void>;
  /** A failed write is reported by the reader, after what the session said before. */
  readonly #outbox: Outbox;
  readonly #pending = new Map<number, Pending>();
  readonly #followers = new Map<number, Follower>();
  readonly #silence: Deadline;
  /** How many {@linkcode SILENCE}s passed without a line. */
  #silences = 0;
  /** Whether a follower takes its time with a frame: nothing is read meanwhile. */
  #taking = false;
  #system: System | undefined;
  #domain: Domid | undefined;
  #lastId = 0;
  #lost: DeviceError | undefined;
  #closed = false;
  #reading: Promise<void> = Promise.resolve();

  private constructor(
    private readonly conn: Deno.Conn,
    readonly socket: string,
    private readonly clock: Clock,
  ) {
    this.#silence = new Deadline(clock, SILENCE, () => this.#onSilence());
    this.#outbox = new Outbox(conn);
    this.#lines = readLines(conn, ANSWER_LIMIT);
  }

  /**
   * @param clock For the timeouts of the first line and of answers.
   * @param greeting How long, milliseconds, to wait for the first line.
   * @throws {DeviceError} If the socket or its server cannot be used.
   */
  static async connect(socket: string, clock: Clock = systemClock(), greeting = GREETING): Promise<SessionLink> {
    const isStillThere = checkSocket(socket);
    let conn: Deno.Conn;
    try {
      conn = await Deno.connect({ transport: "unix", path: socket });
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      throw refusal(errnoOf(error) ?? "EIO", socket);
    }
    if (!isStillThere()) {
      conn.close();
      throw refusal("ESTALE", socket);
    }
    const link = new SessionLink(conn, socket, clock);
    try {
      await link.#greetIn(clock, greeting);
    } catch (error) {
      conn.close();
      throw error;
    }
    link.#reading = link.#read();
    return link;
  }

  get system(): System | undefined {
    return this.#system;
  }

  /** The session's own domain, if it holds a simulator. */
  get domain(): Domid | undefined {
    return this.#domain;
  }

  request<V extends Verb>(verb: V, args: Args<V>, as?: Domid): Promise<Result<V>> {
    return this.start(verb, args, as).result;
  }

  /** {@linkcode request}, with the id that cancels it. The follower of a watch receives the frames after the result. */
  start<V extends Verb>(verb: V, args: Args<V>, as?: Domid, follower?: Follower) {
    const id = ++this.#lastId;
    const { promise: result, resolve, reject } = Promise.withResolvers<Result<V>>();
    const isResult = resultRule(verb);
    const pending: Pending = {
      waitsFor: waitsFor(verb, args),
      resolve(result) {
        if (!isResult(result)) return false;
        resolve(result);
        return true;
      },
      reject,
      follower,
    };
    if (this.#lost) {
      reject(this.#lost);
    } else {
      this.#expect(pending);
      this.#pending.set(id, pending);
      this.#outbox.force(encode({ id, verb, args, as }));
    }
    return { id, result };
  }

  /** Resolves when the session has hung up. One that is stuck is given up on after {@linkcode SILENCE}. */
  async ended(): Promise<void> {
    const hungUp = new AbortController();
    await Promise.race([this.#reading, this.clock.sleep(SILENCE, hungUp.signal)]);
    hungUp.abort();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#lose(refusal("ECONNABORTED", this.socket, "Cannot go on with the session at"));
    this.#outbox.break();
    try {
      this.conn.close();
    } catch {
      // the session closed it
    }
    await this.#reading;
  }

  /** A stopped process may accept a connection and never send a line. */
  async #greetIn(clock: Clock, time: number): Promise<void> {
    const greeted = new AbortController();
    const silent = clock.sleep(time, greeted.signal).then((over) => {
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
      throw refusal(error instanceof BrokenLine ? "EPROTO" : errnoOf(error) ?? "EIO", this.socket);
    }
    if (line === undefined) throw refusal("ECONNRESET", this.socket);
    const hello = object(line);
    if (hello?.error !== undefined) throw refusal("EAGAIN", this.socket);
    if (hello?.protocol !== PROTOCOL) throw refusal("EPROTO", this.socket);
    if (hello.version !== VERSION) throw refusal("EPROTONOSUPPORT", this.socket);
    this.#system = SYSTEMS.find((system) => system === hello.system);
    this.#domain = DOMAIN(hello.domain) ? hello.domain : undefined;
  }

  async #read(): Promise<void> {
    let error = refusal("ECONNRESET", this.socket, "Lost the session at");
    try {
      for await (const line of this.#lines) {
        this.#taking = true;
        await this.#take(object(line));
        this.#taking = false;
        this.#heard();
      }
    } catch (cause) {
      if (cause instanceof BrokenLine || cause instanceof UsageError) {
        error = refusal("EPROTO", this.socket, "Cannot go on with the session at");
      }
    }
    this.#lose(error);
  }

  #expect({ waitsFor }: Pending): void {
    if (waitsFor !== "session" || this.#isExpected("session")) return;
    this.#heard();
    this.#silence.start();
  }

  #isExpected(from: WaitsFor): boolean {
    return this.#pending.values().some(({ waitsFor }) => waitsFor === from);
  }

  #heard(): void {
    this.#silences = 0;
    this.#silence.putOff();
  }

  #onSilence(): void {
    this.#silence.stop();
    if (!this.#isExpected("session")) return;
    if (this.#taking || this.#isExpected("view")) this.#silences = 0;
    else if (++this.#silences === 2) {
      return this.#lose(refusal("ETIMEDOUT", this.socket, "Cannot go on with the session at"));
    }
    this.#silence.putOff();
    this.#silence.start();
  }

  async #take(frame: Fields | undefined): Promise<void> {
    if (frame === undefined) throw new BrokenLine("no object");
    const { id } = frame;
    if (!ID(id)) return;
    const pending = this.#pending.get(id);
    if (pending !== undefined) {
      if (Object.hasOwn(frame, "error")) {
        if (!WIRE_ERROR(frame.error)) throw new BrokenLine("no error");
        pending.reject(fromWire(frame.error));
      } else {
        if (!pending.resolve(frame.result)) throw new BrokenLine("no result of the verb");
        if (pending.follower) this.#followers.set(id, pending.follower);
      }
      this.#pending.delete(id);
    } else if (await this.#followers.get(id)?.take(frame) === false) {
      this.#followers.delete(id);
    }
  }

  #lose(error: DeviceError): void {
    this.#lost ??= error;
    this.#silence.stop();
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

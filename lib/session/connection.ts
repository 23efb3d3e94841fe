/**
 * One client of a session, as the server sees it: its requests answered in their order, its watches fed.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { Handles } from "./handles.ts";
import { BrokenLine, readLines } from "./lines.ts";
import { Outbox } from "./outbox.ts";
import { encode, type Frame, LINE_LIMIT, PROTOCOL, VERSION, WAIT_LIMIT, type WireError } from "./protocol.ts";
import { type Args, parseRequest, type Request } from "./requests.ts";
import { type Immediate, perform } from "./verbs.ts";
import { RunningWatch } from "./running_watch.ts";
import { isQuestion, type Question, type Views } from "./views.ts";
import { toWire } from "./wire_errors.ts";

/** How long, milliseconds, a connection that ends waits for its client to read what was said last. */
const LINGER = 500;

/** What a connection needs of the session. */
export interface Session {
  readonly handles: Handles;
  readonly views: Views;
  readonly clock: Clock;
  /** Ends the session, as a client asks for. */
  stop(): void;
}

/** Something that waits for a client: it can be ended, and says when it has. */
interface Wait {
  end(): void;
  readonly ended: Promise<unknown>;
}

/** A client's connection. */
export class Connection {
  readonly #session: Session;
  readonly #conn: Deno.Conn;
  readonly #outbox: Outbox;
  readonly #waits = new Map<number, Wait>();
  #stopping = false;
  /** A client that asked for the session's end: it is answered when that has come. */
  #askedToStop: number | undefined;

  constructor(conn: Deno.Conn, session: Session) {
    this.#conn = conn;
    this.#session = session;
    this.#outbox = new Outbox(conn);
  }

  /** Serves until the client leaves, breaks the protocol, or the session ends. Never fails. */
  async serve(): Promise<void> {
    const { system } = this.#session.handles.of(undefined).device;
    this.#outbox.force(encode({ protocol: PROTOCOL, version: VERSION, system }));
    try {
      for await (const line of readLines(this.#conn, LINE_LIMIT)) {
        if (!await this.#take(line)) break;
      }
    } catch (error) {
      if (error instanceof BrokenLine) await this.#refuse(null, "protocol", error.message);
      else this.#outbox.break(); // the client is gone
    }
    if (!this.#stopping) await this.#hangUp();
  }

  /** Ends what waits; each watch says that the session stops. Nothing is read from here on. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#endWaits();
  }

  /** Says the last word and closes, whether the client reads it or not. */
  async close(): Promise<void> {
    if (this.#askedToStop !== undefined) this.#outbox.force(encode({ id: this.#askedToStop, result: null }));
    await this.#hangUp();
  }

  /** One line of the client. Returns whether the next one is wanted. */
  async #take(line: string): Promise<boolean> {
    if (this.#stopping) return false;
    const request = parseRequest(line);
    if ("refused" in request) {
      await this.#refuse(request.id, "protocol", request.refused);
      return request.id !== null;
    }
    if (this.#waits.has(request.id)) {
      return await this.#refuse(
        request.id,
        "protocol",
        `Cannot begin ${request.id}: a request with that id still waits`,
      );
    }
    try {
      await this.#answer(request);
    } catch (error) {
      await this.#send({ id: request.id, error: toWire(error) });
    }
    return true;
  }

  #answer(request: Request): Promise<unknown> {
    switch (request.verb) {
      case "watch":
      case "poll":
        return this.#begin(request);
      case "cancel":
        return this.#cancel(request.id, request.args);
      case "stop":
        this.#askedToStop = request.id;
        return Promise.resolve(this.#session.stop());
      default:
        return isQuestion(request) ? this.#look(request) : this.#perform(request);
    }
  }

  async #perform(request: Immediate): Promise<void> {
    const result = await perform(this.#session.handles.of(request.as).device, request);
    await this.#send({ id: request.id, result });
  }

  async #look(question: Question): Promise<void> {
    await this.#send({ id: question.id, result: await this.#session.views.answer(question) });
  }

  async #begin(request: Extract<Request, { verb: "watch" | "poll" }>): Promise<unknown> {
    const { id, as } = request;
    if (this.#waits.size >= WAIT_LIMIT) {
      return await this.#refuse(id, "limit", `Cannot wait for more than ${WAIT_LIMIT} things at once`);
    }
    const { device, poll } = this.#session.handles.of(as);
    if (request.verb === "poll") {
      const abort = new AbortController();
      const ended = poll.poll(request.args.events, request.args.timeout, abort.signal).then(
        (result) => this.#send({ id, result }),
        (error) => this.#send({ id, error: toWire(error) }),
      );
      this.#wait(id, { end: () => abort.abort(), ended });
      return request.args.timeout === 0 ? await ended : undefined;
    }
    const { ports, limit, unmask } = request.args;
    const watch = await device.subscribe({ ports: ports && new Set(ports), limit, unmask });
    const running = new RunningWatch(id, watch, limit, (frame) => this.#send(frame));
    await this.#send({ id, result: null });
    this.#wait(id, { end: () => running.end(this.#stopping ? "stopped" : "cancelled"), ended: running.run() });
  }

  async #cancel(id: number, args: Args<"cancel">): Promise<void> {
    const wait = this.#waits.get(args.id);
    wait?.end();
    await wait?.ended;
    await this.#send({ id, result: null });
  }

  #wait(id: number, wait: Wait): void {
    this.#waits.set(id, wait);
    void wait.ended.then(() => this.#waits.delete(id));
  }

  async #endWaits(): Promise<void> {
    for (const wait of this.#waits.values()) wait.end();
    await Promise.all([...this.#waits.values()].map(({ ended }) => ended));
  }

  async #refuse(id: number | null, error: WireError["error"], message: string): Promise<boolean> {
    await this.#send({ id, error: { error, message } });
    return true;
  }

  #send(frame: Frame): Promise<boolean> {
    return this.#outbox.send(encode(frame));
  }

  /** Ends what waits, writes what is left as far as the client reads it before long, and closes. */
  async #hangUp(): Promise<void> {
    const waits = this.#endWaits();
    const written = new AbortController();
    void waits.then(() => this.#outbox.flush()).then(() => written.abort());
    await this.#session.clock.sleep(LINGER, written.signal);
    this.#outbox.break();
    try {
      this.#conn.close();
    } catch {
      // it is closed already
    }
    await waits;
  }
}

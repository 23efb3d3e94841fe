/** One client of a session, in the server: its requests are answered in order, its watches send events. @module */

import type { Clock } from "../clock.ts";
import type { Wanted } from "../handle/watcher.ts";
import type { SessionDomains } from "./domains.ts";
import { BrokenLine, readLines } from "./lines.ts";
import { Outbox } from "./outbox.ts";
import { encode, type Frame, LINE_LIMIT, PROTOCOL, VERSION, WAIT_LIMIT } from "./protocol.ts";
import { type About, answer, type Caller, LATER, parseRequest, type Request } from "./requests.ts";
import { runWatch } from "./running_watch.ts";
import { RequestError, toWire } from "./wire_errors.ts";

/** How long, milliseconds, a connection that ends waits for its client to read the last answers. */
const LINGER = 500;

interface Wait {
  end(): void;
  readonly ended: Promise<unknown>;
}

/** What a connection has of its session's server. */
export interface ServerOf {
  /** For a client's stop request. */
  stop(): void;
  /** For a client's request `about`. */
  about(): Promise<About>;
}

export class Connection {
  readonly #outbox: Outbox;
  readonly #waits = new Map<number, Wait>();
  #stopping = false;
  /** The id of the client's stop request, which is answered when the session has ended. */
  #askedToStop: number | undefined;

  #used = false;

  constructor(
    private readonly conn: Deno.Conn,
    private readonly domains: SessionDomains,
    private readonly clock: Clock,
    private readonly server: ServerOf,
  ) {
    this.#outbox = new Outbox(conn);
  }

  /** Whether the client made a request that uses the session: any but `about`. */
  get used(): boolean {
    return this.#used;
  }

  /** Serves until the client leaves, breaks the protocol, or the session ends. Never rejects. */
  async serve(): Promise<void> {
    const { system, domain } = this.domains;
    this.#outbox.force(encode({ protocol: PROTOCOL, version: VERSION, system, domain }));
    try {
      for await (const line of readLines(this.conn, LINE_LIMIT)) {
        if (!await this.#take(line)) break;
      }
    } catch (error) {
      if (error instanceof BrokenLine) await this.#fail(null, new RequestError("protocol", error.message));
      else this.#outbox.break(); // the client is gone
    }
    if (!this.#stopping) await this.#hangUp();
  }

  /** Ends the watches and polls, because the session ends. No request is read after this. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#endWaits();
  }

  async close(): Promise<void> {
    if (this.#askedToStop !== undefined) this.#outbox.force(encode({ id: this.#askedToStop, result: null }));
    await this.#hangUp();
  }

  /** Returns whether to read the next line. */
  async #take(line: string): Promise<boolean> {
    if (this.#stopping) return false;
    const request = parseRequest(line);
    if ("refused" in request) {
      await this.#fail(request.id, new RequestError("protocol", request.refused));
      return request.id !== null;
    }
    const { id, verb } = request;
    if (verb !== "about") this.#used = true;
    try {
      if (this.#waits.has(id)) {
        throw new RequestError("protocol", `Cannot begin ${id}: a request with that id still waits`);
      }
      const result = await answer(this.#caller(request), request);
      if (result !== LATER) await this.#send({ id, result: result ?? null });
    } catch (error) {
      await this.#fail(id, error);
    }
    return true;
  }

  #caller({ id, as }: Request): Caller {
    return {
      handle: () => this.domains.handle(as),
      view: () => this.domains.view(as),
      world: (verb) => ({ world: this.domains.world(verb), domain: this.domains.number(as) }),
      create: (domain, name) => this.domains.create(domain, name),
      destroy: (domain, held) => this.domains.destroy(domain, held),
      watchStore: (path) => this.#watchStore(id, as, path),
      poll: (events, timeout) => this.#poll(id, as, events, timeout),
      watch: (wanted) => this.#watch(id, as, wanted),
      cancel: async (id) => {
        const wait = this.#waits.get(id);
        wait?.end();
        await wait?.ended;
      },
      stop: () => {
        this.#askedToStop = id;
        this.server.stop();
        return LATER;
      },
      about: () => this.server.about(),
    };
  }

  async #poll(id: number, as: number | undefined, events: number, timeout: number): Promise<typeof LATER> {
    this.#checkWaits();
    const handle = await this.domains.handle(as);
    const abort = new AbortController();
    const ended = Promise.resolve(handle.poll(events, timeout, abort.signal)).then(
      (result) => this.#send({ id, result }),
      (error) => this.#fail(id, error),
    );
    this.#wait(id, { end: () => abort.abort(), ended });
    if (timeout === 0) await ended;
    return LATER;
  }

  async #watch(id: number, as: number | undefined, wanted: Wanted): Promise<typeof LATER> {
    this.#checkWaits();
    const subscription = await (await this.domains.handle(as)).subscribe(wanted);
    await this.#send({ id, result: null });
    const { end, ended } = runWatch(id, subscription, wanted.limit, (frame) => this.#send(frame));
    this.#wait(id, { end: () => end(this.#stopping ? "stopped" : "cancelled"), ended });
    return LATER;
  }

  async #watchStore(id: number, as: number | undefined, path: string): Promise<typeof LATER> {
    this.#checkWaits();
    const store = await (await this.domains.view(as)).store();
    const abort = new AbortController();
    const paths = store.watch(path, abort.signal)[Symbol.asyncIterator]();
    const first = await paths.next(); // comes at once, or the watch is refused
    await this.#send({ id, result: null });
    const ended = this.#sendPaths(id, as, first, paths, abort.signal);
    this.#wait(id, { end: () => abort.abort(), ended });
    return LATER;
  }

  /** Never rejects. */
  async #sendPaths(
    id: number,
    as: number | undefined,
    first: IteratorResult<string>,
    paths: AsyncIterator<string>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      for (let next = first; !next.done; next = await paths.next()) {
        if (!await this.#send({ id, path: next.value })) break;
      }
      await paths.return?.();
      const lost = signal.aborted ? undefined : this.domains.lossOf(as);
      if (lost !== undefined) await this.#fail(id, lost);
      else await this.#send({ id, end: this.#stopping ? "stopped" : "cancelled" });
    } catch (error) {
      await this.#fail(id, this.domains.lossOf(as) ?? error);
    }
  }

  #checkWaits(): void {
    if (this.#waits.size < WAIT_LIMIT) return;
    throw new RequestError("limit", `Cannot wait for more than ${WAIT_LIMIT} things at once`);
  }

  #wait(id: number, wait: Wait): void {
    this.#waits.set(id, wait);
    void wait.ended.then(() => this.#waits.delete(id));
  }

  async #endWaits(): Promise<void> {
    for (const wait of this.#waits.values()) wait.end();
    await Promise.all([...this.#waits.values()].map(({ ended }) => ended));
  }

  #fail(id: number | null, error: unknown): Promise<boolean> {
    return this.#send({ id, error: toWire(error) });
  }

  #send(frame: Frame): Promise<boolean> {
    return this.#outbox.send(encode(frame));
  }

  /** Ends the watches and polls, gives the client a short time to read the last frames, and closes. */
  async #hangUp(): Promise<void> {
    const waits = this.#endWaits();
    const written = new AbortController();
    void waits.then(() => this.#outbox.flush()).then(() => written.abort());
    await this.clock.sleep(LINGER, written.signal);
    this.#outbox.break();
    try {
      this.conn.close();
    } catch {
      // already closed
    }
    await waits;
  }
}

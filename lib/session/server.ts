/** A session's server. @module */

import type { Clock } from "../clock.ts";
import { Connection } from "./connection.ts";
import { SessionDomains, type SessionSource } from "./domains.ts";
import type { Place } from "./place.ts";
import { CLIENT_LIMIT, encode } from "./protocol.ts";
import type { About } from "./requests.ts";

/** How long, milliseconds, the server waits when it has no descriptor left for a client. */
const ACCEPT_AGAIN = 100;

/** How often, milliseconds, the server looks whether its socket is still there, and whether its clients are. */
const LOOK_EVERY = 1000;

export class SessionServer {
  readonly #domains: SessionDomains;
  readonly #listener: Deno.Listener;
  readonly #connections = new Map<Connection, Promise<void>>();
  readonly #stopped = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  /** When the session began, microseconds since 1970. */
  readonly #since: number;
  /** When a client that used the session left last, on the monotonic clock. */
  #lastUse: number;

  private constructor(source: SessionSource, private readonly place: Place, private readonly clock: Clock) {
    this.#domains = new SessionDomains(source, clock);
    this.#since = clock.now();
    this.#lastUse = clock.monotonic();
    this.#listener = place.listen();
  }

  /**
   * Starts to serve. The session closes `source`, unless this throws because it cannot listen.
   *
   * @param lifetime How long, milliseconds, the session may be unused before it ends; undefined: for ever.
   */
  static listen(source: SessionSource, place: Place, clock: Clock, lifetime?: number): SessionServer {
    const server = new SessionServer(source, place, clock);
    void server.#accept();
    void server.#lookAfterSocket();
    if (lifetime !== undefined) void server.#endUnused(lifetime);
    return server;
  }

  get socket(): string {
    return this.place.socket;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Ends the session: removes the socket, ends watches, closes ports, hangs up on clients. */
  stop(): void {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    this.#end().then(this.#ended.resolve, this.#ended.reject);
  }

  async #end(): Promise<void> {
    this.place.remove();
    this.#listener.close();
    const connections = [...this.#connections.keys()];
    const told = Promise.all(connections.map((each) => each.stop()));
    await this.#domains.close();
    await Promise.all(connections.map((each) => each.close()));
    await told;
    await Promise.all(this.#connections.values());
  }

  /** Ends the session when its socket is gone, as when a login manager removes the folder: nobody can reach it. */
  async #lookAfterSocket(): Promise<void> {
    while (await this.clock.sleep(LOOK_EVERY, this.#stopped.signal)) {
      if (!this.place.isThere()) return this.stop();
    }
  }

  /** Ends the session when no client has been connected, and none made a request, for `lifetime` milliseconds. */
  async #endUnused(lifetime: number): Promise<void> {
    for (;;) {
      const left = this.#connections.size > 0 ? LOOK_EVERY : this.#lastUse + lifetime - this.clock.monotonic();
      if (left <= 0) return this.stop();
      if (!await this.clock.sleep(left, this.#stopped.signal)) return;
    }
  }

  async #about(): Promise<About> {
    return {
      pid: Deno.pid,
      holds: this.#domains.holds,
      since: this.#since,
      clients: this.#connections.size - 1,
      bound: await this.#domains.bound(),
    };
  }

  async #accept(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        const conn = await this.#listener.accept();
        if (this.#stopped.signal.aborted) return conn.close(); // it came too late to be told
        this.#serve(conn);
      } catch {
        // The listener is closed, or this process has no descriptor left until a client leaves.
        await this.clock.sleep(ACCEPT_AGAIN, this.#stopped.signal);
      }
    }
  }

  #serve(conn: Deno.Conn): void {
    if (this.#connections.size >= CLIENT_LIMIT) {
      const message = `Cannot serve more than ${CLIENT_LIMIT} clients at once`;
      const line = encode({ id: null, error: { error: "limit", message } });
      void conn.write(new TextEncoder().encode(line)).catch(() => {}).finally(() => conn.close());
      return;
    }
    const server = { stop: () => this.stop(), about: () => this.#about() };
    const connection = new Connection(conn, this.#domains, this.clock, server);
    const served = connection.serve().finally(() => {
      this.#connections.delete(connection);
      if (connection.used) this.#lastUse = this.clock.monotonic();
    });
    this.#connections.set(connection, served);
  }
}

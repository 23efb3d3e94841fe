/**
 * A session's server: it holds handles, and serves whoever connects to its socket.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { Connection, type Session } from "./connection.ts";
import { Handles, type Holding } from "./handles.ts";
import { CLIENT_LIMIT, encode } from "./protocol.ts";
import type { Place } from "./place.ts";
import { Views } from "./views.ts";

/** How long, milliseconds, the server waits after it could not accept a client, for want of descriptors. */
const ACCEPT_AGAIN = 100;

/** A session that runs. */
export class SessionServer implements Session {
  readonly handles: Handles;
  readonly views: Views;
  readonly clock: Clock;
  /** The path of its socket. */
  readonly socket: string;
  readonly #place: Place;
  readonly #listener: Deno.Listener;
  readonly #connections = new Map<Connection, Promise<void>>();
  readonly #stopped = new AbortController();
  readonly #ended = Promise.withResolvers<void>();

  /** Use {@linkcode SessionServer.listen}. */
  private constructor(holding: Holding, place: Place, clock: Clock) {
    this.handles = new Handles(holding, clock);
    this.views = new Views(holding);
    this.clock = clock;
    this.#place = place;
    this.socket = place.socket;
    this.#listener = Deno.listen({ transport: "unix", path: place.socket });
  }

  /**
   * Starts to serve.
   *
   * @param holding What the session holds; it is closed with the session.
   * @param place Where the socket goes; it is removed with the session.
   * @throws {Error} If it cannot listen there; `holding` is the caller's then.
   */
  static listen(holding: Holding, place: Place, clock: Clock): SessionServer {
    const server = new SessionServer(holding, place, clock);
    void server.#accept();
    return server;
  }

  /** How many clients there are. */
  get clients(): number {
    return this.#connections.size;
  }

  /** Resolves when the session has ended, whoever ended it. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Ends the session: its watches say so, its ports are closed, its socket is gone, its clients are hung up on. */
  stop(): void {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    this.#end().then(this.#ended.resolve, this.#ended.reject);
  }

  async #end(): Promise<void> {
    this.#place.remove(); // nobody finds the way any more
    this.#listener.close();
    const connections = [...this.#connections.keys()];
    const told = Promise.all(connections.map((each) => each.stop()));
    await this.handles.close();
    await this.views.close();
    await Promise.all(connections.map((each) => each.close()));
    await told;
    await Promise.all(this.#connections.values());
  }

  async #accept(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        this.#serve(await this.#listener.accept());
      } catch {
        // It is closed, or this process has no descriptor left until a client leaves.
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
    const connection = new Connection(conn, this);
    this.#connections.set(connection, connection.serve().finally(() => this.#connections.delete(connection)));
  }
}

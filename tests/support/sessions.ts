/**
 * Sessions for tests: a server in this process on a real socket, clients of it, and clients with bad manners.
 *
 * @module
 */

import { systemClock } from "../../lib/clock.ts";
import { KernelView } from "../../lib/view/kernel_view.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { RemoteDevice } from "../../lib/session/client.ts";
import type { SessionSource } from "../../lib/session/domains.ts";
import { readLines } from "../../lib/session/lines.ts";
import { makePlace, type Place } from "../../lib/session/place.ts";
import { ANSWER_LIMIT, CLIENT_LIMIT } from "../../lib/session/protocol.ts";
import { SessionServer } from "../../lib/session/server.ts";
import { type SimulatedKernel, simulatedKernel } from "../../lib/sim/mod.ts";

/** A promise that never resolves: for waits that only their object ends. */
export const never = () => new Promise<never>(() => {});

/** What a session on a new simulated world holds, whose guests make hypercalls too. */
export async function simulatedSource(spec = "linux?privcmd=unrestricted"): Promise<SessionSource> {
  const kernel = await simulatedKernel(spec, 0);
  const open = (each: SimulatedKernel) => LocalDevice.open(each.abi.devicePath, each);
  return {
    own: open(kernel),
    holds: `sim:${spec}`,
    domain: 0,
    world: kernel.world,
    open: (domain) => open(kernel.as(domain)),
    view: (domain = 0) => new KernelView(kernel.as(domain), systemClock()),
  };
}

/** A session with its clients, who all hang up when the test is done. */
export class TestSession {
  readonly #open: { close(): unknown }[] = [];

  constructor(readonly server: SessionServer) {}

  get socket(): string {
    return this.server.socket;
  }

  /** A client. */
  async connect(as?: number): Promise<RemoteDevice> {
    const device = await RemoteDevice.connect(this.socket, as);
    this.#open.push(device);
    return device;
  }

  /** A client that says what it likes; it has read the first line. */
  async raw(): Promise<RawClient> {
    const client = new RawClient(await Deno.connect({ transport: "unix", path: this.socket }));
    this.#open.push(client);
    await client.next();
    return client;
  }

  /** Waits until the session serves exactly `others` clients: until all the rest may connect. */
  async servesOnly(others: number): Promise<void> {
    const more: RawClient[] = [];
    while (more.length < CLIENT_LIMIT - others) {
      const client = new RawClient(await Deno.connect({ transport: "unix", path: this.socket }));
      if ("error" in await client.next()) client.close();
      else more.push(client);
    }
    for (const client of more) client.close();
  }

  /** Everybody hangs up. */
  async leave(): Promise<void> {
    for (const each of this.#open) await each.close();
  }
}

/** Runs a session while `work` does, on a simulator unless `source` is something else. */
export async function withSession(
  work: (session: TestSession) => Promise<void>,
  source?: SessionSource,
): Promise<void> {
  const place = await makePlace(undefined, "session", 0);
  const server = SessionServer.listen(source ?? await simulatedSource(), place, systemClock());
  const session = new TestSession(server);
  try {
    await work(session);
  } finally {
    await session.leave();
    server.stop();
    await server.ended;
  }
}

/** A socket on which `serve` answers whoever connects. */
export async function withListener(
  serve: (conn: Deno.Conn) => Promise<void>,
  work: (socket: string) => Promise<void>,
): Promise<void> {
  const place: Place = await makePlace(undefined, "session", 0);
  const listener = place.listen();
  const serving = (async () => {
    for await (const conn of listener) {
      await serve(conn).catch(() => {});
      try {
        conn.close();
      } catch {
        // it did so itself
      }
    }
  })();
  try {
    await work(place.socket);
  } finally {
    place.remove();
    listener.close();
    await serving;
  }
}

/** Bytes of a text. */
export const bytes = (text: string) => new TextEncoder().encode(text);

/** A connection, line by line. */
export class RawClient {
  readonly #lines: AsyncGenerator<string, void>;

  constructor(readonly conn: Deno.Conn) {
    this.#lines = readLines(conn, ANSWER_LIMIT);
  }

  /** Sends bytes as they are. */
  async send(text: string | Uint8Array): Promise<void> {
    let rest = typeof text === "string" ? bytes(text) : text;
    while (rest.length > 0) rest = rest.subarray(await this.conn.write(rest));
  }

  /** Sends a request. */
  async ask(id: number, verb: string, args: unknown = {}): Promise<void> {
    await this.send(JSON.stringify({ id, verb, args }) + "\n");
  }

  /** The next frame; undefined when the session has hung up. */
  // deno-lint-ignore no-explicit-any
  async next(): Promise<any> {
    const { value, done } = await this.#lines.next();
    return done ? undefined : JSON.parse(value);
  }

  /** Hangs up. */
  close(): void {
    try {
      this.conn.close();
    } catch {
      // it has
    }
  }
}

/** Protocol lines to a session's server, from a client with bad manners. @module */

import { assert } from "@std/assert";
import fc from "fast-check";
import { LINE_LIMIT } from "../../lib/session/protocol.ts";
import type { Verb } from "../../lib/session/requests.ts";
import { type RawClient, type TestSession, withSession } from "../support/sessions.ts";
import { bytesOf, damaged } from "./damage.ts";
import type { Kind } from "./kind.ts";
import { anything, CHANNELS } from "./words.ts";

/** Sound arguments of every verb but `stop`, which is meant to end the session. */
const ARGUMENTS: Readonly<Record<Exclude<Verb, "stop">, readonly object[]>> = {
  "bind-virq": [{ virq: 7 }],
  "bind-interdomain": [{ domain: 0, port: 27 }],
  "alloc-unbound": [{ domain: 5 }],
  "bind-static": [{ port: 27 }],
  "unbind": [{ port: 27 }],
  "notify": [{ port: 28 }],
  "unmask": [{ ports: [27, 28] }],
  "unmask-all": [{}],
  "reset": [{}],
  "restrict": [{ domain: 1 }],
  "read": [{ bytes: 4096 }],
  "poll": [{ events: 1, timeout: 0 }, { events: 1, timeout: -1 }],
  "status": [{}],
  "channel": [{ op: "watch", channel: "virq:tbuf" }],
  "watch": [{}, { ports: [27], limit: 1, unmask: false }],
  "cancel": [{ id: 1 }],
  "own-domain": [{}],
  "port-status": [{ domain: 0, port: 27 }],
  "port-table": [{ domain: 0 }, { domain: 1 }],
  "xen-traits": [{}],
  "xen-dump": [{ key: "e" }],
  "xen-domains": [{}],
  "store-read": [{ path: "/local/domain/1/name" }],
  "store-directory": [{ path: "/local/domain" }],
  "file-read": [{ path: "/proc/1000/comm" }],
  "file-list": [{ path: "/proc" }],
  "file-link": [{ path: "/proc/1000/fd/3" }],
  "store-timeout": [{ milliseconds: 100 }],
  "store-watch": [{ path: "/local/domain" }],
  "raise": [{ virq: 4 }],
  "create": [{ domain: 9 }, { domain: 9, name: "web" }],
  "destroy": [{ domain: 7 }],
  "device": [{ kind: "vif", domain: 1, backend: 0, queues: 2, fault: "closed" }],
  "store-write": [{ path: "device/vif/0/state", value: "4" }],
  "store-rm": [{ path: "device/vif/0/state" }],
  "about": [{}],
};

const REQUESTS = Object.entries(ARGUMENTS).flatMap(([verb, all]) => all.map((args) => [verb, args] as const));

const odd = fc.oneof(
  fc.constantFrom<unknown>(0, -1, 0.5, 2 ** 32, 2 ** 53, null, true, "7", "", [], {}, [27], [[27]], "/\0", 1e308),
  fc.constantFrom(...CHANNELS),
  fc.constant(JSON.parse('{"__proto__":1}')),
  fc.jsonValue({ maxDepth: 3 }),
);

const members = (...names: string[]) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, fc.dictionary(fc.constantFrom(...names), odd, { maxKeys: 2 }));

/** A request, mostly with some of its members, or of its arguments, replaced. */
const request = fc.record({
  of: fc.constantFrom(...REQUESTS),
  id: fc.nat(6),
  members: members("id", "verb", "args", "as", "x"),
  args: members("port", "ports", "domain", "virq", "bytes", "channel", "limit", "path", "timeout", "x", "__proto__"),
}).map(({ of: [verb, sound], id, members, args }) =>
  JSON.stringify({ id, verb, args: { ...sound, ...args }, ...members })
);

const line = fc.oneof(
  { weight: 20, arbitrary: request },
  { weight: 1, arbitrary: anything.filter((text) => !text.includes("stop")) },
  { weight: 1, arbitrary: fc.constantFrom("[".repeat(LINE_LIMIT), "{", '"', "x".repeat(LINE_LIMIT + 1), "") },
);

const text = fc.tuple(fc.array(line, { maxLength: 8 }), fc.boolean()).map(([lines, whole]) =>
  lines.join("\n") + (whole ? "\n" : "")
);

/** The most characters of an error's own words; a xenstore path that was asked for is named whole. */
const WORDS = 1000;

/** Reads until the session hangs up; every frame is an object that answers something. Returns whether any was done. */
async function answers(client: RawClient, said: string): Promise<boolean> {
  let understood = false;
  for (let frame = await client.next(); frame !== undefined; frame = await client.next()) {
    assert(typeof frame === "object" && "id" in frame, JSON.stringify(frame));
    if ("error" in frame) {
      const { message } = frame.error;
      assert(typeof message === "string" && message.length < WORDS + said.length, JSON.stringify(frame));
    }
    understood ||= frame.error?.error !== "protocol";
  }
  return understood;
}

/** The session serves somebody else as if nothing had been. */
export async function serves(session: TestSession): Promise<void> {
  const device = await session.connect();
  await device.status();
  await device.close();
}

interface Said {
  /** The client's bytes, as characters. */
  readonly said: string;
  /** How many bytes of it are sent at once, at first. */
  readonly pieces: readonly number[];
}

export const CLIENTS: Kind<Said> = {
  name: "lines of clients",
  input: fc.record({
    said: fc.oneof(damaged(text, 0), damaged(text)),
    pieces: fc.array(fc.nat(40), { maxLength: 10 }),
  }),
  async check({ said, pieces }) {
    let understood = false;
    await withSession(async (session) => {
      const client = await session.raw();
      let rest: Uint8Array = bytesOf(said);
      const reading = answers(client, said).catch((error) => {
        if (error instanceof Error && error.name === "AssertionError") throw error;
        return false; // the session hung up
      });
      try {
        for (const size of pieces) {
          await client.send(rest.subarray(0, size));
          rest = rest.subarray(size);
        }
        await client.send(rest);
        await client.conn.closeWrite();
      } catch {
        // it hung up on a broken line
      }
      understood = await reading;
      client.close();
      await serves(session);
    });
    return understood;
  },
};

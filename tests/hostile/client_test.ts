import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { LINE_LIMIT } from "../../lib/session/protocol.ts";
import { type RawClient, type TestSession, withSession } from "../support/sessions.ts";
import { test } from "../support/test.ts";
import { anything, CHANNELS } from "./words.ts";

/** Sound requests, but for `stop`, which is meant to end the session. */
const REQUESTS: readonly (readonly [verb: string, args: object])[] = [
  ["bind-virq", { virq: 7 }],
  ["bind-interdomain", { domain: 0, port: 27 }],
  ["alloc-unbound", { domain: 5 }],
  ["unbind", { port: 27 }],
  ["notify", { port: 28 }],
  ["unmask", { ports: [27, 28] }],
  ["unmask-all", {}],
  ["reset", {}],
  ["restrict", { domain: 1 }],
  ["read", { bytes: 4096 }],
  ["poll", { events: 1, timeout: 0 }],
  ["poll", { events: 1, timeout: -1 }],
  ["status", {}],
  ["channel", { op: "watch", channel: "virq:tbuf" }],
  ["watch", {}],
  ["watch", { ports: [27], limit: 1, unmask: false }],
  ["cancel", { id: 1 }],
];

const odd = fc.oneof(
  fc.constantFrom<unknown>(0, -1, 0.5, 2 ** 32, 2 ** 53, null, true, "7", "", [], {}, [27], [[27]], { __proto__: 1 }),
  fc.constantFrom(...CHANNELS),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A request with some of its members, or of its arguments, replaced. */
const request = fc.record({
  of: fc.constantFrom(...REQUESTS),
  id: fc.nat(6),
  members: fc.dictionary(fc.constantFrom("id", "verb", "args", "as", "x"), odd, { maxKeys: 1 }),
  args: fc.dictionary(fc.constantFrom("port", "ports", "domain", "virq", "bytes", "channel", "limit", "x"), odd, {
    maxKeys: 2,
  }),
}).map(({ of: [verb, sound], id, members, args }) =>
  JSON.stringify({ id, verb, args: { ...sound, ...args }, ...members })
);

const line = fc.oneof(
  { weight: 8, arbitrary: request },
  { weight: 1, arbitrary: anything.filter((text) => !text.includes("stop")) },
  { weight: 1, arbitrary: fc.constantFrom("[".repeat(LINE_LIMIT), "{", '"', "x".repeat(LINE_LIMIT + 1), "") },
);

/** Reads until the session hangs up; every frame is an object that answers something. */
async function answers(client: RawClient): Promise<void> {
  for (let frame = await client.next(); frame !== undefined; frame = await client.next()) {
    assert(typeof frame === "object" && "id" in frame, JSON.stringify(frame));
    if ("error" in frame) assert(typeof frame.error.message === "string" && frame.error.message.length < 1000);
  }
}

/** The session serves somebody else as if nothing had been. */
async function serves(session: TestSession): Promise<void> {
  const device = await session.connect();
  await device.status();
  await device.close();
}

test("whatever clients say, in whatever pieces, each is answered or hung up on, and the session serves on", () =>
  withSession(async (session) => {
    const pieces = fc.array(fc.nat(40), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), pieces, fc.boolean(), async (lines, sizes, whole) => {
        const client = await session.raw();
        let rest = new TextEncoder().encode(lines.join("\n") + (whole ? "\n" : ""));
        const reading = answers(client).catch((error) => {
          if (error instanceof Error && error.name === "AssertionError") throw error;
        });
        try {
          for (const size of sizes) {
            await client.send(rest.subarray(0, size));
            rest = rest.subarray(size);
          }
          await client.send(rest);
          await client.conn.closeWrite();
        } catch {
          // it hung up on a broken line
        }
        await reading;
        client.close();
        await serves(session);
      }),
      { numRuns: 400 },
    );
    await session.servesOnly(0);
  }));

test("a client whose line has no end is told so once, whatever it goes on to say", () =>
  withSession(async (session) => {
    const client = await session.raw();
    const flood = (async () => {
      const part = new Uint8Array(1 << 16).fill(0x20);
      for (let i = 0; i < 1000; i++) await client.send(part);
    })().catch(() => {});
    const { id, error } = await client.next();
    assertEquals([id, error.error], [null, "protocol"]);
    await flood; // the session hung up: the flood broke off
    client.close();
    await serves(session);
  }));

import { assertEquals } from "@std/assert";
import { withSession } from "../support/sessions.ts";
import { test } from "../support/test.ts";
import { CLIENTS, serves } from "./client.ts";
import { assertHolds } from "./kind.ts";

test("whatever a client says, in whatever pieces, it is answered or hung up on, and the session serves on", async () => {
  await assertHolds(CLIENTS, 120);
});

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

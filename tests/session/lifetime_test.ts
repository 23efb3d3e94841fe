import { assertEquals } from "@std/assert";
import { makePlace } from "../../lib/session/place.ts";
import { SessionServer } from "../../lib/session/server.ts";
import { type RawClient, simulatedSource, TestSession } from "../support/sessions.ts";
import { test } from "../support/test.ts";
import { TestClock } from "../support/test_clock.ts";

const LIFETIME = 10_000;

/** A session with a lifetime, on a clock of the test's. */
async function withLifetime(work: (session: TestSession, clock: TestClock) => Promise<void>): Promise<void> {
  const clock = new TestClock();
  const server = SessionServer.listen(
    await simulatedSource(),
    await makePlace(undefined, "session", 0),
    clock,
    LIFETIME,
  );
  const session = new TestSession(server);
  try {
    await work(session, clock);
  } finally {
    await session.leave();
    server.stop();
    await server.ended;
  }
}

/** Whether the session has begun to end: its socket goes first. */
async function hasEnded({ socket }: TestSession): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve));
  try {
    Deno.lstatSync(socket);
    return false;
  } catch {
    return true;
  }
}

/** Asks once and leaves. The session has noticed it when this resolves. */
async function visit(client: RawClient, verb: string): Promise<void> {
  await client.ask(1, verb);
  await client.next();
  await client.conn.closeWrite();
  assertEquals(await client.next(), undefined);
}

test("a session that nobody uses ends after its lifetime", () =>
  withLifetime(async (session, clock) => {
    clock.advance(LIFETIME - 1);
    assertEquals(await hasEnded(session), false);
    clock.advance(1);
    assertEquals(await hasEnded(session), true);
    await session.server.ended;
  }));

test("a client that is connected keeps the session, and the lifetime begins anew when it leaves", () =>
  withLifetime(async (session, clock) => {
    const client = await session.raw();
    for (let lives = 0; lives < 3; lives++) {
      clock.advance(LIFETIME);
      assertEquals(await hasEnded(session), false);
    }
    await visit(client, "status");
    clock.advance(LIFETIME - 1);
    assertEquals(await hasEnded(session), false);
    clock.advance(1);
    assertEquals(await hasEnded(session), true);
  }));

test("who only asks what the session is does not keep it", () =>
  withLifetime(async (session, clock) => {
    clock.advance(LIFETIME - 1);
    await visit(await session.raw(), "about");
    assertEquals(await hasEnded(session), false);
    clock.advance(1);
    assertEquals(await hasEnded(session), true);
  }));

test("a session without a lifetime stays", async () => {
  const clock = new TestClock();
  const server = SessionServer.listen(await simulatedSource(), await makePlace(undefined, "session", 0), clock);
  clock.advance(0x7FFF_FFFF);
  assertEquals(await hasEnded(new TestSession(server)), false);
  server.stop();
  await server.ended;
});

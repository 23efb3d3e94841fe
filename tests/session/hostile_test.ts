import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import fc from "fast-check";
import { DeviceError } from "../../lib/errors.ts";
import type { EventChannelDevice } from "../../lib/handle/handle.ts";
import type { RemoteDevice } from "../../lib/session/client.ts";
import { CLIENT_LIMIT, LINE_LIMIT, OUTBOX_LIMIT, WAIT_LIMIT } from "../../lib/session/protocol.ts";
import { QUEUE_LIMIT } from "../../lib/handle/watcher.ts";
import { test } from "../support/test.ts";
import { never, type RawClient, simulatedSource, type TestSession, withSession } from "../support/sessions.ts";

/** The rest of what a session says before it hangs up. */
async function rest(client: RawClient): Promise<unknown[]> {
  const frames = [];
  for (let frame = await client.next(); frame !== undefined; frame = await client.next()) frames.push(frame);
  return frames;
}

/** The session serves somebody else as if nothing had been. */
async function serves(session: TestSession): Promise<void> {
  const device = await session.connect();
  assertEquals(await device.status(), []);
  await device.close();
}

const protocol = (id: number | null, message: string) => ({ id, error: { error: "protocol", message } });

test("a broken line is answered, and then the session hangs up", () =>
  withSession(async (session) => {
    const cases: [line: string | Uint8Array, message: string][] = [
      ["{\n", "Cannot read a request: it is no JSON"],
      ["[]\n", "Cannot read a request: it is no object"],
      ['{"verb":"status","args":{}}\n', "Cannot read a request: its id is no whole number from 0"],
      [Uint8Array.of(0xFF, 0x0A), "Cannot read a line: it is no UTF-8"],
      ["x".repeat(LINE_LIMIT + 1), `Cannot read a line: it is longer than ${LINE_LIMIT} bytes`],
    ];
    for (const [line, message] of cases) {
      const client = await session.raw();
      await client.send(line);
      assertEquals(await rest(client), [protocol(null, message)]);
    }
    await serves(session);
  }));

test("a request of the largest size is one", () =>
  withSession(async (session) => {
    const client = await session.raw();
    const request = '{"id":1,"verb":"status","args":{}}';
    await client.send(request.padEnd(LINE_LIMIT) + "\n");
    assertEquals(await client.next(), { id: 1, result: [] });
    await client.send(request.padEnd(LINE_LIMIT + 1) + "\n");
    assertEquals((await rest(client)).length, 1);
  }));

test("a request that the protocol does not know is refused, and the next one is answered", () =>
  withSession(async (session) => {
    const client = await session.raw();
    await client.ask(1, "open");
    await client.ask(2, "notify", { port: "7" });
    await client.ask(3, "watch", {});
    await client.ask(3, "status");
    await client.ask(4, "cancel", { id: 99 });
    await client.ask(5, "channel", { op: "watch", channel: "5:12:7" });
    await client.ask(6, "status");
    assertEquals(await client.next(), protocol(1, 'Cannot do "open": there is no such verb'));
    assertEquals(await client.next(), protocol(2, 'Cannot do "notify" with port "7"'));
    assertEquals(await client.next(), { id: 3, result: null });
    assertEquals(await client.next(), protocol(3, "Cannot begin 3: a request with that id still waits"));
    assertEquals(await client.next(), { id: 4, result: null });
    assertEquals((await client.next()).error.error, "usage");
    assertEquals(await client.next(), { id: 6, result: [] });
  }));

test("too many things that wait are refused, and what waits goes on", () =>
  withSession(async (session) => {
    const client = await session.raw();
    for (let id = 0; id < WAIT_LIMIT; id++) {
      await client.ask(id, "watch");
      await client.next();
    }
    await client.ask(100, "poll", { events: 1, timeout: -1 });
    const message = `Cannot wait for more than ${WAIT_LIMIT} things at once`;
    assertEquals(await client.next(), { id: 100, error: { error: "limit", message } });
    await client.ask(101, "cancel", { id: 7 });
    assertEquals([await client.next(), await client.next()], [{ id: 7, end: "cancelled" }, { id: 101, result: null }]);
    await client.ask(102, "poll", { events: 1, timeout: 0 });
    assertEquals(await client.next(), { id: 102, result: 0 });
  }));

test("more clients than are served are told so", () =>
  withSession(async (session) => {
    const clients = [];
    for (let i = 0; i < CLIENT_LIMIT; i++) clients.push(await session.raw());
    await assertRejects(
      () => session.connect(),
      DeviceError,
      `Cannot reach the session at "${session.socket}": EAGAIN`,
    );
    clients[0].close();
    await clients[1].ask(1, "status");
    await clients[1].next();
    let device: RemoteDevice | undefined;
    while (device === undefined) device = await session.connect().catch(() => undefined);
    assertEquals(await device.status(), []);
  }));

test("a client that vanishes in the middle of a watch or a line ends nothing but its own", () =>
  withSession(async (session) => {
    const device = await session.connect();
    const port = await device.allocUnbound(0);
    const peer = await device.bindInterdomain(0, port);
    const watch = await device.subscribe({ ports: new Set([port]) });
    for (let round = 1; round <= 20; round++) {
      const client = await session.raw();
      await client.ask(1, "watch");
      await client.next();
      await client.ask(2, "poll", { events: 1, timeout: -1 });
      if (round % 2 === 0) await client.send('{"id":3,"verb":"notify",');
      client.close();
      await device.notify(peer);
      const delivery = await watch.next(never());
      assertEquals(delivery?.kind === "events" && delivery.events.map(({ seq }) => seq), [round]);
    }
    await session.servesOnly(1);
  }));

test("a client that does not read its answers delays itself alone, and they are all there when it reads", () =>
  withSession(async (session) => {
    const client = await session.raw();
    const requests = 10_000;
    const asking = (async () => {
      for (let id = 1; id <= requests; id++) await client.ask(id, "notify", { port: 7 });
    })();
    const device = await session.connect();
    for (let i = 0; i < 200; i++) await device.status();
    for (let id = 1; id <= requests; id++) assertEquals((await client.next()).id, id);
    await asking;
  }));

test("a watcher that does not read loses what its queue cannot hold, is told so, and nobody else loses anything", async () => {
  const source = await simulatedSource();
  const peers = await manyChannels(source.own, 400);
  await withSession(async (session) => {
    const slow = await session.raw();
    await slow.ask(1, "watch");
    await slow.next();
    const watch = await (await session.connect()).subscribe({});
    // What the sockets, the outbox and the queue hold together, and a little more.
    const events = QUEUE_LIMIT + OUTBOX_LIMIT / 20 + 20_000;
    let seen = 0;
    while (seen < events) {
      for (const peer of peers) await source.own.notify(peer);
      for (const end = seen + peers.length; seen < end;) {
        const delivery = await watch.next(never());
        if (delivery?.kind === "events") { for (const { seq } of delivery.events) assertEquals(seq, ++seen); }
      }
    }
    let last = 0;
    for (let frame = await slow.next(); !frame.overflow; frame = await slow.next()) {
      for (const { seq } of frame.events) assertEquals(seq, ++last);
    }
    assertGreater(last, QUEUE_LIMIT);
    assertGreater(seen, last);
    await source.own.notify(peers[0]);
    assertEquals((await slow.next()).events[0].seq, last + 1);
  }, source);
});

/** Channels from a handle to itself, their first events over. Returns the ends to notify. */
async function manyChannels(device: EventChannelDevice, count: number): Promise<number[]> {
  const peers: number[] = [];
  for (let i = 0; i < count; i++) peers.push(await device.bindInterdomain(0, await device.allocUnbound(0)));
  await device.read();
  device.firstEvents.clear();
  await device.unmaskAll();
  return peers;
}

test("whatever is sent, the session answers or hangs up, and goes on", () =>
  withSession(async (session) => {
    const verbs = [
      ...["status", "notify", "watch", "cancel", "poll", "unmask", "channel", "read", "reset", "bind-virq"],
      ...["own-domain", "port-status", "port-table", "store-read", "store-directory"],
    ];
    const request = fc.record({
      id: fc.oneof(fc.nat(5), fc.anything()),
      verb: fc.oneof(fc.constantFrom(...verbs), fc.string()),
      args: fc.oneof(
        fc.record(
          {
            port: fc.nat(),
            id: fc.nat(5),
            events: fc.nat(),
            timeout: fc.constant(0),
            domain: fc.nat(9),
            path: fc.oneof(fc.string(), fc.constantFrom("/local/domain", "domid", "/", "//", "../0/name")),
          },
          { requiredKeys: [] },
        ),
        fc.object(),
      ),
      as: fc.oneof(fc.nat(9), fc.anything()),
    }, { requiredKeys: [] });
    const line = fc.oneof({ weight: 4, arbitrary: request.map((each) => json(each)) }, fc.string(), fc.json());
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
        const client = await session.raw();
        await client.send(lines.join("\n") + "\n").catch(() => {}); // it may hang up on a broken line
        await client.conn.closeWrite().catch(() => {});
        const frames = await rest(client).catch(() => []);
        assertEquals(frames.every((frame) => typeof frame === "object"), true);
        client.close();
      }),
      { numRuns: 200 },
    );
    const device = await session.connect();
    assertEquals(await device.poll(4, 0), 4);
  }));

function json(value: unknown): string {
  return JSON.stringify(value, (_, each) => typeof each === "bigint" ? String(each) : each) ?? "";
}

import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError, UsageError } from "../../lib/errors.ts";
import type { EventChannelDevice } from "../../lib/handle/handle.ts";
import type { Subscription } from "../../lib/handle/shared.ts";
import { Poll } from "../../ffi/syscalls.ts";
import { test } from "../support/test.ts";
import { never, simulatedSource, type TestSession, withSession } from "../support/sessions.ts";

/** A port and the one that it is bound to, in domain 0, the first event of the second being over. */
async function pair(device: EventChannelDevice): Promise<[number, number]> {
  const port = await device.allocUnbound(0);
  const peer = await device.bindInterdomain(0, port);
  await device.read();
  await device.unmask([peer]);
  return [port, peer];
}

/** What the next delivery has, as `port#seq`. */
async function next(subscription: Subscription): Promise<string> {
  const delivery = await subscription.next(never());
  if (delivery?.kind !== "events") return delivery?.kind ?? "end";
  return delivery.events.map(({ port, seq }) => `${port}#${seq}`).join(" ");
}

/** The error of a handle in this process and of a session's for the same calls. */
async function sameError(session: TestSession, calls: (device: EventChannelDevice) => Promise<unknown>) {
  const local = (await simulatedSource()).own;
  const remote = await session.connect();
  const errors = [];
  for (const device of [local, remote]) {
    errors.push(await assertRejects(() => calls(device), DeviceError));
  }
  const texts = errors.map(({ op, errno, subject, message, hint }) => ({ op, errno, subject, message, hint }));
  assertEquals(texts[1], texts[0]);
}

test("ports stay bound when the client that bound them has left", () =>
  withSession(async (session) => {
    const first = await session.connect();
    const [port, peer] = await pair(first);
    await first.close();
    const second = await session.connect();
    await second.notify(peer);
    assertEquals(await second.status(), [
      { port, channel: "0:any", kind: "unbound", masked: false, events: 0 },
      { port: peer, channel: `0:${port}`, kind: "interdomain", masked: false, events: 1 },
    ]);
    await second.unbind(peer);
    await second.unbind(port);
    assertEquals(await second.status(), []);
  }));

test("every verb answers as a handle in this process does", () =>
  withSession(async (session) => {
    const device = await session.connect();
    const virq = await device.bindVirq(4);
    assertEquals(await device.unmask([virq, 9]), 8);
    assertEquals(await device.unmask([]), 0);
    assertEquals(await device.unmask(Array.from({ length: 10_000 }, (_, port) => port)), 40_000);
    assertEquals(await device.read(), "EAGAIN");
    assertEquals(await device.poll(Poll.OUT, 0), Poll.OUT);
    assertEquals(await device.poll(Poll.IN, 5), 0);
    await device.unmaskAll();
    await device.reset();
    await device.restrict(5);
    await assertRejects(() => device.restrict(5), DeviceError, "Cannot restrict the handle to domain 5: EACCES");
    assertEquals(device.system, "linux");
  }));

test("errors have the text that a handle in this process gives", () =>
  withSession(async (session) => {
    await sameError(session, async (device) => await device.notify(7));
    await sameError(session, async (device) => await device.unbind(9999));
    await sameError(session, async (device) => await device.bindVirq(0));
    await sameError(session, async (device) => await device.bindInterdomain(0x7FF0, 99));
    await sameError(session, async (device) => await device.restrict(0));
  }));

test("a channel that is bound is found by its name, what is not is bound", () =>
  withSession(async (session) => {
    const [one, two] = [await session.connect(), await session.connect()];
    const port = await one.allocUnbound(0);
    const channel = { kind: "interdomain", domain: 0, port } as const;
    const bound = await one.findOrBind("watch", channel);
    assertEquals(await two.findOrBind("notify", channel), bound);
    assertEquals(await two.findOrBind("watch", { kind: "port", port }), {
      port,
      channel: { kind: "unbound", domain: 0 },
    });
    const again = await one.findOrBind("watch", { kind: "unbound", domain: 0 });
    assertEquals(again.port === port, false);
    await assertRejects(
      () => two.findOrBind("watch", { kind: "port", port: 99 }),
      DeviceError,
      "Cannot watch port 99: ENOTCONN",
    );
  }));

test("a session on the simulator holds the whole world", () =>
  withSession(async (session) => {
    const [backend, guest] = [await session.connect(), await session.connect(1)];
    const port = await backend.allocUnbound(1);
    const peer = await guest.bindInterdomain(0, port);
    await guest.notify(peer);
    assertEquals(await next(await backend.subscribe({ limit: 1 })), `${port}#1`);
    assertEquals((await guest.status()).map(({ channel }) => channel), [`0:${port}`]);
    assertEquals((await (await session.connect(0)).status()).length, 1);
    assertEquals((await (await session.connect(0x7FF0)).status()).length, 1);
    const none = await session.connect(9);
    await assertRejects(() => none.status(), UsageError, "Cannot act as domain 9");
  }));

test("a session on one device acts as nobody else", async () => {
  const { own, holds, view } = await simulatedSource();
  await withSession(async (session) => {
    const other = await session.connect(1);
    await assertRejects(() => other.status(), UsageError, "Cannot act as another domain on a real device");
  }, { own, holds, view });
});

test("events that nobody saw wait for the first who watches, and each watcher has every event", () =>
  withSession(async (session) => {
    const device = await session.connect();
    const [port, peer] = await pair(device);
    await device.notify(peer);
    const [one, two] = [await session.connect(), await session.connect()];
    const first = await one.subscribe({ ports: new Set([port]) });
    assertEquals(await next(first), `${port}#1`);
    const second = await two.subscribe({});
    for (let seq = 2; seq < 50; seq++) {
      await device.notify(peer);
      assertEquals([await next(first), await next(second)], [`${port}#${seq}`, `${port}#${seq - 1}`]);
    }
    first.close();
    assertEquals(await next(first), "end");
    await device.notify(peer);
    assertEquals(await next(second), `${port}#49`);
  }));

test("who watches a port that is bound anew gets its events and not the old one's", () =>
  withSession(async (session) => {
    const device = await session.connect();
    for (let round = 0; round < 3; round++) {
      const port = await device.allocUnbound(0);
      const peer = await device.bindInterdomain(0, port);
      await device.notify(peer);
      // Only the port is watched: the first event of its peer is kept, and stale once both are closed.
      for (const watched of [port, peer]) {
        const watch = await device.subscribe({ ports: new Set([watched]), limit: 1 });
        const delivery = await watch.next(never());
        assertEquals(delivery?.kind === "events" && delivery.events.map(({ port, stale }) => [port, stale]), [
          [watched, false],
        ]);
        if (round < 2) break;
      }
      await device.unbind(peer);
      await device.unbind(port);
    }
    const rest = await (await device.subscribe({})).next(never());
    assertEquals(rest?.kind === "events" && rest.events.map(({ seq, stale }) => [seq, stale]), [[1, true]]);
  }));

test("a watch with a limit ends by itself and takes no more", () =>
  withSession(async (session) => {
    const device = await session.connect();
    const [port, peer] = await pair(device);
    const watch = await device.subscribe({ ports: new Set([port]), limit: 1 });
    for (let i = 0; i < 2; i++) {
      await device.notify(peer);
      await device.status();
    }
    assertEquals([await next(watch), await next(watch)], [`${port}#1`, "end"]);
    assertEquals(await next(await device.subscribe({})), `${port}#1`);
  }));

test("many polls that wait are one wait on the handle, and each ends by its own time, event or signal", async () => {
  const source = await simulatedSource();
  let waiting = 0;
  let most = 0;
  const poll = source.own.poll.bind(source.own);
  source.own.poll = async (events, timeout, signal) => {
    if (timeout !== 0) most = Math.max(most, ++waiting);
    const result = await poll(events, timeout, signal);
    if (timeout !== 0) waiting--;
    return result;
  };
  await withSession(async (session) => {
    const device = await session.connect();
    const [, peer] = await pair(device);
    const clients = await Promise.all(Array.from({ length: 40 }, () => session.connect()));
    const polls = clients.map((client) => client.poll(Poll.IN, -1));
    const abort = new AbortController();
    const late = device.poll(Poll.IN, 5);
    const interrupted = device.poll(Poll.IN, -1, abort.signal);
    assertEquals(await late, 0);
    abort.abort();
    assertEquals(await interrupted, "EINTR");
    await device.notify(peer);
    assertEquals(new Set(await Promise.all(polls)), new Set([Poll.IN]));
    assertEquals([most, waiting], [1, 0]);
  }, source);
});

test("the end of a session is told to watchers and polls, closes ports and removes the socket", () =>
  withSession(async (session) => {
    const device = await session.connect();
    const watch = await device.subscribe({});
    const watched = assertRejects(() => watch.next(never()), DeviceError, "Cannot go on with the session");
    const polled = device.poll(Poll.IN, -1);
    await (await session.connect()).stop();
    assertEquals([(await watched).errno, await polled], ["ESHUTDOWN", "EINTR"]);
    await assertRejects(() => device.status(), DeviceError, `Lost the session at "${session.socket}": ECONNRESET`);
    await assertRejects(
      () => session.connect(),
      DeviceError,
      `Cannot reach the session at "${session.socket}": ENOENT`,
    );
    await session.server.ended;
  }));

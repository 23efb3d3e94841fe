import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError } from "../../lib/errors.ts";
import { StoreConnection } from "../../lib/xenstore/client.ts";
import { XenStore } from "../../lib/xenstore/store.ts";
import { encodeText, joined, packMessage, XS } from "../../lib/xenstore/wire.ts";
import { TestClock } from "../support/test_clock.ts";
import { settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { FakeTransport } from "../support/fake_transport.ts";

function connect() {
  const transport = new FakeTransport();
  const clock = new TestClock();
  return { transport, clock, store: new XenStore(new StoreConnection(transport, clock)) };
}

async function errnoOf(work: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => work, DeviceError)).errno;
}

test("several requests in flight each get their own answer", async () => {
  const { transport, store } = connect();
  const values = Promise.all(["a", "b", "c"].map((path) => store.read(path)));
  const asked = [await transport.next(), await transport.next(), await transport.next()];
  assertEquals(asked.map(({ type, strings }) => [type, ...strings]), [[XS.READ, "a"], [XS.READ, "b"], [XS.READ, "c"]]);
  for (const { id, strings } of [asked[2], asked[0], asked[1]]) transport.answer(XS.READ, id, `value of ${strings[0]}`);
  assertEquals(await values, ["value of a", "value of b", "value of c"]);
  await store.close();
});

test("answers are read in pieces of any size", async () => {
  const { transport, store } = connect();
  const values = Promise.all([store.read("a"), store.read("b")]);
  const answers = [await transport.next(), await transport.next()].map(({ id }) =>
    packMessage({ type: XS.READ, id, transaction: 0, payload: encodeText(`${id}`) })
  );
  const bytes = joined(answers);
  for (let i = 0; i < bytes.length; i += 3) {
    transport.bytes(bytes.slice(i, i + 3));
    await settle();
  }
  assertEquals(await values, ["1", "2"]);
  await store.close();
});

test("at most 128 requests are in flight; the others follow as answers come", async () => {
  const { transport, store } = connect();
  const values = Promise.all(Array.from({ length: 300 }, (_, i) => store.read(`${i}`)));
  await settle();
  assertEquals(transport.waiting, 128);
  for (let i = 0; i < 300; i++) {
    const { id, strings } = await transport.next();
    transport.answer(XS.READ, id, strings[0]);
  }
  assertEquals((await values)[299], "299");
  await store.close();
});

test("a missing node is undefined; other errors have an errno and a path", async () => {
  const { transport, store } = connect();
  const missing = store.read("a");
  transport.answer(XS.ERROR, (await transport.next()).id, "ENOENT\0");
  assertEquals(await missing, undefined);
  const refused = store.directory("/b\x1b");
  transport.answer(XS.ERROR, (await transport.next()).id, "EACCES\0");
  const error = await assertRejects(() => refused, DeviceError);
  assertEquals([error.op, error.errno, error.subject], ["xenstore", "EACCES", "/b\x1b"]);
  assertEquals(error.message, 'Cannot list "/b\x1b" in xenstore: EACCES');
  await store.close();
});

test("a path with a zero byte, or one that is too long, is not sent", async () => {
  const { transport, store } = connect();
  assertEquals(await errnoOf(store.read("a\0b")), "EINVAL");
  assertEquals(await errnoOf(store.read("x".repeat(4096))), "E2BIG");
  assertEquals(transport.waiting, 0);
  await store.close();
});

test("a request that the device refuses fails alone", async () => {
  const { transport, store } = connect();
  transport.refusals.push("EINVAL");
  const [first, second] = [errnoOf(store.read("a")), store.read("b")];
  assertEquals(await first, "EINVAL");
  transport.answer(XS.READ, (await transport.next()).id, "1");
  assertEquals(await second, "1");
  await store.close();
});

const STRAY: Readonly<Record<string, (transport: FakeTransport, id: number) => void>> = {
  "an answer to what nobody asked": (transport, id) => transport.answer(XS.READ, id + 1, "x"),
  "an answer of another type": (transport, id) => transport.answer(XS.DIRECTORY, id, "x"),
  "an error without a name": (transport, id) => transport.answer(XS.ERROR, id, "oh no\0"),
  "a message that is too long": (transport) =>
    transport.bytes(packMessage({ type: XS.READ, id: 1, transaction: 0, payload: new Uint8Array(4097) })),
  "a watch event without a token": (transport) => transport.answer(XS.WATCH_EVENT, 0, "path"),
};

for (const [what, send] of Object.entries(STRAY)) {
  test(`${what} ends the connection: EPROTO`, async () => {
    const { transport, store } = connect();
    const reads = [errnoOf(store.read("a")), errnoOf(store.read("b"))];
    send(transport, (await transport.next()).id + (what.includes("nobody") ? 1 : 0));
    assertEquals(await Promise.all(reads), ["EPROTO", "EPROTO"]);
    assertEquals([await errnoOf(store.read("c")), transport.closed], ["EPROTO", 1]);
    await store.close();
  });
}

test("a lost connection fails requests and watches", async () => {
  const { transport, store } = connect();
  const changes = store.watch("/x", new AbortController().signal)[Symbol.asyncIterator]();
  const first = changes.next();
  transport.event("/x", await transport.watched());
  await first;
  const ends = [errnoOf(changes.next()), errnoOf(store.read("a"))];
  await transport.next();
  transport.bytes("ECONNRESET");
  assertEquals(await Promise.all(ends), ["ECONNRESET", "ECONNRESET"]);
  const late = store.watch("/y", new AbortController().signal)[Symbol.asyncIterator]();
  assertEquals(await errnoOf(late.next()), "ECONNRESET");
  await store.close();
});

test("the time-out is five seconds without any answer", async () => {
  const { transport, clock, store } = connect();
  const [first, second] = [store.read("a"), errnoOf(store.read("b"))];
  await clock.asleep();
  clock.advance(4000);
  transport.answer(XS.READ, (await transport.next()).id, "1");
  assertEquals(await first, "1");
  clock.advance(4000);
  await settle();
  clock.advance(999);
  await settle();
  assertEquals(transport.closed, 0);
  clock.advance(1);
  assertEquals([await second, transport.closed], ["ETIMEDOUT", 1]);
  await store.close();
});

test("no timer runs without a request", async () => {
  const { transport, clock, store } = connect();
  const value = store.read("a");
  await clock.asleep();
  transport.answer(XS.READ, (await transport.next()).id, "1");
  await value;
  await settle();
  assertEquals(clock.sleeping, 0);
  await store.close();
});

test("closing fails requests with ECANCELED and leaves no timer", async () => {
  const { transport, clock, store } = connect();
  const end = errnoOf(store.read("a"));
  await transport.next();
  await clock.asleep();
  await store.close();
  assertEquals([await end, await errnoOf(store.read("b"))], ["ECANCELED", "ECANCELED"]);
  await settle();
  assertEquals(clock.sleeping, 0);
});

import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError } from "../../lib/errors.ts";
import { StoreConnection } from "../../lib/xenstore/client.ts";
import { XenStore } from "../../lib/xenstore/store.ts";
import { XS } from "../../lib/xenstore/wire.ts";
import { TestClock } from "../support/test_clock.ts";
import { settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { FakeTransport } from "../support/fake_transport.ts";

function connect(clock = new TestClock()) {
  const transport = new FakeTransport();
  return { transport, store: new XenStore(new StoreConnection(transport, clock)) };
}

function watching(store: XenStore, path = "/x") {
  const end = new AbortController();
  const changes = store.watch(path, end.signal)[Symbol.asyncIterator]();
  return { end, changes, next: async () => (await changes.next()).value };
}

/** Answers the requests for a folder in parts. Returns the offsets. */
async function serveParts(transport: FakeTransport, parts: readonly string[]): Promise<string[]> {
  const offsets: string[] = [];
  transport.answer(XS.ERROR, (await transport.next()).id, "E2BIG\0");
  for (const part of parts) {
    const { type, id, strings } = await transport.next();
    assertEquals([type, strings[0]], [XS.DIRECTORY_PART, "/d"]);
    offsets.push(strings[1]);
    transport.answer(XS.DIRECTORY_PART, id, part);
  }
  return offsets;
}

test("a folder that is too big for one answer is read in parts, up to an empty name", async () => {
  const { transport, store } = connect();
  const names = store.directory("/d");
  assertEquals(await serveParts(transport, ["7\0a\0bb\0", "7\0ccc\0\0"]), ["0", "5"]);
  assertEquals(await names, ["a", "bb", "ccc"]);
  await store.close();
});

test("the last part may hold only the empty name", async () => {
  const { transport, store } = connect();
  const names = store.directory("/d");
  await serveParts(transport, ["7\0a\0", "7\0\0"]);
  assertEquals(await names, ["a"]);
  await store.close();
});

test("a folder that changes meanwhile is read again", async () => {
  const { transport, store } = connect();
  const names = store.directory("/d");
  assertEquals(await serveParts(transport, ["7\0a\0", "8\0c\0", "8\0b\0c\0\0"]), ["0", "2", "0"]);
  assertEquals(await names, ["b", "c"]);
  await store.close();
});

test("a folder that is removed meanwhile is undefined", async () => {
  const { transport, store } = connect();
  const names = store.directory("/d");
  await serveParts(transport, ["7\0a\0"]);
  transport.answer(XS.ERROR, (await transport.next()).id, "ENOENT\0");
  assertEquals(await names, undefined);
  await store.close();
});

test("a folder that always changes fails with EAGAIN", async () => {
  const { transport, store } = connect();
  const names = assertRejects(() => store.directory("/d"), DeviceError);
  await serveParts(transport, Array.from({ length: 32 }, (_, i) => `${i}\0a\0`));
  assertEquals((await names).errno, "EAGAIN");
  await store.close();
});

test("parts without an end fail with EPROTO", async () => {
  for (const part of ["7\0", "7"]) {
    const { transport, store } = connect();
    const names = assertRejects(() => store.directory("/d"), DeviceError);
    await serveParts(transport, [part]);
    assertEquals((await names).errno, "EPROTO");
    await store.close();
  }
});

test("a watch is set after xenstored has answered another request", async () => {
  const { transport, store } = connect();
  const first = watching(store).next();
  const alive = await transport.next();
  await settle();
  assertEquals([alive.type, transport.waiting], [XS.GET_DOMAIN_PATH, 0]);
  transport.answer(alive.type, alive.id, "/local/domain/0\0");
  const watch = await transport.next();
  assertEquals([watch.type, watch.strings[0]], [XS.WATCH, "/x"]);
  transport.answer(XS.WATCH, watch.id, "OK\0");
  transport.event("/x", watch.strings[1]);
  assertEquals(await first, "/x");
  await store.close();
});

test("many changes yield each waiting path once", async () => {
  const { transport, store } = connect();
  const { next } = watching(store);
  const first = next();
  const token = await transport.watched();
  transport.event("/x", token);
  assertEquals(await first, "/x");
  for (let i = 0; i < 10_000; i++) transport.event(`/x/${i % 5}`, token);
  for (let turns = 0; turns < 50; turns++) await settle();
  assertEquals(
    [await next(), await next(), await next(), await next(), await next()],
    [0, 1, 2, 3, 4].map((i) => `/x/${i}`),
  );
  transport.event("/x/2", token);
  assertEquals(await next(), "/x/2");
  await store.close();
});

test("changes without a pause leave turns to other work", async () => {
  const clock = new TestClock();
  const { transport, store } = connect(clock);
  const { next } = watching(store);
  const first = next();
  const token = await transport.watched();
  const { receive } = transport;
  transport.receive = () => {
    transport.event("/x", token);
    return receive.call(transport);
  };
  const turned = new Promise<void>((resolve) => {
    clock.sleep = () => {
      transport.receive = receive;
      resolve();
      return Promise.resolve(true);
    };
  });
  transport.event("/x", token);
  await turned;
  assertEquals(await first, "/x");
  await store.close();
});

test("each watch of a connection gets its own events", async () => {
  const { transport, store } = connect();
  const [a, b] = [watching(store, "/a"), watching(store, "/b")];
  const firstA = a.next();
  const tokenA = await transport.watched();
  const firstB = b.next();
  const tokenB = await transport.watched();
  transport.event("/b/1", tokenB);
  transport.event("/nobody's", "other");
  transport.event("/a/1", tokenA);
  assertEquals([await firstA, await firstB], ["/a/1", "/b/1"]);
  await store.close();
});

test("a watch that ends is removed in xenstored; its late events are ignored", async () => {
  const { transport, store } = connect();
  const { end, next, changes } = watching(store);
  const first = next();
  const token = await transport.watched();
  transport.event("/x", token);
  await first;
  const last = changes.next();
  end.abort();
  assertEquals((await last).done, true);
  transport.event("/x", token);
  const alive = await transport.next();
  transport.answer(alive.type, alive.id, "/local/domain/0\0");
  const { type, id, strings } = await transport.next();
  assertEquals([type, ...strings], [XS.UNWATCH, "/x", token]);
  transport.answer(type, id, "OK\0");
  const read = store.read("a");
  transport.answer(XS.READ, (await transport.next()).id, "1");
  assertEquals(await read, "1");
  await store.close();
});

test("waiting paths are dropped when the watch ends", async () => {
  const { transport, store } = connect();
  const { end, next, changes } = watching(store);
  const first = next();
  const token = await transport.watched();
  transport.event("/x", token);
  await first;
  for (const path of ["/x/1", "/x/2"]) transport.event(path, token);
  for (let turns = 0; turns < 5; turns++) await settle();
  assertEquals(await next(), "/x/1");
  end.abort();
  assertEquals((await changes.next()).done, true);
  await store.close();
});

test("a refused watch throws, and is not removed in xenstored", async () => {
  for (const errno of ["EINVAL", "ENOENT"]) {
    const { transport, store } = connect();
    const refused = assertRejects(() => watching(store, "/a b").next(), DeviceError);
    const alive = await transport.next();
    transport.answer(alive.type, alive.id, "/local/domain/0\0");
    transport.answer(XS.ERROR, (await transport.next()).id, `${errno}\0`);
    assertEquals((await refused).message, `Cannot watch "/a b" in xenstore: ${errno}`);
    await settle();
    assertEquals(transport.waiting, 0);
    await store.close();
  }
});

test("closing ends watches without an error, also one that is not set yet", async () => {
  const { transport, store } = connect();
  const [set, early] = [watching(store), watching(store, "/y")];
  const first = set.next();
  transport.event("/x", await transport.watched());
  await first;
  const ends = [set.changes.next(), early.changes.next()];
  await transport.next();
  await store.close();
  assertEquals((await Promise.all(ends)).map(({ done }) => done), [true, true]);
});

test("a watch whose signal is already aborted sends nothing", async () => {
  const { transport, store } = connect();
  const { end, changes } = watching(store);
  end.abort();
  assertEquals([(await changes.next()).done, transport.waiting], [true, 0]);
  await store.close();
});

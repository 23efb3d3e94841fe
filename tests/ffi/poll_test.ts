import { assert, assertEquals, assertLess } from "@std/assert";
import { Poll } from "../../ffi/syscalls.ts";
import { test } from "../support/test.ts";
import { type Ends, eventCounter, pipe, pseudoTerminal, sys } from "../support/descriptors.ts";

const ONE = new Uint8Array(new BigUint64Array([1n]).buffer);

/** Milliseconds that are enough for anything immediate, also on a busy machine. */
const AT_ONCE = 2000;

const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 0));

test("a poll that waits does not block timers", async () => {
  using ends = pipe();
  const ready = sys.poll(ends.reader, Poll.IN, -1);
  for (let turn = 0; turn < 20; turn++) await nextTurn();
  sys.write(ends.writer, ONE);
  assertEquals(await ready, Poll.IN);
});

test("a poll ends at its timeout, not before", async () => {
  using ends = pipe();
  const start = performance.now();
  assertEquals(await sys.poll(ends.reader, Poll.IN, 30), 0);
  const took = performance.now() - start;
  assert(took >= 29, `it took ${took} ms`);
  assertLess(took, AT_ONCE);
});

test("a poll of a fraction of a millisecond ends", async () => {
  using ends = pipe();
  assertEquals(await sys.poll(ends.reader, Poll.IN, 0.2), 0);
});

test("aborting ends a poll at once with EINTR", async () => {
  using ends = pipe();
  const abort = new AbortController();
  const ready = sys.poll(ends.reader, Poll.IN, 60_000, abort.signal);
  await nextTurn();
  const start = performance.now();
  abort.abort();
  assertEquals(await ready, "EINTR");
  assertLess(performance.now() - start, AT_ONCE);
});

test("a poll with an aborted signal is EINTR", async () => {
  using ends = pipe();
  assertEquals(await sys.poll(ends.reader, Poll.IN, -1, AbortSignal.abort()), "EINTR");
});

test("an abort does not lose the readiness of a descriptor", async () => {
  using ends = pipe();
  sys.write(ends.writer, ONE);
  const abort = new AbortController();
  const ready = sys.poll(ends.reader, Poll.IN, -1, abort.signal);
  abort.abort();
  const result = await ready;
  assert(result === Poll.IN || result === "EINTR", `${result}`); // depending on which the kernel saw first
  assertEquals(await sys.poll(ends.reader, Poll.IN, -1), Poll.IN);
});

test("an abort just after a poll does not end the next poll", async () => {
  using ends = pipe();
  using empty = pipe();
  sys.write(ends.writer, ONE);
  const abort = new AbortController();
  const ready = sys.poll(ends.reader, Poll.IN, -1, abort.signal);
  const end = performance.now() + 50;
  while (performance.now() < end); // the other thread ends, but its promise is not resolved yet
  abort.abort();
  assertEquals(await ready, Poll.IN);
  assertEquals(await sys.poll(empty.reader, Poll.IN, 20), 0);
});

test("concurrent polls end independently", async () => {
  const all = Array.from({ length: 24 }, () => pipe());
  const abort = all.map(() => new AbortController());
  const results = all.map((ends, i) => sys.poll(ends.reader, Poll.IN, -1, abort[i].signal));
  await nextTurn();
  for (let i = 0; i < all.length; i++) {
    if (i % 2 === 0) sys.write(all[i].writer, ONE);
    else abort[i].abort();
    assertEquals(await results[i], i % 2 === 0 ? Poll.IN : "EINTR");
  }
  for (const ends of all) ends[Symbol.dispose]();
});

test("a closed other end is POLLHUP", async () => {
  const ends = pipe();
  const ready = sys.poll(ends.reader, Poll.IN, -1);
  await nextTurn();
  sys.close(ends.writer);
  assertEquals(await ready, Poll.HUP);
  sys.close(ends.reader);
});

for (
  const [name, open] of [["a pipe", pipe], ["an event counter", eventCounter], ["a terminal", pseudoTerminal]] as const
) {
  test(`a poll of ${name} waits until there is something to read`, async () => {
    using ends: Ends = open();
    assertEquals(await sys.poll(ends.reader, Poll.IN, 1), 0);
    const ready = sys.poll(ends.reader, Poll.IN, -1);
    await nextTurn();
    sys.write(ends.writer, ONE);
    assertEquals(await ready, Poll.IN);
    assertEquals(sys.read(ends.reader, new Uint8Array(8)), 8);
    assertEquals(await sys.poll(ends.reader, Poll.IN, 1), 0);
  });
}

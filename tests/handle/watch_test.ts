import { assertEquals } from "@std/assert";
import { settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { Bench } from "../support/fake_device.ts";
import { START } from "../support/test_clock.ts";

/** What the log says of everything but reads and polls. */
const deeds = ({ log }: Bench) => log.filter((line) => !/^(read|poll)/.test(line));

test("the ring is read until it is empty before a poll waits", async () => {
  const bench = new Bench([7], [9], [7, 9]);
  const end = bench.watch({ timeout: 10 });
  await bench.clock.asleep();
  assertEquals(bench.log, [
    "read 4096",
    "pending 7#1",
    "done",
    "unmask 7",
    "read 4096",
    "pending 9#2",
    "done",
    "unmask 9",
    "read 4096",
    "pending 7#3 9#4",
    "done",
    "unmask 7 9",
    "read 4096",
    "poll 10",
  ]);
  bench.clock.advance(10);
  assertEquals(await end, "timeout");
});

test("a batch is unmasked once, each port once, and only when the sink is done with it", async () => {
  const bench = new Bench([7, 9, 7, 7]);
  const written = Promise.withResolvers<void>();
  bench.onPending = () => written.promise;
  const end = bench.watch({ limit: 4 });
  await settle();
  assertEquals(deeds(bench), ["pending 7#1 9#2 7#3 7#4"]);
  written.resolve();
  assertEquals(await end, "limit");
  assertEquals(deeds(bench), ["pending 7#1 9#2 7#3 7#4", "done", "unmask 7 9"]);
});

test("nothing is unmasked when it is not wanted", async () => {
  const bench = new Bench([7]);
  await bench.watch({ limit: 1, unmask: false });
  assertEquals(deeds(bench), ["pending 7#1", "done"]);
});

test("no more is read than was asked for", async () => {
  const bench = new Bench([1, 2, 3, 4, 5]);
  assertEquals(await bench.watch({ limit: 3 }), "limit");
  assertEquals(bench.log[0], "read 12");
  assertEquals(bench.events.length, 3);
  assertEquals(bench.device.ring, [[4, 5]]);
});

test("what is left to read shrinks with every event", async () => {
  const bench = new Bench([1], [2, 3, 4]);
  assertEquals(await bench.watch({ limit: 3 }), "limit");
  assertEquals(bench.log.filter((line) => line.startsWith("read")), ["read 12", "read 8"]);
  assertEquals(bench.device.ring, [[4]]);
});

test("a limit beyond a page reads pages", async () => {
  const bench = new Bench(Array.from({ length: 1500 }, (_, i) => i));
  assertEquals(await bench.watch({ limit: 1025 }), "limit");
  assertEquals(bench.log.filter((line) => line.startsWith("read")), ["read 4096", "read 4"]);
});

test("a batch shares the time of its read", async () => {
  const bench = new Bench([7, 9]);
  const end = bench.watch({ limit: 3 });
  await bench.clock.asleep();
  bench.clock.advance(2.5);
  bench.device.fire([7]);
  await end;
  assertEquals(bench.times, [START, START + 2500]);
});

test("sequence numbers count every event from 1 without a gap, whatever happens between", async () => {
  const bench = new Bench([7, 9], "EINTR", [7], "EFBIG", [9], []);
  bench.device.fire([7]);
  await bench.watch({ limit: 5 });
  assertEquals(bench.events.map(({ seq }) => seq), [1, 2, 3, 4, 5]);
});

test("an event has the name of the channel that its port was bound as", async () => {
  const bench = new Bench([7, 8, 9, 10]);
  const bindings = bench.bind([7, "virq:dom_exc"], [8, "5:12"], [9, "5:any"], [10, "10"]);
  await bench.watch({ limit: 4, bindings });
  assertEquals(bench.events.map(({ name }) => name), ["virq:dom_exc", "5:12", "5:any", "10"]);
});

test("without channels every port is watched, by what is known of it", async () => {
  const bench = new Bench([7, 9]);
  bench.bind([7, "5:12"]);
  await bench.watch({ limit: 2 });
  assertEquals(bench.events.map(({ name }) => name), ["5:12", "9"]);
});

test("the first event of an interdomain channel that was bound here is marked, and no other", async () => {
  const bench = new Bench([8, 7], [8, 9, 9]);
  const bindings = bench.bind([7, "virq:dom_exc"], [8, "5:12"], [9, "5:any"]);
  await bench.watch({ limit: 5, bindings });
  assertEquals(bench.events.map(({ port, initial }) => initial ? port : 0), [8, 0, 0, 0, 0]);
});

test("an event of a port that somebody else bound is never called initial", async () => {
  const bench = new Bench([8]);
  await bench.watch({ limit: 1, bindings: [{ port: 8, channel: { kind: "port", port: 8 } }] });
  assertEquals(bench.events[0].initial, false);
});

test("a port that is bound no longer is stale, and is not unmasked", async () => {
  const bench = new Bench([7, 9]);
  const bindings = bench.bind([7, "5:any"], [9, "5:any"]);
  bench.device.exclusive = true;
  bench.device.bindings.delete(9);
  await bench.watch({ limit: 2, bindings });
  assertEquals(bench.events.map(({ port, stale }) => [port, stale]), [[7, false], [9, true]]);
  assertEquals(deeds(bench).at(-1), "unmask 7");
});

test("a batch of stale entries alone is followed by no write", async () => {
  const bench = new Bench([9]);
  bench.device.exclusive = true;
  await bench.watch({ limit: 1 });
  assertEquals(deeds(bench), ["pending 9#1", "done"]);
});

test("on a shared handle nothing is known to be stale", async () => {
  const bench = new Bench([9]);
  await bench.watch({ limit: 1 });
  assertEquals(bench.events[0].stale, false);
  assertEquals(deeds(bench).at(-1), "unmask 9");
});

test("events of ports that were not asked for are told, not counted and not unmasked", async () => {
  const bench = new Bench([7, 8], [8, 9], [7]);
  const bindings = bench.bind([7, "7"]);
  assertEquals(await bench.watch({ limit: 2, bindings }), "limit");
  assertEquals(deeds(bench), [
    "skipped 8",
    "pending 7#1",
    "done",
    "unmask 7",
    "skipped 8",
    "skipped 9",
    "pending 7#2",
    "done",
    "unmask 7",
  ]);
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Errno } from "../../ffi/syscalls.ts";
import { Poll } from "../../ffi/syscalls.ts";
import { DeviceError } from "../../lib/errors.ts";
import type { WatchOptions } from "../../lib/handle/watch.ts";
import { outcome } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { Bench } from "../support/fake_device.ts";

const deeds = ({ log }: Bench) => log.filter((line) => !/^(read|poll)/.test(line));

/** A watch that has come to wait. */
async function idle(options: Partial<WatchOptions>, bench = new Bench()) {
  const end = bench.watch(options);
  await bench.clock.asleep();
  return { bench, end };
}

/** How a watch fails, as it is told. */
async function failure(bench: Bench, options: Partial<WatchOptions> = {}) {
  const { op, errno, message } = await assertRejects(() => bench.watch({ timeout: 50, ...options }), DeviceError);
  return { op, errno, message };
}

const cannotRead = (errno: Errno) => ({ op: "watch", errno, message: `Cannot read events: ${errno}` });

test("a watch without limit or timeout waits for ever, and ends by its signal", async () => {
  const { bench, end } = await idle({});
  assertEquals(bench.log, ["read 4096", "poll -1"]);
  bench.clock.advance(1e9);
  assertEquals(await outcome(end), "waiting");
  bench.abort.abort();
  assertEquals(await end, "aborted");
});

test("a watch that is aborted before it starts reads nothing", async () => {
  const bench = new Bench([7]);
  bench.abort.abort();
  assertEquals(await bench.watch(), "aborted");
  assertEquals(bench.log, []);
});

test("a signal while a batch is handed on lets that batch end, and no other begin", async () => {
  const bench = new Bench([7], [9]);
  bench.onPending = () => bench.abort.abort();
  assertEquals(await bench.watch(), "aborted");
  assertEquals(deeds(bench), ["pending 7#1", "done", "unmask 7"]);
});

/** Lets the first turn that a watch gives be that of a signal. */
function abortAtTurn({ clock, abort }: Bench): void {
  clock.sleep = () => {
    abort.abort();
    return Promise.resolve(false);
  };
}

test("a ring that is never empty does not keep signals waiting, whether time passes or not", async () => {
  for (const milliseconds of [11, 0]) {
    const bench = new Bench([7]);
    bench.onPending = () => {
      bench.device.fire([7]);
      bench.clock.spend(milliseconds);
    };
    abortAtTurn(bench);
    assertEquals(await bench.watch(), "aborted");
  }
});

test("a read that is interrupted over and over does not keep signals waiting", async () => {
  const bench = new Bench();
  bench.device.read = () => "EINTR";
  abortAtTurn(bench);
  assertEquals(await bench.watch(), "aborted");
});

test("a poll that says ready over and over where nothing is does not keep signals waiting", async () => {
  const bench = new Bench();
  bench.device.poll = () => Promise.resolve(Poll.IN);
  abortAtTurn(bench);
  assertEquals(await bench.watch(), "aborted");
});

test("the timeout counts from the start, events or not", async () => {
  const { bench, end } = await idle({ timeout: 100 });
  bench.clock.advance(60);
  bench.device.fire([7]);
  assertEquals(await outcome(end), "waiting");
  bench.clock.advance(39);
  assertEquals(await outcome(end), "waiting");
  bench.clock.advance(1);
  assertEquals(await end, "timeout");
  assertEquals(bench.log.filter((line) => line.startsWith("poll")), ["poll 100", "poll 40"]);
});

test("the idle timeout counts from the last event", async () => {
  const { bench, end } = await idle({ idleTimeout: 100 });
  for (let i = 0; i < 3; i++) {
    bench.clock.advance(99);
    bench.device.fire([7]);
    assertEquals(await outcome(end), "waiting");
  }
  bench.clock.advance(100);
  assertEquals(await end, "timeout");
  assertEquals(bench.events.length, 3);
});

test("of two timeouts the earlier one ends the watch", async () => {
  const { bench, end } = await idle({ timeout: 100, idleTimeout: 60 });
  bench.clock.advance(50);
  bench.device.fire([7]);
  await outcome(end);
  bench.clock.advance(50);
  assertEquals(await end, "timeout");
});

test("what is in the ring already is taken, however short the timeout", async () => {
  const bench = new Bench([7], [9]);
  assertEquals(await bench.watch({ timeout: 0 }), "timeout");
  assertEquals(bench.events.map(({ port }) => port), [7, 9]);
});

test("the timeout ends a watch whose ring never empties", async () => {
  const bench = new Bench([7]);
  bench.onPending = () => {
    bench.device.fire([7]);
    bench.clock.spend(4);
  };
  assertEquals(await bench.watch({ timeout: 7 }), "timeout");
  assertEquals(bench.events.length, 2);
});

test("the last event that was asked for counts, even as the time runs out", async () => {
  const bench = new Bench([7]);
  bench.onPending = () => bench.clock.spend(6);
  assertEquals(await bench.watch({ limit: 1, timeout: 5 }), "limit");
});

test("a fraction of a millisecond is waited for, not polled for over and over", async () => {
  const { bench, end } = await idle({ timeout: 0.2 });
  assertEquals(bench.log, ["read 4096", "poll 1"]);
  bench.clock.advance(1);
  assertEquals(await end, "timeout");
});

test("a poll that ends early without an event is made again for the rest", async () => {
  const bench = new Bench();
  bench.device.polls.push(0, "EINTR");
  const { end } = await idle({ timeout: 50 }, bench);
  assertEquals(bench.log, ["read 4096", "poll 50", "read 4096", "poll 50", "read 4096", "poll 50"]);
  bench.clock.advance(50);
  assertEquals(await end, "timeout");
});

test("a read that a signal interrupts is made again at once", async () => {
  const bench = new Bench("EINTR", "EINTR", [7]);
  assertEquals(await bench.watch({ limit: 1 }), "limit");
  assertEquals(bench.log.slice(0, 3), ["read 4", "read 4", "read 4"]);
});

test("a read that finds nothing after a poll said otherwise goes back to waiting", async () => {
  const bench = new Bench();
  bench.device.polls.push(Poll.IN);
  const { end } = await idle({}, bench);
  bench.device.fire([7]);
  assertEquals(await outcome(end), "waiting");
  assertEquals(bench.events.length, 1);
  bench.abort.abort();
  assertEquals(await end, "aborted");
});

test("a read that gives no whole port is no event and no end", async () => {
  const bench = new Bench([], [7]);
  assertEquals(await bench.watch({ limit: 1 }), "limit");
  assertEquals(bench.events.length, 1);
});

test("an overflow is told, the handle reset, every port let fire again, and the watch goes on", async () => {
  const bench = new Bench([7], "EFBIG", [9]);
  assertEquals(await bench.watch({ limit: 2 }), "limit");
  assertEquals(deeds(bench), [
    "pending 7#1",
    "done",
    "unmask 7",
    "overflow",
    "reset",
    "unmaskAll",
    "pending 9#2",
    "done",
    "unmask 9",
  ]);
});

test("an overflow that poll tells of is found by the read after it", async () => {
  const bench = new Bench();
  bench.device.polls.push(Poll.ERR);
  const end = bench.watch();
  bench.device.fire("EFBIG");
  await bench.clock.asleep();
  assertEquals(deeds(bench), ["overflow", "reset", "unmaskAll"]);
  bench.abort.abort();
  await end;
});

test("after an overflow nothing is unmasked where nothing is to be", async () => {
  const bench = new Bench("EFBIG", [7]);
  await bench.watch({ limit: 1, unmask: false });
  assertEquals(deeds(bench), ["overflow", "reset", "pending 7#1", "done"]);
});

test("an overflow on a driver without reset ends the watch with EFBIG and what to do", async () => {
  const bench = new Bench("EFBIG");
  bench.device.refuse.reset = "ENOSYS";
  const error = await assertRejects(() => bench.watch(), DeviceError);
  assertEquals([error.op, error.errno], ["watch", "EFBIG"]);
  assert(error.hint?.includes("this driver cannot reset it"), error.hint);
  assertEquals(deeds(bench), ["overflow", "reset"]);
});

test("a ring that no reset brings back ends the watch with EFBIG", async () => {
  const bench = new Bench(...Array<Errno>(100).fill("EFBIG"));
  assertEquals(await failure(bench), cannotRead("EFBIG"));
  assertEquals(deeds(bench).filter((deed) => deed === "reset").length, 3);
});

test("overflows with events in between are as many as there are", async () => {
  const bench = new Bench(...Array<[Errno, [number]]>(10).fill(["EFBIG", [7]]).flat());
  assertEquals(await bench.watch({ limit: 10 }), "limit");
  assertEquals(deeds(bench).filter((deed) => deed === "reset").length, 10);
});

test("a reset that fails otherwise is told as it is", async () => {
  const bench = new Bench("EFBIG");
  bench.device.refuse.reset = "EPERM";
  assertEquals(await failure(bench), { op: "reset", errno: "EPERM", message: "Cannot reset: EPERM" });
});

test("a read that fails ends the watch with its errno", async () => {
  for (const errno of ["EIO", "EBADF", "EPERM", "EFAULT"] as const) {
    assertEquals(await failure(new Bench([7], errno)), cannotRead(errno));
  }
});

test("a poll that fails, and a descriptor that is gone, end the watch", async () => {
  const answers: readonly (readonly [number | Errno, Errno])[] = [
    ["ENOMEM", "ENOMEM"],
    [Poll.NVAL, "EBADF"],
    [Poll.HUP | Poll.IN, "EBADF"],
  ];
  for (const [answer, errno] of answers) {
    const bench = new Bench();
    bench.device.polls.push(answer);
    assertEquals(await failure(bench), cannotRead(errno));
  }
});

test("an unmask that fails ends the watch after the events were handed on", async () => {
  const bench = new Bench([7]);
  bench.device.refuse.unmask = "EPERM";
  assertEquals((await failure(bench)).op, "unmask");
  assertEquals(bench.events.length, 1);
});

test("a sink that fails ends the watch, and its events stay masked", async () => {
  const bench = new Bench([7]);
  bench.onPending = () => Promise.reject(new Deno.errors.BrokenPipe("gone"));
  await assertRejects(() => bench.watch(), Deno.errors.BrokenPipe);
  assertEquals(deeds(bench), ["pending 7#1"]);
});

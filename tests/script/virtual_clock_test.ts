import { assertEquals } from "@std/assert";
import { VIRTUAL_START, VirtualClock } from "../../lib/script/virtual_clock.ts";
import { utcTime } from "../../lib/render/time.ts";
import { outcome } from "../support/simulated.ts";
import { test } from "../support/test.ts";

test("the virtual clock starts at a fixed time and stands still while anything runs", async () => {
  const clock = new VirtualClock();
  for (let i = 0; i < 1000; i++) await undefined;
  assertEquals([utcTime(clock.now()), clock.monotonic()], ["2026-01-01T00:00:00.000000Z", 0]);
});

test("the virtual clock jumps to the next wake-up, in order", async () => {
  const clock = new VirtualClock();
  const woken: string[] = [];
  const sleep = async (name: string, milliseconds: number) => {
    assertEquals(await clock.sleep(milliseconds), true);
    woken.push(`${name} ${clock.monotonic()}`);
  };
  await Promise.all([sleep("a", 3_600_000), sleep("b", 0.25), sleep("c", 5), sleep("d", 5), sleep("e", 0)]);
  assertEquals(woken, ["e 0", "b 0.25", "c 5", "d 5", "a 3600000"]);
  assertEquals(clock.now(), VIRTUAL_START + 3600e6);
});

test("a woken task runs as far as it can before the virtual clock advances", async () => {
  const clock = new VirtualClock();
  const second = clock.sleep(2);
  await clock.sleep(1);
  for (let i = 0; i < 1000; i++) await undefined;
  assertEquals(clock.monotonic(), 1);
  await second;
  assertEquals(clock.monotonic(), 2);
});

test("a signal ends a sleep, and the virtual clock does not advance for it", async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const [long, forever] = [clock.sleep(1000, abort.signal), clock.sleep(Infinity, abort.signal)];
  assertEquals(await outcome(forever), "waiting");
  abort.abort();
  assertEquals([await long, await forever, await clock.sleep(5, abort.signal)], [false, false, false]);
  assertEquals(clock.monotonic(), 0);
});

test("quiet() resolves when no wake-up is left", async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  void clock.sleep(Infinity, abort.signal);
  void clock.sleep(7);
  await clock.quiet();
  assertEquals(clock.monotonic(), 7);
  const never = new AbortController();
  never.abort();
  await clock.quiet(never.signal);
  abort.abort();
});

import { assert, assertEquals, assertLess } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";

test("the time of day is in microseconds and close to the system's", () => {
  const clock = systemClock();
  for (let i = 0; i < 1000; i++) {
    const before = Date.now() * 1000;
    const now = clock.now();
    const after = Date.now() * 1000; // this process may have been paused since `before`
    assert(Number.isInteger(now));
    assert(before - 5000 < now && now < after + 5000, `${before} ${now} ${after}`);
  }
});

test("the clock follows when the system's clock is set", () => {
  const clock = systemClock();
  const original = Date.now;
  try {
    const hour = 3_600_000;
    Date.now = () => original() - hour;
    assertLess(Math.abs(clock.now() / 1000 - (original() - hour)), 50);
    assertLess(Math.abs(clock.now() / 1000 - (original() - hour)), 50);
  } finally {
    Date.now = original;
  }
});

test("the monotonic clock never goes back", () => {
  const clock = systemClock();
  let last = clock.monotonic();
  for (let i = 0; i < 1000; i++) {
    const now = clock.monotonic();
    assert(now >= last);
    last = now;
  }
});

test("a sleep does not end early", async () => {
  const clock = systemClock();
  for (const milliseconds of [0, 0.2, 0.9, 1, 5]) {
    const start = clock.monotonic();
    assertEquals(await clock.sleep(milliseconds), true);
    assert(clock.monotonic() - start >= milliseconds - 0.1, `${milliseconds}`);
  }
});

test("a signal ends a sleep, however long, and leaves no timer", async () => {
  const clock = systemClock();
  for (const milliseconds of [60_000, 0x7FFF_FFFF, Infinity]) {
    const abort = new AbortController();
    const slept = clock.sleep(milliseconds, abort.signal);
    await settle();
    abort.abort();
    assertEquals(await slept, false);
  }
});

test("a sleep with an aborted signal ends at once", async () => {
  assertEquals(await systemClock().sleep(60_000, AbortSignal.abort()), false);
  assertEquals(await systemClock().sleep(0, AbortSignal.abort()), false);
});

test("sleeps that are too short for a timer still let timers and signals in", async () => {
  const clock = systemClock();
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 1);
  let turns = 0;
  const end = clock.monotonic() + 20_000;
  while (!abort.signal.aborted && clock.monotonic() < end) {
    await clock.sleep(0, abort.signal);
    turns++;
  }
  assert(abort.signal.aborted, `not after ${turns} turns`);
});

test("a sleep that is too long for one timer is several, none of them too long", async () => {
  const original = globalThis.setTimeout;
  const waits: number[] = [];
  try {
    globalThis.setTimeout = ((work: (value: boolean) => void, wait: number, value: boolean) => {
      waits.push(wait);
      return original(work, 0, value);
    }) as typeof setTimeout;
    assertEquals(await systemClock().sleep(2 * 0x7FFF_FFFF + 7), true);
  } finally {
    globalThis.setTimeout = original;
  }
  assertEquals(waits, [0x7FFF_FFFF, 0x7FFF_FFFF, 7]);
});

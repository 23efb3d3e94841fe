import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  localTime,
  spanTime,
  TIME_STYLES,
  Timeline,
  type TimeStyle,
  unixTime,
  utcTime,
} from "../../lib/render/time.ts";
import { test } from "../support/test.ts";
import { START } from "../support/test_clock.ts";

/** Runs `work` as if this machine were that many minutes ahead of UTC. */
function ahead<T>(minutes: number, work: () => T): T {
  const original = Date.prototype.getTimezoneOffset;
  Date.prototype.getTimezoneOffset = () => -minutes;
  try {
    return work();
  } finally {
    Date.prototype.getTimezoneOffset = original;
  }
}

test("a time has six digits of microseconds in every style", () => {
  assertEquals(unixTime(START), "1767323045.678901");
  assertEquals(utcTime(START), "2026-01-02T03:04:05.678901Z");
  assertEquals(ahead(0, () => localTime(START)), "2026-01-02T03:04:05.678901+00:00");
  assertEquals(unixTime(1_000_000_000_000_001), "1000000000.000001");
  assertEquals(utcTime(1_000_000_000_000_001), "2001-09-09T01:46:40.000001Z");
  assertEquals(utcTime(0), "1970-01-01T00:00:00.000000Z");
  assertEquals(unixTime(0), "0.000000");
});

test("local time has its offset in hours and minutes, east and west of UTC", () => {
  assertEquals(ahead(60, () => localTime(START)), "2026-01-02T04:04:05.678901+01:00");
  assertEquals(ahead(-300, () => localTime(START)), "2026-01-01T22:04:05.678901-05:00");
  assertEquals(ahead(345, () => localTime(START)), "2026-01-02T08:49:05.678901+05:45");
  assertEquals(ahead(-210, () => localTime(START)), "2026-01-01T23:34:05.678901-03:30");
  assertEquals(ahead(-30, () => localTime(START)), "2026-01-02T02:34:05.678901-00:30");
});

test("UTC and local time name the same moment", () => {
  fc.assert(
    fc.property(fc.integer({ min: 86_400_000_000, max: 4e15 }), fc.integer({ min: -720, max: 840 }), (at, offset) => {
      assertEquals(Date.parse(utcTime(at)), Math.floor(at / 1000));
      assertEquals(Date.parse(ahead(offset, () => localTime(at))), Math.floor(at / 1000));
      assertEquals(utcTime(at).slice(-7, -1), String(at % 1e6).padStart(6, "0"));
    }),
  );
});

test("a duration has its sign, also below a second", () => {
  assertEquals([0, 123, 1_000_000, 61_000_001].map(spanTime), ["0.000000", "0.000123", "1.000000", "61.000001"]);
  assertEquals([-1, -1_500_000].map(spanTime), ["-0.000001", "-1.500000"]);
});

test("deltas count from the last event, elapsed from the start", () => {
  const timeline = new Timeline(START);
  const at = (micros: number, style: TimeStyle) => timeline.at(START + micros)(style);
  assertEquals(at(500, "delta"), "0.000000");
  assertEquals(at(700, "delta"), "0.000200");
  assertEquals(at(700, "elapsed"), "0.000700");
  assertEquals(at(700, "delta"), "0.000000");
});

test("a clock that was set back gives a negative delta", () => {
  const timeline = new Timeline(START);
  timeline.at(START + 2_000_000);
  assertEquals(timeline.at(START + 500_000)("delta"), "-1.500000");
  assertEquals(timeline.at(START - 1)("elapsed"), "-0.000001");
});

test("one event can be formatted in every style", () => {
  const time = ahead(0, () => TIME_STYLES.map(new Timeline(START).at(START + 1)));
  assertEquals(time, [
    "1767323045.678902",
    "2026-01-02T03:04:05.678902Z",
    "2026-01-02T03:04:05.678902+00:00",
    "0.000000",
    "0.000001",
    "",
  ]);
});

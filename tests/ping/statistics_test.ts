import { assertEquals } from "@std/assert";
import { KEPT, RoundTrips } from "../../lib/ping/statistics.ts";
import { test } from "../support/test.ts";

/** Statistics of these times. */
function of(...times: number[]): RoundTrips {
  const trips = new RoundTrips();
  for (const time of times) trips.add(time);
  return trips;
}

test("ping statistics: minimum, maximum, mean and deviation are of all times", () => {
  const trips = of(2, 4, 4, 4, 5, 5, 7, 9);
  assertEquals([trips.count, trips.min, trips.max, trips.mean, trips.deviation], [8, 2, 9, 5, 2]);
});

test("ping statistics: a small deviation of long times is exact", () => {
  const trips = of(...Array.from({ length: 1000 }, (_, i) => 1e9 + i % 2));
  assertEquals(Math.abs(trips.deviation - 0.5) < 1e-6, true);
});

test("ping statistics: a quantile is a time that was measured, by nearest rank", () => {
  const trips = of(...Array.from({ length: 100 }, (_, i) => 100 - i));
  assertEquals(trips.quantiles(0.5, 0.99, 1, 0.001), [50, 99, 100, 1]);
  assertEquals(of(7).quantiles(0.5, 0.99), [7, 7]);
  assertEquals(of(10, 9, 100).quantiles(0.5), [10]); // sorted as numbers
  assertEquals(of().quantiles(0.5), [NaN]);
});

test("ping statistics: quantiles are of the newest times, all else of all times", () => {
  const trips = new RoundTrips();
  trips.add(1);
  for (let i = 0; i < KEPT; i++) trips.add(8);
  assertEquals([trips.quantiles(0.000001), trips.min, trips.count], [[8], 1, KEPT + 1]);
});

test("ping statistics: buckets are powers of two, with the empty ones between", () => {
  assertEquals(of(0.4, 0.999, 2, 3.9, 8).histogram(), [
    { from_us: 0, to_us: 1, count: 2 },
    { from_us: 1, to_us: 2, count: 0 },
    { from_us: 2, to_us: 4, count: 2 },
    { from_us: 4, to_us: 8, count: 0 },
    { from_us: 8, to_us: 16, count: 1 },
  ]);
  assertEquals(of(128, 255.9).histogram(), [{ from_us: 128, to_us: 256, count: 2 }]);
  assertEquals(of().histogram(), []);
});

/** Recordings, which `replay` sends: records of events, changed and damaged. @module */

import fc from "fast-check";
import { bytesOf, damaged } from "./damage.ts";
import type { Kind } from "./kind.ts";
import { runHostile } from "./machine.ts";
import { asks, assertWellEnded } from "./property.ts";
import { anything, CHANNELS } from "./words.ts";

/** Times of events, and what looks like some. */
export const TIMES = ("2026-01-02T03:04:05.678901Z 0000-01-01T00:00:00.000000Z 9999-12-31T23:59:59.999999Z " +
  "2026-13-01T00:00:00.000000Z 2026-01-02T03:04:05Z 2026-01-02T24:00:00.000000Z x").split(" ");

/** A record that can be sent. */
export const SOUND = { event: "pending", time: TIMES[0], port: 7, channel: "5:any", seq: 1 };

/** A recording that can be sent. */
export const RECORDING = [
  SOUND,
  { ...SOUND, seq: 2, initial: true },
  { event: "overflow", time: TIMES[0] },
  { ...SOUND, port: 28, channel: "1:any", stale: true },
].map((record) => JSON.stringify(record)).join("\n");

/** A record of an event with some of its members changed, valid or almost. */
const record = fc.record({
  event: fc.oneof({ weight: 5, arbitrary: fc.constantFrom("pending", "overflow", "toString") }, fc.anything()),
  time: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...TIMES) }, fc.anything()),
  port: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(7, 28, 0, 4294967295, 4294967296, -1, 0.5) }, fc.anything()),
  channel: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...CHANNELS) }, anything),
  seq: fc.oneof({ weight: 5, arbitrary: fc.nat(9) }, fc.anything()),
  initial: fc.constantFrom(true, false, "true"),
  stale: fc.constantFrom(true, null),
  "a\nb\x1b[1m": fc.constant(1),
}, { requiredKeys: [] });

const json = (value: unknown) => {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return ""; // a bigint or a circular value
  }
};

const sound = fc.record({
  time: fc.constantFrom(...TIMES.slice(0, 3)),
  port: fc.constantFrom(7, 28, 0, 4294967295),
  channel: fc.constantFrom("5:any", "1:any", "self:any"),
  initial: fc.constantFrom(undefined, undefined, true),
  stale: fc.constantFrom(undefined, undefined, true),
}).map((fields) => json({ ...SOUND, ...fields }));

const line = fc.oneof(
  { weight: 4, arbitrary: record.map((fields) => json({ ...SOUND, ...fields })) },
  { weight: 2, arbitrary: record.map(json) },
  { weight: 2, arbitrary: sound },
  fc.json(),
  anything,
);

const whole = (line: fc.Arbitrary<string>) => fc.array(line, { maxLength: 12 }).map((lines) => lines.join("\n"));

const lines = fc.oneof(
  { weight: 2, arbitrary: damaged(whole(sound), 0) },
  { weight: 3, arbitrary: damaged(whole(sound), 2) },
  { weight: 1, arbitrary: damaged(whole(line), 0) },
);

const flags = fc.tuple(
  fc.subarray(["--json", "--trace", "--delay=24m"]),
  fc.constantFrom([], ["--no-wait"], ["--speed=0.000000001"], ["--max-gap=1us"], ["--max-gap=1us", "--speed=2"]),
).map((all) => all.flat());

const maps = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<string[][]>([], ["--map=5:any=1:any"]) },
  fc.subarray(["--map=5:any=1:any", "--map=5:any=virq:tbuf", "--map=7=5:any", "--map=x", "--map=1:9=0:27"]),
);

export const RECORDINGS: Kind<{ recording: string; flags: readonly string[]; maps: readonly string[] }> = {
  name: "recordings",
  input: fc.record({ recording: lines, flags, maps }),
  async check({ recording, flags, maps }) {
    const words = ["replay", "-", "--simulator", ...flags, ...maps];
    const given = { input: bytesOf(recording), patience: 200 };
    const outcome = await runHostile(words, given);
    assertWellEnded(outcome, { ...asks(words, given), verbatim: false });
    return outcome.status !== 2;
  },
};

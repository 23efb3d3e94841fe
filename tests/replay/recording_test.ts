import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { UsageError } from "../../lib/errors.ts";
import { parseRecording } from "../../lib/replay/recording.ts";
import { test } from "../support/test.ts";
import { runHostile } from "../hostile/machine.ts";
import { assertWellEnded } from "../hostile/property.ts";
import { anything, CHANNELS } from "../hostile/words.ts";

const TIMES = ("2026-01-02T03:04:05.678901Z 0000-01-01T00:00:00.000000Z 9999-12-31T23:59:59.999999Z " +
  "2026-13-01T00:00:00.000000Z 2026-01-02T03:04:05Z 2026-01-02T24:00:00.000000Z x").split(" ");

/** A record of an event, valid or almost. */
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

const SOUND = { event: "pending", time: TIMES[0], port: 7, channel: "5:any", seq: 1 };

const json = (value: unknown) => {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return ""; // a bigint or a circular value
  }
};

const line = fc.oneof(
  { weight: 4, arbitrary: record.map((fields) => json({ ...SOUND, ...fields })) },
  { weight: 2, arbitrary: record.map(json) },
  { weight: 2, arbitrary: fc.constantFrom(...TIMES.slice(0, 3)).map((time) => json({ ...SOUND, time })) },
  fc.json(),
  anything,
);

test("any recording is sent, or refused with the line that is wrong", async () => {
  const flags = fc.subarray(["--no-wait", "--json", "--trace", "--speed=0.000000001", "--max-gap=1us", "--delay=24m"]);
  const maps = fc.subarray([
    "--map=5:any=1:any",
    "--map=5:any=virq:tbuf",
    "--map=7=5:any",
    "--map=x",
    "--map=1:9=0:27",
  ]);
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 6 }), flags, maps, async (lines, flags, maps) => {
      const input = lines.join("\n");
      const outcome = await runHostile(["replay", "-", "--simulator", ...flags, ...maps], { input, patience: 200 });
      assertWellEnded(outcome, { json: flags.includes("--json"), trace: flags.includes("--trace") });
    }),
    { numRuns: 800 },
  );
});

test("the error of a recording is short, however large the recording", () => {
  const deep = (open: string, close: string) => open.repeat(200_000) + "1" + close.repeat(200_000);
  const broken = [
    "x".repeat(10_000_000),
    deep("[", "]"),
    deep('{"a":', "}"),
    json(SOUND).replace("7", deep("[", "]")),
    json(SOUND).replace('"5:any"', json("5".repeat(1_000_000))),
    json({ ...SOUND, ["k".repeat(1_000_000)]: 1 }),
    json({ ...SOUND, time: "9".repeat(1_000_000) }),
  ];
  for (const text of broken) {
    const start = text.slice(0, 40);
    try {
      parseRecording(text, "FILE");
    } catch (error) {
      assert(error instanceof UsageError, `${start}: ${error}`);
      assert(error.message.length < 500, `${start}: a message of ${error.message.length} characters`);
      continue;
    }
    throw new Error(`${start} is taken`);
  }
});

test("a gap of years in a recording is one wait, which a signal ends", async () => {
  const events = TIMES.slice(1, 3).map((time) => json({ ...SOUND, time })).join("\n");
  const { status, stdout } = await runHostile(["replay", "-", "--json", "--simulator"], {
    input: events,
    patience: 100_000,
  });
  assertEquals([status, JSON.parse(stdout).events], [0, 2]);
});

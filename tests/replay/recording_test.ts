import { assert, assertEquals } from "@std/assert";
import { UsageError } from "../../lib/errors.ts";
import { parseRecording } from "../../lib/replay/recording.ts";
import { test } from "../support/test.ts";
import { runHostile } from "../hostile/machine.ts";
import { assertHolds } from "../hostile/kind.ts";
import { RECORDINGS, SOUND, TIMES } from "../hostile/recording.ts";

test("any recording is sent, or refused with the line that is wrong", async () => {
  await assertHolds(RECORDINGS, 600);
});

test("the error of a recording is short, however large the recording", () => {
  const deep = (open: string, close: string) => open.repeat(200_000) + "1" + close.repeat(200_000);
  const broken = [
    "x".repeat(10_000_000),
    deep("[", "]"),
    deep('{"a":', "}"),
    JSON.stringify(SOUND).replace("7", deep("[", "]")),
    JSON.stringify(SOUND).replace('"5:any"', JSON.stringify("5".repeat(1_000_000))),
    JSON.stringify({ ...SOUND, ["k".repeat(1_000_000)]: 1 }),
    JSON.stringify({ ...SOUND, time: "9".repeat(1_000_000) }),
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
  const events = TIMES.slice(1, 3).map((time) => JSON.stringify({ ...SOUND, time })).join("\n");
  const { status, stdout } = await runHostile(["replay", "-", "--json", "--simulator"], {
    input: events,
    patience: 100_000,
  });
  assertEquals([status, JSON.parse(stdout).events], [0, 2]);
});

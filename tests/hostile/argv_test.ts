import { COMMAND_LINES } from "./argv.ts";
import { assertHolds } from "./kind.ts";
import { test } from "../support/test.ts";
import { runHostile } from "./machine.ts";
import { asks, assertWellEnded } from "./property.ts";
import { CHANNELS, FORMATS, NUMBERS, ODD, PERIODS, SIMULATIONS } from "./words.ts";

test("whatever is on a command line, it ends with a documented status and errors that are sentences", async () => {
  await assertHolds(COMMAND_LINES, 500);
});

test("every odd value in every place where a value stands is refused or taken", async () => {
  const values = [...NUMBERS, ...CHANNELS, ...PERIODS, ...ODD, ...FORMATS, ...SIMULATIONS];
  const places = [
    ..."--hold --device --fd --as --color --session".split(" ").map((name) => ["bind-virq", "tbuf", name]),
    ..."--count --interval".split(" ").map((name) => ["notify", "5:any", "--simulator", name]),
    ..."-n -t -F --timeout --idle-timeout".split(" ").map((name) => ["watch", "5:any", "--simulator", name]),
    ..."--timeout --events".split(" ").map((name) => ["poll", "--simulator", name]),
    ..."--map --speed --max-gap --delay".split(" ").map((name) => ["replay", "-", "--simulator", name]),
    ["run", "--simulator", "-e"],
    ["help"],
    ["restrict", "--fd", "3"],
    ["session"],
  ];
  for (const place of places) {
    for (const value of values) {
      const words = [...place, value];
      const outcome = await runHostile(words, { patience: 3, input: "" });
      try {
        assertWellEnded(outcome, asks(words));
      } catch (error) {
        throw new Error(`evtchn ${JSON.stringify(words).slice(0, 300)}`, { cause: error });
      }
    }
  }
});

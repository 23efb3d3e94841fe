/** Each fault of a driver is caught by the right invariant, with few commands. */
import { assert, assertEquals } from "@std/assert";
import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos/personality.ts";
import { LINUX_PERSONALITY } from "../../lib/sim/linux/personality.ts";
import { describe, runCampaign } from "./campaign.ts";
import { test } from "../support/test.ts";
import { INVARIANTS } from "./invariants.ts";
import { MUTANTS, mutated } from "./mutants.ts";

const ENOUGH_STEPS = 10_000;
const FEW_COMMANDS = 4;

for (const personality of [LINUX_PERSONALITY, ILLUMOS_PERSONALITY]) {
  for (const mutant of MUTANTS) {
    if (mutant.linuxOnly && personality !== LINUX_PERSONALITY) continue;
    test(`a driver of ${personality.name} is caught that ${mutant.fault}`, () => {
      const { failure } = runCampaign({ personality: mutated(personality, mutant), steps: ENOUGH_STEPS, seed: 1 });
      assert(failure !== undefined, "nothing is broken");
      const { message } = failure;
      assert(mutant.invariants.some((name) => message.startsWith(`${name}: `)), describe(failure));
      assert(failure.commands.length <= FEW_COMMANDS, describe(failure));
    });
  }
}

test("a failure is found again by its replay position", () => {
  const personality = mutated(LINUX_PERSONALITY, MUTANTS[0]);
  const { failure } = runCampaign({ personality, steps: ENOUGH_STEPS, seed: 2 });
  assert(failure !== undefined);
  const again = runCampaign({ personality, steps: ENOUGH_STEPS, seed: 3, replay: failure.replay });
  assertEquals(again.failure?.message, failure.message);
});

test("each invariant catches a fault", () => {
  const caught = new Set(MUTANTS.flatMap(({ invariants }) => invariants));
  assertEquals([...caught].sort(), INVARIANTS.map(([name]) => name).sort());
});

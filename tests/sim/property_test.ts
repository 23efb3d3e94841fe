import { fail } from "@std/assert";
import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos/personality.ts";
import { LINUX_PERSONALITY } from "../../lib/sim/linux/personality.ts";
import { describe, runCampaign } from "./campaign.ts";
import { test } from "../support/test.ts";

// A million steps of each: `deno task test:model`.
for (const personality of [LINUX_PERSONALITY, ILLUMOS_PERSONALITY]) {
  test(`after any commands on handles of ${personality.name} the invariants hold, and the answers are the model's`, () => {
    const { failure } = runCampaign({ personality, steps: 10_000, seed: 1 });
    if (failure !== undefined) fail(describe(failure));
  });
}

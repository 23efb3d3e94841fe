/**
 * Millions of random commands on each personality, with the invariants checked after each: `deno task test:model`.
 *
 *     --steps N           commands for each personality (1000000)
 *     --seed N            0 to 65535 (by default another one each time)
 *     --personality NAME  only linux, or only illumos
 *     --replay AT         only the run of a reported failure
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../../lib/errors.ts";
import type { Personality } from "../../lib/sim/driver.ts";
import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos/personality.ts";
import { LINUX_PERSONALITY } from "../../lib/sim/linux/personality.ts";
import { type Campaign, type Counts, describe, type Report, runCampaign } from "./campaign.ts";

/** A run of this many steps must reach every state below. */
const MANY_STEPS = 500_000;

const SEEDS = 2 ** 16;

/** The states that a long run must reach: a run that never fills a ring proves nothing about overflows. */
const WORTH_REACHING = {
  both: [
    "event waits",
    "event taken in by one that waits",
    "partial read",
    "stale entry read",
    "overflow",
    "no port left",
    "domain destroyed",
  ],
  linux: [
    "room grown past 64",
    "room grown past 512",
    "overflow ended by a reset",
    "entries discarded by a reset",
    "restricted handle refused",
  ],
  illumos: ["overflow by more ports than room", "no handle left", "unprivileged use refused"],
};

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

/** The highest first. */
function list(counts: Counts): string {
  return [...counts].sort(([, a], [, b]) => b - a).map(([name, times]) => `${name} ${times}`).join(", ");
}

/** The states that a long run did not reach. */
function missed({ name }: Personality, { steps, states }: Report): string[] {
  if (steps < MANY_STEPS) return [];
  return [...WORTH_REACHING.both, ...WORTH_REACHING[name as "linux" | "illumos"]].filter((what) => !states.has(what));
}

/** Runs one personality and prints a report. Returns whether it passed. */
function passes(campaign: Campaign): boolean {
  const start = performance.now();
  const report = runCampaign(campaign);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const { name } = campaign.personality;
  const which = campaign.replay === undefined ? `seed ${campaign.seed}` : `replay ${campaign.replay}`;
  const wrong = report.failure && describe(report.failure);
  const never = missed(campaign.personality, report);
  print(`${name}: ${report.steps} steps, ${report.calls} calls, ${report.runs} runs, ${which}, ${seconds} s`);
  print(`  commands: ${list(report.commands)}`);
  print(`  reached: ${list(report.states)}`);
  if (wrong !== undefined) print(`${wrong} --personality ${name}`);
  else print("  no broken invariant");
  if (never.length > 0) print(`  never reached: ${never.join(", ")}`);
  return wrong === undefined && never.length === 0;
}

function whole(text: string, option: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${option} takes a whole number below 1000000000, not "${text}"`);
  return Number(text);
}

function main(): number {
  const options = parseArgs(Deno.args, {
    string: ["steps", "seed", "personality", "replay"],
    unknown: (argument) => {
      throw new UsageError(`There is no option "${argument}"`);
    },
  });
  const option = (name: string) => options[name] as string | undefined;
  const { personality, replay } = { personality: option("personality"), replay: option("replay") };
  const steps = whole(option("steps") ?? "1000000", "steps");
  const seed = whole(option("seed") ?? String(Date.now() % SEEDS), "seed") % SEEDS;
  const all = [LINUX_PERSONALITY, ILLUMOS_PERSONALITY].filter(({ name }) => name === (personality ?? name));
  if (all.length === 0) throw new UsageError(`There is no personality "${personality}"`);
  const passed = all.filter((personality) => passes({ personality, steps, seed, replay })).length;
  print(`${passed} passed, ${all.length - passed} failed`);
  return passed === all.length ? 0 : 1;
}

try {
  Deno.exitCode = main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  print(error.message);
  Deno.exitCode = 2;
}

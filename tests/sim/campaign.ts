/**
 * Runs of random commands until there have been so many, with the invariants checked after each.
 *
 * @module
 */

import fc from "fast-check";
import type { Personality } from "../../lib/sim/driver.ts";
import { anyCommand, type Command, pollAll } from "./commands.ts";
import { Broken, checkInvariants } from "./invariants.ts";
import { SideBySide } from "./side_by_side.ts";

/** What was counted, by name. */
export class Counts extends Map<string, number> {
  add(what: string): void {
    this.set(what, (this.get(what) ?? 0) + 1);
  }
}

/** What to run. */
export interface Campaign {
  /** The system, perhaps a broken one. */
  readonly personality: Personality;
  /** How many commands at least. */
  readonly steps: number;
  /** The same seed runs the same commands; any other, others. */
  readonly seed: number;
  /** Where a failure was, as it was reported: that run alone is made, whatever the seed and the steps. */
  readonly replay?: string;
}

/** How it went. */
export interface Report {
  readonly steps: number;
  /** What the commands called in all, without the polls after each. */
  readonly calls: number;
  readonly runs: number;
  /** How often each command ran. */
  readonly commands: Counts;
  /** How often what the model counts happened. */
  readonly states: Counts;
  readonly failure?: Failure;
}

/** A command that ran. */
export interface Done {
  readonly name: string;
  readonly calls: readonly string[];
}

/** An invariant that does not hold. */
export interface Failure {
  readonly message: string;
  /** With this it fails again. */
  readonly replay: string;
  /** The fewest commands that were found to break it, with the calls that each made. */
  readonly commands: readonly Done[];
}

/** The most commands of one run: enough to fill rings and domains, few enough to begin anew often. */
const LONGEST = 240;

/** How many runs fast-check makes of one seed of its own: those before a failure are generated again to replay it. */
const RUNS_A_SEED = 50;

/** How many such seeds a seed stands for. */
const SEEDS_A_SEED = 2 ** 16;

/** Runs commands from the beginning. Throws `Broken` where an invariant does not hold. */
function runAll(
  both: SideBySide,
  commands: readonly Command[],
  done: (command: Command, calls: number) => void,
): void {
  checkInvariants(both);
  for (const command of commands) {
    both.begin();
    command.run(both);
    const { calls } = both;
    if (calls === 0) continue; // opens what is open, or notifies none: no step
    pollAll(both);
    done(command, calls);
    checkInvariants(both);
  }
  both.begin();
  both.closeAll();
  checkInvariants(both);
}

/** What commands did up to where they broke, without the polls. */
function played(personality: Personality, commands: readonly Command[]): Done[] {
  const both = new SideBySide(personality, undefined, true);
  const log = both.log!;
  const calls = () => log.splice(0).filter((call) => !call.startsWith("poll"));
  const done: Done[] = [];
  calls(); // the handles are opened
  try {
    runAll(both, commands, ({ name }) => done.push({ name, calls: calls() }));
  } catch {
    // the same as what was found
  }
  const last = calls();
  return last.length > 0 ? [...done, { name: "at the end", calls: last }] : done;
}

/** What is broken; anything else that is thrown is a fault of the simulator too, and is told with where it was. */
function messageOf(error: unknown): string {
  if (error instanceof Broken) return error.message;
  return error instanceof Error ? error.stack ?? String(error) : String(error);
}

/** Runs a campaign until it has had its steps or something is broken. */
export function runCampaign({ personality, steps, seed, replay }: Campaign): Report {
  const report = { steps: 0, calls: 0, runs: 0, commands: new Counts(), states: new Counts() };
  const property = counted(personality, report);
  const [first, path] = replay?.split("/") ?? [`${seed * SEEDS_A_SEED}`];
  for (let next = Number(first); report.steps < steps; next++) {
    const found = fc.check(property, { seed: next | 0, path, numRuns: RUNS_A_SEED });
    if (found.failed) {
      const { errorInstance, counterexample, counterexamplePath } = found;
      const commands = played(personality, counterexample![0]);
      return {
        ...report,
        failure: { message: messageOf(errorInstance), replay: `${next}/${counterexamplePath}`, commands },
      };
    }
    if (replay !== undefined) break;
  }
  return report;
}

/** A run of random commands, which counts in the report until something is broken: shrinking does not count. */
function counted(
  personality: Personality,
  report: { steps: number; calls: number; runs: number } & Pick<Report, "commands" | "states">,
): fc.IProperty<[Command[]]> {
  const sequences = fc.array(anyCommand(personality.name === "linux"), { maxLength: LONGEST, size: "max" });
  let broken = false;
  return fc.property(sequences, (commands) => {
    if (!broken) report.runs++;
    const both = new SideBySide(personality, (what) => broken || report.states.add(what));
    try {
      runAll(both, commands, ({ name }, calls) => {
        if (broken) return;
        report.steps++;
        report.calls += calls;
        report.commands.add(name);
      });
    } catch (error) {
      broken = true;
      throw error;
    }
  });
}

/** How many calls of one command are told. */
const TOLD = 3;

/** A failure as text: what is broken, the commands that break it, and how to see it again. */
export function describe({ message, commands, replay }: Failure): string {
  const told = commands.map(({ name, calls }) => {
    const rest = calls.length > TOLD ? [`and ${calls.length - TOLD} more`] : [];
    return `  ${name}: ${[...calls.slice(0, TOLD), ...rest].join("; ")}`;
  });
  return [message, ...told, `again with --replay ${replay}`].join("\n");
}

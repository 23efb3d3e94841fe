/** Runs random commands until a number of steps is reached, and checks the invariants after each command. @module */

import fc from "fast-check";
import type { Personality } from "../../lib/sim/driver.ts";
import { anyCommand, type Command, pollAll } from "./commands.ts";
import { Broken, checkInvariants } from "./invariants.ts";
import { SideBySide } from "./side_by_side.ts";

/** Counts by name. */
export class Counts extends Map<string, number> {
  add(what: string): void {
    this.set(what, (this.get(what) ?? 0) + 1);
  }
}

export interface Campaign {
  /** The system, maybe one with a fault. */
  readonly personality: Personality;
  /** At least this many commands run. */
  readonly steps: number;
  readonly seed: number;
  /** The reported position of a failure: only that run is made, and `seed` and `steps` are ignored. */
  readonly replay?: string;
}

export interface Report {
  readonly steps: number;
  /** How many calls the commands made, without the polls after each command. */
  readonly calls: number;
  readonly runs: number;
  /** How often each command ran. */
  readonly commands: Counts;
  /** How often each event that the model counts happened. */
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
  /** Repeats the failure when given as {@linkcode Campaign.replay}. */
  readonly replay: string;
  /** The shortest sequence found that breaks it, with the calls of each command. */
  readonly commands: readonly Done[];
}

/** The most commands of one run: enough to fill rings and domains, few enough to start again often. */
const LONGEST = 240;

/** How many runs fast-check makes of one of its seeds. To replay a failure it generates the runs before it again. */
const RUNS_A_SEED = 50;

/** How many of fast-check's seeds one seed stands for. */
const SEEDS_A_SEED = 2 ** 16;

/** @throws {Broken} An invariant does not hold. */
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
    if (calls === 0) continue; // the command found nothing to do, such as an open handle to open: no step
    pollAll(both);
    done(command, calls);
    checkInvariants(both);
  }
  both.begin();
  both.closeAll();
  checkInvariants(both);
}

/** The calls of commands until one breaks, without the polls. */
function played(personality: Personality, commands: readonly Command[]): Done[] {
  const both = new SideBySide(personality, undefined, true);
  const log = both.log!;
  const calls = () => log.splice(0).filter((call) => !call.startsWith("poll"));
  const done: Done[] = [];
  calls(); // the handles are opened
  try {
    runAll(both, commands, ({ name }) => done.push({ name, calls: calls() }));
  } catch {
    // the failure that is already known
  }
  const last = calls();
  return last.length > 0 ? [...done, { name: "at the end", calls: last }] : done;
}

/** The message of a broken invariant; the stack of any other error, which is a fault of the simulator too. */
function messageOf(error: unknown): string {
  if (error instanceof Broken) return error.message;
  return error instanceof Error ? error.stack ?? String(error) : String(error);
}

/** Runs a campaign until all steps are made or an invariant is broken. */
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

/** Counts runs in the report until one is broken: shrinking does not count. */
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

/** How many calls of one command are shown. */
const TOLD = 3;

/** A failure as text: the message, the commands, and how to repeat it. */
export function describe({ message, commands, replay }: Failure): string {
  const told = commands.map(({ name, calls }) => {
    const rest = calls.length > TOLD ? [`and ${calls.length - TOLD} more`] : [];
    return `  ${name}: ${[...calls.slice(0, TOLD), ...rest].join("; ")}`;
  });
  return [message, ...told, `again with --replay ${replay}`].join("\n");
}

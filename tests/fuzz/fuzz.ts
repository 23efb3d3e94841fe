/**
 * Scripts at random on two hosts, compared statement by statement.
 *
 * @module
 */

import { LABELS } from "./book.ts";
import { generate } from "./generator.ts";
import { type Host, read, run } from "./machine.ts";
import { Level } from "./level.ts";
import { type Line, scriptText, sound } from "./line.ts";
import { difference, type Outcome } from "./outcome.ts";
import { Reached } from "./reached.ts";
import { differenceText } from "./report.ts";
import { shrink } from "./shrink.ts";

/** What to do. */
export interface Plan {
  readonly hosts: readonly [Host, Host];
  readonly seeds: readonly number[];
  /** How many statements at least, on each host; each seed has its share. */
  readonly count: number;
  /** The number of each seed's first script. */
  readonly first?: number;
  /** After so many differences there is enough to look at. */
  readonly enough?: number;
  /** Prints whole lines. */
  readonly print: (text: string) => void;
}

/** What came of it. */
export interface Findings {
  readonly differences: number;
  readonly reached: Reached;
}

/** How many statements of earlier scripts are run again, where one script alone does not show a difference. */
const EARLIER = 400;

/** The end of a script, for another one to follow: its handles are closed. */
const CLOSES: readonly Line[] = LABELS.map((label) => ({ label, verb: "close", args: [] }));

/** Runs scripts until each seed has given its share of statements, or enough differences are found. */
export async function fuzz({ hosts, seeds, count, first = 0, enough = 3, print }: Plan): Promise<Findings> {
  using level = new Level(hosts);
  for (const line of level.done) print(`level: ${line}\n`);
  const reached = new Reached();
  const share = Math.ceil(count / seeds.length);
  let differences = 0;
  for (const seed of seeds) {
    const [start, before, scripts] = [performance.now(), reached.statements, reached.scripts];
    let earlier: Line[] = [];
    for (let index = first; reached.statements - before < share && differences < enough; index++) {
      const lines = generate(seed, index, level.ground);
      const outcomes = await both(hosts, lines);
      reached.add(lines, outcomes[0]);
      if (difference(...outcomes) !== undefined) {
        differences++;
        print(`DIFFERENCE at seed ${seed}, script ${index}, ${await found(hosts, lines, outcomes, earlier)}\n`);
      }
      earlier = [...earlier, ...lines, ...CLOSES].slice(-EARLIER);
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    print(
      `seed ${seed}: ${reached.statements - before} statements, ${reached.scripts - scripts} scripts, ${seconds} s\n`,
    );
  }
  return { differences, reached };
}

/** Runs a script on one host after the other. */
async function both(hosts: Plan["hosts"], lines: readonly Line[]): Promise<[Outcome[], Outcome[]]> {
  const statements = await read(lines);
  if (statements === undefined) throw new Error(`This is no script:\n${scriptText(lines)}`);
  return [await run(hosts[0], statements), await run(hosts[1], statements)];
}

/** Tells of a difference, cut down; where its script alone does not show it, with what was run before it. */
async function found(
  hosts: Plan["hosts"],
  lines: readonly Line[],
  outcomes: [Outcome[], Outcome[]],
  earlier: readonly Line[],
): Promise<string> {
  const shows = async (lines: readonly Line[]) =>
    await read(lines) !== undefined && difference(...await both(hosts, lines)) !== undefined;
  const told = (lines: readonly Line[], [one, other]: [Outcome[], Outcome[]], how: string) =>
    `${how}:\n\n${
      differenceText(lines, { name: hosts[0].name, outcomes: one }, { name: hosts[1].name, outcomes: other })
    }`;
  const until = lines.slice(0, difference(...outcomes)! + 1);
  for (const script of [until, sound([...earlier, ...until])]) {
    if (!await shows(script)) continue;
    const least = await shrink(script, shows);
    return told(least, await both(hosts, least), `cut down from ${script.length} statements to ${least.length}`);
  }
  return told(until, outcomes, "which did not come again");
}

/** The last words on a run. */
export function summary({ differences, reached }: Findings, seeds: readonly number[]): string {
  const counts = `${reached.statements} statements, ${reached.scripts} scripts, ${seeds.length} seeds`;
  return [...reached.lines(), `seeds: ${seeds.join(" ")}`, `${counts}: ${differences} differences`].join("\n") + "\n";
}

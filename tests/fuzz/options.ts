/**
 * What is asked for on the command line of the two programs.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";

/** Which scripts, and how many statements. */
export interface Wanted {
  readonly seeds: readonly number[];
  readonly count: number;
  /** The number of each seed's first script. */
  readonly first: number;
}

/** How the programs are called. */
export const USAGE =
  "usage: [--seed N[,N...]] [--seeds K] [--first I] [--count M]   (without --seed: 20 seeds; 5000 statements a seed)";

/**
 * Reads the options. `--seeds K` takes K seeds from the first one on.
 *
 * @returns Undefined if they are none.
 */
export function parseWanted(args: string[]): Wanted | undefined {
  let wrong = false;
  const given = parseArgs(args, { string: ["seed", "seeds", "first", "count"], unknown: () => void (wrong = true) });
  const [first] = numbers(given.first ?? "0");
  const named = numbers(given.seed ?? "1");
  const [seeds] = numbers(given.seeds ?? (given.seed === undefined ? "20" : "1"));
  const list = named.length > 1 ? named : Array.from({ length: seeds }, (_, i) => named[0] + i);
  const [count] = numbers(given.count ?? `${list.length * 5000}`);
  return !wrong && list.length > 0 && ![...list, first, count].some(Number.isNaN) && count > 0
    ? { seeds: list, count, first }
    : undefined;
}

/** Numbers with commas between them; NaN for what is none. */
function numbers(text: unknown): number[] {
  return String(text).split(",").map((word) => /^\d{1,9}$/.test(word) ? Number(word) : NaN);
}

/**
 * Cuts a script down to what still shows the same: statements first, then words.
 *
 * @module
 */

import { type Line, namesIn, sound } from "./line.ts";

/** Whether something is a script, and still shows what is looked for. */
export type Shows = (lines: readonly Line[]) => Promise<boolean>;

/** How many statements are tried at most, all scripts together: one more or less is not worth an hour. */
const STATEMENTS = 100_000;

/**
 * Gives a script of which no statement can be left out, nor any word, without losing what it shows; or the least that
 * was found until patience ran out.
 *
 * @param lines A script that shows it.
 */
export async function shrink(lines: readonly Line[], shows: Shows): Promise<Line[]> {
  let left = STATEMENTS;
  const holds = async (lines: readonly Line[]) => lines.length > 0 && (left -= lines.length) > 0 && await shows(lines);
  let best = [...lines];
  for (let before = Infinity; weight(best) < before;) {
    before = weight(best);
    best = await drop(best, holds, (lines, from, to) => sound([...lines.slice(0, from), ...lines.slice(to)]));
    for (let i = 0; i < best.length; i++) best = await simplify(best, i, holds);
    best = await oneHandle(best, holds);
  }
  return best;
}

/** How much there is of a script: what shrinks with each step. */
function weight(lines: readonly Line[]): number {
  return lines.reduce((sum, { label, name, args }) => sum + 1 + args.length + Number(label !== "") + Number(!!name), 0);
}

/** Leaves out stretches of a list as long as what is left holds: halves first, single items last. */
async function drop<T>(
  items: readonly T[],
  holds: (items: T[]) => Promise<boolean>,
  without: (items: readonly T[], from: number, to: number) => T[],
): Promise<T[]> {
  let best = [...items];
  for (let size = best.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = Math.max(0, best.length - size); best.length > 0; from = Math.min(from, best.length) - size) {
      const start = Math.max(0, from);
      const candidate = without(best, start, Math.min(best.length, start + size));
      if (candidate.length < best.length && await holds(candidate)) best = candidate;
      if (start === 0) break;
    }
  }
  return best;
}

/** Leaves out words of a statement, and its name if nothing uses it. */
async function simplify(lines: Line[], at: number, holds: Shows): Promise<Line[]> {
  const { name, ...line } = lines[at];
  const used = name !== undefined && lines.some((each) => namesIn(each).includes(name));
  const kept: Line = used ? { ...line, name } : line;
  const replaced = (args: readonly string[]) => lines.with(at, { ...kept, args });
  const fewer = (args: readonly string[], from: number, to: number) => [...args.slice(0, from), ...args.slice(to)];
  return replaced(await drop(line.args, (args) => holds(replaced(args)), fewer));
}

/** Moves all statements of a handle to the first one. */
async function oneHandle(lines: Line[], holds: Shows): Promise<Line[]> {
  let best = lines;
  for (const label of new Set(lines.map(({ label }) => label))) {
    const moved = best.map((line) => line.label === label ? { ...line, label: "" } : line);
    if (label !== "" && await holds(moved)) best = moved;
  }
  return best;
}

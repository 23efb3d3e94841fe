/** What `doctor` found, as text and as records. @module */

import type { Diagnosis, State } from "../inspect/doctor.ts";
import type { ResultRecord } from "../records.ts";
import { counted } from "./count.ts";
import type { Palette } from "./human.ts";
import { oneLine } from "./line.ts";
import { wrapped } from "./wrap.ts";
import { timeOf } from "./ping.ts";

/** The widths of the names of checks and of states. */
const CHECK = 9;
const STATE = 7;

const INDENT = CHECK + 2 + STATE + 2;

/** On narrower terminals what does not fit begins further left. */
const NARROW = 60;
const NARROW_INDENT = 2;

/** No sentence is wrapped to less. */
const NARROWEST = 20;

/**
 * The line of a check, and below it its cure, without newlines.
 *
 * @param width The columns of the terminal; undefined: nothing is wrapped.
 */
export function diagnosisLines(
  { check, state, detail, cure }: Diagnosis,
  palette: Palette,
  width = Infinity,
): string[] {
  const indent = width < NARROW ? NARROW_INDENT : INDENT;
  const room = Math.max(NARROWEST, width - indent);
  const below = (text: string) => wrapped(oneLine(text), room).map((line) => " ".repeat(indent) + line);
  const name = check.padEnd(CHECK);
  const shown = state === "ok" || state === "unknown" ? palette.dim(state) : palette.warn(state);
  const cured = cure === undefined || state === "ok" ? [] : below(`hint: ${cure}`);
  if (indent === NARROW_INDENT) return [`${name}  ${shown}`, ...below(detail), ...cured];
  const [first, ...rest] = below(detail);
  return [`${name}  ${shown}${" ".repeat(STATE - state.length)}  ${first.trimStart()}`, ...rest, ...cured];
}

export function diagnosisRecord({ check, state, detail, cure, durationUs }: Diagnosis): ResultRecord {
  const duration = durationUs === undefined ? undefined : timeOf(durationUs);
  return { op: "doctor", check, state, detail, cure, duration_us: duration };
}

/** For example `12 checks: 10 ok, 1 missing, 1 unknown`. */
export function summaryOfChecks(counts: ReadonlyMap<State, number>): string {
  const states = ["ok", "missing", "refused", "unknown"] as const;
  const total = [...counts.values()].reduce((sum, each) => sum + each, 0);
  const some = states.filter((state) => counts.has(state)).map((state) => `${counts.get(state)} ${state}`);
  return `${counted(total, "check")}: ${some.join(", ")}`;
}

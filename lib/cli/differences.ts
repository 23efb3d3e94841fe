/** What is different between two recordings, by the records that a verb prints of each. @module */

import { safeJson } from "../render/line.ts";
import type { Records } from "../record_schemas.ts";

export type Difference = Records["diff"];

type AnyRecord = Readonly<Record<string, unknown>>;

/** Keys that say the same as others, in other words. */
const DERIVED = ["reason", "hint", "message"];

/**
 * The differences, in the order of the later records; what is gone comes last.
 *
 * @param about The keys that say what a record is about.
 */
export function* differences(
  older: readonly AnyRecord[],
  newer: readonly AnyRecord[],
  about: readonly string[],
): Generator<Difference, void> {
  const left = new Map(older.map((record) => [identity(record, about), record]));
  for (const record of newer) {
    const key = identity(record, about);
    const before = left.get(key);
    left.delete(key);
    if (before === undefined) yield { op: "diff", change: "new", after: record };
    else if (changed(before, record).length > 0) yield { op: "diff", change: "changed", before, after: record };
  }
  for (const before of left.values()) yield { op: "diff", change: "gone", before };
}

function identity(record: AnyRecord, about: readonly string[]): string {
  return JSON.stringify(about.map((key) => record[key] ?? null));
}

function changed(before: AnyRecord, after: AnyRecord): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) =>
    !DERIVED.includes(key) && JSON.stringify(before[key]) !== JSON.stringify(after[key])
  );
}

const SIGNS = { new: "+", gone: "-", changed: "~", bound: "~", bits: "~", stays: "=" } as const;

/** A difference as a line for people, as `~ domain 1 device vif/0 key event-channel: verdict ok -> closed`. */
export function differenceLine({ change, before, after }: Difference, about: readonly string[]): string {
  const record = (after ?? before) as AnyRecord;
  const what = about.filter((key) => record[key] !== undefined).map((key) => `${key} ${shown(record[key])}`).join(" ");
  const others = Object.keys(record).filter((key) => !about.includes(key) && key !== "op" && !DERIVED.includes(key));
  const how = change === "changed"
    ? changed(before as AnyRecord, after as AnyRecord).map((key) =>
      `${key} ${shown((before as AnyRecord)[key])} -> ${shown((after as AnyRecord)[key])}`
    )
    : others.map((key) => `${key} ${shown(record[key])}`);
  return `${SIGNS[change]} ${what}${how.length === 0 ? "" : `: ${how.join(", ")}`}`;
}

/** A guest may have written the text. */
function shown(value: unknown): string {
  if (value === undefined) return "-";
  if (typeof value === "string" && /^[\w./:@+-]{1,100}$/.test(value)) return value;
  const json = safeJson(JSON.stringify(value));
  return json.length > 120 ? `${json.slice(0, 117)}...` : json;
}

/**
 * What `deno coverage --lcov` says of each file.
 *
 * @module
 */

/** Things that can be covered, and how many of them are. */
export interface Count {
  readonly found: number;
  readonly hit: number;
}

/** One source file. */
export interface FileCoverage {
  /** As lcov has it. */
  readonly path: string;
  readonly lines: Count;
  readonly branches: Count;
  /** The lines that no test runs, from 1. */
  readonly missedLines: readonly number[];
  /** The lines with a branch that no test takes, from 1, each once. */
  readonly missedBranches: readonly number[];
}

/** Reads a report. */
export function parseLcov(text: string): FileCoverage[] {
  return text.split("end_of_record").filter((record) => record.trim() !== "").map(parseRecord);
}

function parseRecord(record: string): FileCoverage {
  const values = new Map<string, string[]>();
  for (const line of record.split("\n")) {
    const colon = line.indexOf(":");
    const key = line.slice(0, colon);
    if (colon > 0) values.set(key, [...values.get(key) ?? [], line.slice(colon + 1)]);
  }
  const rows = (key: string) => (values.get(key) ?? []).map((row) => row.split(","));
  const number = (key: string) => Number(values.get(key)?.[0] ?? 0);
  const missed = (
    key: string,
    hits: (row: string[]) => string,
  ) => [...new Set(rows(key).filter((row) => ["0", "-"].includes(hits(row))).map(([line]) => Number(line)))];
  return {
    path: values.get("SF")?.[0] ?? "",
    lines: { found: number("LF"), hit: number("LH") },
    branches: { found: number("BRF"), hit: number("BRH") },
    missedLines: missed("DA", ([, hits]) => hits),
    missedBranches: missed("BRDA", ([, , , hits]) => hits),
  };
}

/** The sum of counts. */
export function sum(counts: readonly Count[]): Count {
  return {
    found: counts.reduce((all, { found }) => all + found, 0),
    hit: counts.reduce((all, { hit }) => all + hit, 0),
  };
}

/** How many of a hundred are covered; all of them where there is nothing to cover. */
export function percent({ found, hit }: Count): number {
  return found === 0 ? 100 : 100 * hit / found;
}

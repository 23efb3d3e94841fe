/** Parses the output of `deno coverage --lcov`. @module */

export interface Count {
  readonly found: number;
  readonly hit: number;
}

export interface FileCoverage {
  readonly path: string;
  readonly lines: Count;
  readonly branches: Count;
  /** The numbers of lines that do not run, or have a branch that is not taken. */
  readonly missed: readonly number[];
}

export function parseLcov(text: string): FileCoverage[] {
  return text.split("end_of_record").filter((record) => record.trim() !== "").map((record) => {
    const values = (key: string) => Array.from(record.matchAll(RegExp(`^${key}:(.*)$`, "gm")), ([, value]) => value);
    const number = (key: string) => Number(values(key)[0] ?? 0);
    const missed = [...values("DA"), ...values("BRDA")].map((row) => row.split(","))
      .filter((row) => ["0", "-"].includes(row.at(-1)!)).map(([line]) => Number(line));
    return {
      path: values("SF")[0] ?? "",
      lines: { found: number("LF"), hit: number("LH") },
      branches: { found: number("BRF"), hit: number("BRH") },
      missed: [...new Set(missed)].sort((a, b) => a - b),
    };
  });
}

export function sum(counts: readonly Count[]): Count {
  return {
    found: counts.reduce((all, { found }) => all + found, 0),
    hit: counts.reduce((all, { hit }) => all + hit, 0),
  };
}

/** 100 if there is nothing to cover. */
export function percent({ found, hit }: Count): number {
  return found === 0 ? 100 : 100 * hit / found;
}

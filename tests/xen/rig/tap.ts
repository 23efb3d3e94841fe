/** The end of one test. */
export interface TestResult {
  name: string;
  outcome: "ok" | "FAILED" | "ignored";
  /** The time between the result before this one and this one. */
  milliseconds: number;
  /** What went wrong, for a failed test. */
  failure?: string;
}

/** Reads the TAP stream of `deno test`: results, and every other line as it is. */
export class TapReader {
  #clock: () => number;
  #since: number;
  #failed?: { name: string; milliseconds: number };

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#since = clock();
  }

  /** Takes one line; a result or some other text comes back, or nothing yet. */
  read(line: string): TestResult | string | undefined {
    if (this.#failed) return this.#readFailure(this.#failed, line);
    const match = /^(not ok|ok) \d+ - (.*?)( # (?:SKIP|TODO).*)?$/.exec(line);
    if (match === null) return this.#readOther(line);
    const [, verdict, name, skipped] = match;
    const milliseconds = Math.round(this.#clock() - this.#since);
    this.#since = this.#clock();
    if (skipped) return { name, outcome: "ignored", milliseconds };
    if (verdict === "ok") return { name, outcome: "ok", milliseconds };
    this.#failed = { name, milliseconds };
  }

  #readOther(line: string): string | undefined {
    // "# file" comes when a file has been loaded and its first test begins.
    if (line.startsWith("# ./")) this.#since = this.#clock();
    const isTap = /^(TAP version \d+|# |1\.\.\d+$| {4,}(not )?ok | {4,}1\.\.\d+$)/.test(line);
    const isEndOfFailure = line === "  ..." || line === "error: Test failed";
    return isTap || isEndOfFailure || line === "" ? undefined : line;
  }

  #readFailure(
    failed: { name: string; milliseconds: number },
    line: string,
  ): TestResult | undefined {
    if (!line.startsWith("  {")) return undefined;
    this.#failed = undefined;
    return { ...failed, outcome: "FAILED", failure: JSON.parse(line).message };
  }
}

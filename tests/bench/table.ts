/**
 * Figures side by side, with how they compare and how they should.
 *
 * @module
 */

/** One contender. */
export interface Row {
  readonly name: string;
  readonly samples: readonly number[];
  /** What it is compared with, by name, and the most that its median may be of that one's. */
  readonly against?: readonly (readonly [name: string, most: number])[];
}

/** The sample that a fraction of them all is below. */
function quantile(samples: readonly number[], fraction: number): number {
  return [...samples].sort((a, b) => a - b)[Math.floor(samples.length * fraction)];
}

const median = (samples: readonly number[]) => quantile(samples, 1 / 2);

/** What the undisturbed quarter took. Minima are no measure where a clock may stand still for a part of a sample. */
const quartile = (samples: readonly number[]) => quantile(samples, 1 / 4);

/** Prints a table: medians, lower quartiles and minima, and below it the comparisons. */
export function table(title: string, unit: string, rows: readonly Row[]): void {
  print(`${title} (${unit}, ${rows[0].samples.length} samples, taken in turn)`);
  for (const { name, samples } of rows) {
    const figures = [["median", median(samples)], ["quartile", quartile(samples)], [
      "min",
      Math.min(...samples),
    ]] as const;
    print(
      `  ${name.padEnd(24)}${figures.map(([what, value]) => `${what} ${value.toFixed(2).padStart(8)}`).join("  ")}`,
    );
  }
  for (const row of rows) {
    for (const [name, most] of row.against ?? []) {
      const other = rows.find((each) => each.name === name)!;
      const ratio = median(row.samples) / median(other.samples);
      const best = quartile(row.samples) / quartile(other.samples);
      const verdict = ratio <= most ? "met" : "MISSED";
      const figures = `${ratio.toFixed(3)}x by medians, ${best.toFixed(3)}x by lower quartiles`;
      print(`  ${row.name}: ${figures} of ${name}; aim: at most ${Number(most.toFixed(3))}x: ${verdict}`);
    }
  }
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

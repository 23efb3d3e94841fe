/** The results of ping as text and as records. @module */

import type { PingResult } from "../ping/ping.ts";
import type { PingRecord } from "../records.ts";
import type { Palette } from "./human.ts";

/** The widest bar of the histogram. */
const WIDEST_BAR = 50;

/** The width of the summary if stdout is no terminal. */
const USUAL_WIDTH = 80;

/** Microseconds with one decimal, for records. */
export function timeOf(micros: number): number {
  return Math.round(micros * 10) / 10;
}

/** Milliseconds with three decimals; times below 100 us have four. */
const millis = (micros: number) => (micros / 1000).toFixed(micros < 100 ? 4 : 3);

export function answerText(peer: string, seq: number, micros: number, late: boolean, palette: Palette): string {
  const text = `answer from ${palette.strong(peer)}: seq=${seq} time=${millis(micros)} ms`;
  return late ? `${text} ${palette.warn("(late)")}` : text;
}

/** A request that was not answered in time. */
export function overdueText(seq: number, palette: Palette): string {
  return palette.warn(`seq=${seq} timed out`);
}

/** The summary as a record. Without answers it has no times. */
export function pingRecord({ sent, answered, late, lost, unasked, times }: PingResult): PingRecord {
  const counts = { op: "ping", sent, answered, late, lost, unasked } as const;
  if (times.count === 0) return { ...counts, histogram: [] };
  const [median, p99] = times.quantiles(0.5, 0.99);
  return {
    ...counts,
    min_us: timeOf(times.min),
    median_us: timeOf(median),
    p99_us: timeOf(p99),
    max_us: timeOf(times.max),
    mean_us: timeOf(times.mean),
    stddev_us: timeOf(times.deviation),
    histogram: times.histogram(),
  };
}

/**
 * The summary as lines: counts, times and a histogram.
 *
 * @param columns The width of the terminal; undefined: stdout is no terminal.
 */
export function summaryLines(
  peer: string,
  result: PingResult,
  columns: number | undefined,
  palette: Palette,
): string[] {
  const { sent, answered, late, lost, unasked, times } = result;
  const counts = [`${sent} sent`, `${answered} answered`];
  if (late > 0) counts.push(palette.warn(`${late} late`));
  const missing = `${lost} lost${lost > 0 ? ` (${(100 * lost / sent).toFixed(1)} %)` : ""}`;
  counts.push(lost > 0 ? palette.warn(missing) : missing);
  if (unasked > 0) counts.push(palette.warn(`${unasked} not asked for`));
  const lines = [palette.dim(`--- ping ${peer} ---`), counts.join(", ")];
  if (times.count === 0) return lines;
  const [median, p99] = times.quantiles(0.5, 0.99);
  const figure = (name: string, micros: number) => `${name} ${millis(micros)}`;
  lines.push(
    `${
      [figure("min", times.min), figure("median", median), figure("p99", p99), figure("max", times.max)].join(", ")
    } ms`,
    `${[figure("mean", times.mean), figure("stddev", times.deviation)].join(", ")} ms`,
  );
  return [...lines, ...histogramLines(result, columns ?? USUAL_WIDTH, palette)];
}

function histogramLines({ times }: PingResult, columns: number, palette: Palette): string[] {
  const buckets = times.histogram();
  const most = Math.max(...buckets.map(({ count }) => count));
  const rows = buckets.map(({ from_us, to_us, count }) => ({ range: `${from_us}-${to_us} us`, count }));
  const rangeWidth = Math.max(...rows.map(({ range }) => range.length));
  const countWidth = String(most).length;
  const room = Math.max(1, Math.min(WIDEST_BAR, columns - rangeWidth - countWidth - 4));
  return rows.map(({ range, count }) => {
    const bar = "#".repeat(Math.ceil(room * count / most));
    return `${range.padStart(rangeWidth)}  ${String(count).padStart(countWidth)}  ${palette.strong(bar)}`.trimEnd();
  });
}

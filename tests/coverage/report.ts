/**
 * The report on coverage: totals a folder, the files below the bars, what is not covered and why.
 *
 * @module
 */

import { type Count, type FileCoverage, percent, sum } from "./lcov.ts";
import type { Reason } from "./reasons.ts";

/** The least that has to be covered, of a hundred. */
export const BARS = { lines: 95, branches: 90 } as const;

/** A line that is not covered. */
export interface Gap {
  /** The file, from the root of the project. */
  readonly file: string;
  readonly line: number;
  readonly text: string;
  /** Whether the line runs and one of its branches is not taken. */
  readonly branch: boolean;
  /** Why; undefined: nobody says. */
  readonly why: string | undefined;
}

/** A report. */
export interface Report {
  readonly text: string;
  /** Whether the bars hold. */
  readonly holds: boolean;
}

/** A line with nothing in it but the end of what stands above. */
const CLOSING = /^[)\]},;]+$/;

/**
 * Lists what is not covered. A line of closing brackets alone is there for the reason of the one before it.
 *
 * @param files Their paths from the root of the project.
 * @param source The text of a file.
 */
export function gapsOf(
  files: readonly FileCoverage[],
  source: (path: string) => string,
  reasons: readonly Reason[],
): Gap[] {
  return files.flatMap(({ path: file, missedLines, missedBranches }) => {
    const lines = source(file).split("\n");
    let why: string | undefined;
    return [...new Set([...missedLines, ...missedBranches])].sort((a, b) => a - b).map((line): Gap => {
      const text = lines[line - 1].trim();
      if (!CLOSING.test(text)) why = reasons.find((reason) => fits(reason, { file, text }))?.why;
      return { file, line, text, branch: !missedLines.includes(line), why };
    });
  });
}

/** The reasons, a text at a time, that fit nothing: what they excuse is covered, or is not there. */
export function staleReasons(reasons: readonly Reason[], gaps: readonly Gap[]): string[] {
  return reasons.flatMap(({ file, lines }) =>
    (lines ?? [undefined]).filter((line) =>
      !gaps.some((gap) => fits({ file, lines: line === undefined ? undefined : [line] }, gap))
    ).map((line) => line === undefined ? file : `${file}: ${line}`)
  );
}

function fits({ file, lines }: Pick<Reason, "file" | "lines">, gap: Pick<Gap, "file" | "text">): boolean {
  return file === gap.file && (lines === undefined || lines.some((each) => gap.text.includes(each)));
}

/** Makes the report. */
export function reportOf(files: readonly FileCoverage[], gaps: readonly Gap[], stale: readonly string[]): Report {
  const all = totals("lib/ and ffi/", files);
  const folders = [...new Set(files.map(({ path }) => folderOf(path)))].sort();
  const holds = percent(all.lines) >= BARS.lines && percent(all.branches) >= BARS.branches;
  const below = files.filter(({ lines, branches }) => percent(lines) < BARS.lines || percent(branches) < BARS.branches);
  const unexplained = gaps.filter(({ why }) => why === undefined);
  return {
    holds,
    text: [
      row("", "lines", "branches"),
      ...folders.map((folder) => rowOf(totals(folder, files.filter(({ path }) => folderOf(path) === folder)))),
      rowOf(all),
      ...section(`files below ${BARS.lines} % of lines or ${BARS.branches} % of branches`, below.map(fileRow)),
      ...section("not covered, and why", explained(gaps)),
      ...section("not covered, and nobody says why", unexplained.map(gapText)),
      ...section("reasons that are out of date: what they excuse is covered or gone", stale.map((each) => `  ${each}`)),
      "",
      `coverage: ${holds ? "holds" : "FAILS"}: wanted ${BARS.lines} % of lines and ${BARS.branches} % of branches`,
    ].join("\n"),
  };
}

interface Totals {
  readonly name: string;
  readonly lines: Count;
  readonly branches: Count;
}

function totals(name: string, files: readonly FileCoverage[]): Totals {
  return { name, lines: sum(files.map(({ lines }) => lines)), branches: sum(files.map(({ branches }) => branches)) };
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

function rowOf({ name, lines, branches }: Totals): string {
  const text = (count: Count) => `${percent(count).toFixed(1)} % (${count.hit}/${count.found})`;
  return row(name, text(lines), text(branches));
}

function fileRow({ path: name, lines, branches }: FileCoverage): string {
  return rowOf({ name, lines, branches });
}

function row(name: string, lines: string, branches: string): string {
  return `${name.padEnd(36)}${lines.padStart(22)}${branches.padStart(22)}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines];
}

/** Gaps with a reason, each reason once above what it is for. */
function explained(gaps: readonly Gap[]): string[] {
  const groups = Map.groupBy(gaps.filter(({ why }) => why !== undefined), ({ file, why }) => `  ${file}: ${why}`);
  return [...groups].flatMap(([why, each]) => [why, ...each.map((gap) => `  ${gapText(gap)}`)]);
}

function gapText({ file, line, text, branch }: Gap): string {
  return `  ${file}:${line}${branch ? " (a branch)" : ""}: ${text.length > 90 ? `${text.slice(0, 90)}...` : text}`;
}

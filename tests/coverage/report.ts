/** The coverage report: totals per folder, files below their bar, and what is not covered. @module */

import { BAR, type Bar, LOWER } from "./bars.ts";
import { type Count, type FileCoverage, percent, sum } from "./lcov.ts";

/** `holds` is false if a file is below its bar. The paths of `files` are relative to the root of the project. */
export function reportOf(files: readonly FileCoverage[], lower = LOWER): { text: string; holds: boolean } {
  const folders = [...Map.groupBy(files, ({ path }) => path.slice(0, path.lastIndexOf("/") + 1))].sort();
  const below = files.filter((file) => !meets(file, { ...BAR, ...lower[file.path] }));
  const needless = Object.keys(lower).filter((path) => files.every((file) => file.path !== path || meets(file, BAR)));
  const gaps = files.filter(({ missed }) => missed.length > 0);
  return {
    holds: below.length === 0,
    text: [
      columns("", "lines", "branches"),
      ...folders.map(([folder, each]) => row(folder, each)),
      row("all", files),
      ...section("lines that are not covered, or have a branch that is not", gaps.map(gapText)),
      ...section("lower bars that are not needed", needless),
      ...section("files below their bar", below.map((file) => row(file.path, [file]))),
      "",
      `coverage: ${below.length === 0 ? "holds" : "FAILS"}`,
    ].join("\n"),
  };
}

function meets({ lines, branches }: FileCoverage, bar: Bar): boolean {
  return percent(lines) >= bar.lines && percent(branches) >= bar.branches;
}

function row(name: string, files: readonly FileCoverage[]): string {
  const text = (counts: Count[]) => `${percent(sum(counts)).toFixed(1)} % (${sum(counts).hit}/${sum(counts).found})`;
  return columns(name, text(files.map(({ lines }) => lines)), text(files.map(({ branches }) => branches)));
}

function columns(name: string, lines: string, branches: string): string {
  return `${name.padEnd(36)}${lines.padStart(22)}${branches.padStart(22)}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => `  ${line}`)];
}

function gapText({ path, missed }: FileCoverage): string {
  return `${path}: ${missed.join(" ")}`;
}

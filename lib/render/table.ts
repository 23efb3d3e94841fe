/** Tables as text. @module */

import { asciiText } from "./ascii.ts";
import type { Palette } from "./human.ts";
import { SHORT_TEXT } from "./line.ts";
import { columnsOf, cutTo, padTo } from "./width.ts";

export interface Column {
  readonly title: string;
  /** Whether its cells are aligned right. */
  readonly number?: boolean;
}

type Rows = readonly (readonly string[])[];

const GAP = "  ";

/**
 * A table as lines, the titles first.
 *
 * @param width Lines that are longer are cut; undefined: none is.
 */
export function tableLines(columns: readonly Column[], rows: Rows, palette: Palette, width = Infinity): string[] {
  const written = palette.ascii ? rows.map((row) => row.map(asciiText)) : rows;
  const widths = widthsOf(columns, written);
  const last = columns.length - 1;
  const line = (cells: readonly string[]) => {
    let text = "";
    for (const [i, cell] of cells.entries()) {
      text += columns[i].number ? cell.padStart(widths[i]) : i === last ? cell : padTo(cell, widths[i]);
      if (i < last) text += GAP;
    }
    return width === Infinity ? text.trimEnd() : cutTo(text.trimEnd(), width);
  };
  return [palette.dim(line(columns.map(({ title }) => title))), ...written.map(line)];
}

/**
 * A table with names as long as they can be for it to fit `width`. On a terminal that is too narrow for that, the last
 * columns stand in a line of their own below the others.
 *
 * @param rowsWith Makes the rows with names of at most so many columns.
 * @param width Undefined: names are cut only where they are much too long.
 */
export function fittedTable(
  columns: readonly Column[],
  rowsWith: (longest: number) => Rows,
  palette: Palette,
  width = Infinity,
): string[] {
  const rows = longestRows(rowsWith, (rows) => widthOf(columns, rows) <= width);
  if (rows !== undefined) return tableLines(columns, rows, palette, width);
  for (let beside = columns.length - 1; beside > 0; beside--) {
    const parts = [[0, beside], [beside, columns.length]] as const;
    const room = ([start]: readonly [number, number]) => start === 0 ? width : width - BELOW.length;
    const fit = (rows: Rows) => parts.every((part) => widthOf(columns.slice(...part), cells(rows, part)) <= room(part));
    const folded = longestRows(rowsWith, fit);
    if (folded === undefined) continue;
    const [above, below] = parts.map((part) => tableLines(columns.slice(...part), cells(folded, part), palette));
    return above.flatMap((line, i) => below[i] === "" ? [line] : [line, BELOW + below[i]]);
  }
  return tableLines(columns, rowsWith(SHORTEST), palette, width);
}

/** Stands before columns that are below the others. */
const BELOW = "      ";

function cells(rows: Rows, part: readonly [start: number, end: number]): Rows {
  return rows.map((row) => row.slice(...part));
}

/** The rows with the longest names with which they fit; undefined: they fit with none. */
function longestRows(rowsWith: (longest: number) => Rows, fit: (rows: Rows) => boolean): Rows | undefined {
  const whole = rowsWith(SHORT_TEXT);
  if (fit(whole)) return whole;
  let fitting: Rows | undefined = undefined;
  let [low, high] = [SHORTEST, SHORT_TEXT - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const rows = rowsWith(middle);
    if (fit(rows)) [fitting, low] = [rows, middle + 1];
    else high = middle - 1;
  }
  return fitting;
}

/** Names are cut to no less than this. */
const SHORTEST = 4;

function widthsOf(columns: readonly Column[], rows: Rows): number[] {
  const widths = columns.map(({ title }) => title.length);
  for (const row of rows) row.forEach((cell, i) => widths[i] = Math.max(widths[i], columnsOf(cell)));
  return widths;
}

function widthOf(columns: readonly Column[], rows: Rows): number {
  return widthsOf(columns, rows).reduce((sum, width) => sum + width + GAP.length, -GAP.length);
}

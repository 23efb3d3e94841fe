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
 * A table with names as long as they can be for it to fit `width`.
 *
 * @param rowsWith Makes the rows with names of at most so many columns.
 * @param width Undefined: names are cut only where they are much too long.
 */
export function fittedTable(
  columns: readonly Column[],
  rowsWith: (longest: number) => Rows,
  palette: Palette,
  width: number | undefined,
): string[] {
  const rows = rowsWith(SHORT_TEXT);
  if (width === undefined || widthOf(columns, rows) <= width) return tableLines(columns, rows, palette, width);
  let [fits, tooLong] = [SHORTEST, SHORT_TEXT];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (widthOf(columns, rowsWith(middle)) <= width) fits = middle;
    else tooLong = middle;
  }
  return tableLines(columns, rowsWith(fits), palette, width);
}

/** Names are cut to no less than this; then the lines are cut. */
const SHORTEST = 4;

function widthsOf(columns: readonly Column[], rows: Rows): number[] {
  const widths = columns.map(({ title }) => title.length);
  for (const row of rows) row.forEach((cell, i) => widths[i] = Math.max(widths[i], columnsOf(cell)));
  return widths;
}

function widthOf(columns: readonly Column[], rows: Rows): number {
  return widthsOf(columns, rows).reduce((sum, width) => sum + width + GAP.length, -GAP.length);
}

/** Tables as text. @module */

import type { Palette } from "./human.ts";

export interface Column {
  readonly title: string;
  /** Whether its cells are aligned right. */
  readonly number?: boolean;
}

/** A table as lines, the titles first. `head` colours the titles. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  head: Palette["dim"],
): string[] {
  const widths = columns.map(({ title }) => title.length);
  for (const row of rows) row.forEach((cell, i) => widths[i] = Math.max(widths[i], cell.length));
  const last = columns.length - 1;
  const line = (cells: readonly string[]) => {
    let text = "";
    for (const [i, cell] of cells.entries()) {
      text += columns[i].number ? cell.padStart(widths[i]) : i === last ? cell : cell.padEnd(widths[i]);
      if (i < last) text += "  ";
    }
    return text.trimEnd();
  };
  return [head(line(columns.map(({ title }) => title))), ...rows.map(line)];
}

/** The table of VIRQs as text. @module */

import { VIRQS } from "../virq.ts";
import type { Palette } from "./human.ts";
import { type Column, tableLines } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { title: "VIRQ", number: true },
  { title: "NAME" },
  { title: "SCOPE" },
  { title: "OWNER" },
  { title: "FIRES WHEN" },
];

/** The table of VIRQs, as lines. */
export function virqTable(palette: Palette): string[] {
  const rows = VIRQS.map(({ number, name, scope, owner, meaning }) => [String(number), name, scope, owner, meaning]);
  return tableLines(COLUMNS, rows, palette.dim);
}

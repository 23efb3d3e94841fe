/**
 * A difference, told: the script that shows it, and what either host made of it.
 *
 * @module
 */

import { type Line, lineText, scriptText } from "./line.ts";
import { type Outcome, outcomeText } from "./outcome.ts";

/** What one host made of a script. */
export interface Side {
  readonly name: string;
  readonly outcomes: readonly Outcome[];
}

/** The most of a statement or an outcome that stands in a column, characters. */
const COLUMN = 44;

/** The script as `evtchn run` takes it, then both hosts side by side; `>` marks where they differ. */
export function differenceText(lines: readonly Line[], one: Side, other: Side): string {
  const statements = [...lines.map(lineText), "(all ports)"];
  const rows = statements.map((text, i) => {
    const [left, right] = [one.outcomes[i], other.outcomes[i]];
    return [JSON.stringify(left) === JSON.stringify(right) ? " " : ">", text, outcomeText(left), outcomeText(right)];
  });
  const table = [[" ", "statement", one.name, other.name], ...rows].map(([mark, ...cells]) =>
    `${mark} ${cells.map(fit).join("  ")}`.trimEnd()
  );
  return `${scriptText(lines)}\n${table.join("\n")}\n`;
}

function fit(text: string): string {
  return text.length > COLUMN ? `${text.slice(0, COLUMN - 3)}...` : text.padEnd(COLUMN);
}

/** How many columns of a terminal a text fills. @module */

import fastStringWidth from "fast-string-width";

/** ASCII and box drawings, which fill one column each: most texts. */
const PLAIN = /^[ -~\u2500-\u257F]*$/;

/** The columns of a text: wide characters fill two, combining ones none. */
export function columnsOf(text: string): number {
  return PLAIN.test(text) ? text.length : fastStringWidth(text);
}

/** A text with blanks behind it, so that it fills `columns`. */
export function padTo(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}

/** As much of a text, which fills more than `columns`, as fills no more. */
export function startOf(text: string, columns: number): string {
  let [start, used] = ["", 0];
  for (const character of text) {
    used += columnsOf(character);
    if (used > columns) break;
    start += character;
  }
  return start;
}

const ELLIPSIS = "...";

/** A text that fills no more than `columns`: a longer one is cut, and ends in `...`. */
export function cutTo(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  return (startOf(text, columns - ELLIPSIS.length) + ELLIPSIS).slice(0, Math.max(0, columns));
}

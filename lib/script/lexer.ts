/** Splits a script into statements and words. @module */

export interface Word {
  readonly text: string;
  /** The quotes. In single quotes `$` has no meaning; a word in quotes always stays one word. */
  readonly quote: "" | "'" | '"';
}

export interface RawStatement {
  readonly words: readonly Word[];
  /** Counts from 1. */
  readonly line: number;
  /** The source text. */
  readonly text: string;
  /** The error in its quotes, if any. */
  readonly fault: string | undefined;
}

/** Blanks, then a separator, a comment, a word, an unclosed quote, or the end. */
const TOKEN = /([^\S\n]*)(?:(\n|;)|#[^\n]*|'([^'\n]*)'|"([^"\n]*)"|([^\s;'"]+)|(['"])|$)/gy;

/** All statements of a short script: see {@linkcode statementsOf}. */
export function splitStatements(source: string): RawStatement[] {
  return [...statementsOf(source)];
}

/**
 * Splits a script, one statement after the other: a script may have a million. A statement ends at a line end or `;`.
 * `#` at the start of a word starts a comment. A quoted word may contain blanks, `;` and `#`. A quote cannot be escaped
 * and must end on its line.
 */
export function* statementsOf(source: string): Generator<RawStatement, void> {
  let words: Word[] = [];
  let [line, start, end] = [1, 0, 0];
  let fault: string | undefined;
  for (const match of source.matchAll(TOKEN)) {
    const [token, blanks, separator, single, double, bare, open] = match;
    if (separator !== undefined) {
      if (separator === ";" && fault !== undefined) continue; // it may be inside the unclosed quote
      if (words.length > 0) yield { words, line, text: source.slice(start, end), fault };
      words = [];
      fault = undefined;
      if (separator === "\n") line++;
      continue;
    }
    const text = single ?? double ?? bare ?? open;
    if (text === undefined) continue;
    if (words.length === 0) start = match.index + blanks.length;
    else if (blanks === "" && end === match.index) fault ??= "a quote stands in the middle of a word";
    if (open !== undefined) fault ??= `a ${open} is not closed`;
    end = match.index + token.length;
    words.push({ text, quote: single !== undefined ? "'" : double !== undefined ? '"' : "" });
  }
  if (words.length > 0) yield { words, line, text: source.slice(start, end), fault };
}

/** A script's text as statements of words. @module */

/** One word. */
export interface Word {
  readonly text: string;
  /** How it was quoted. In single quotes `$` is a plain character; in either a word stays one word. */
  readonly quote: "" | "'" | '"';
}

/** The words of one statement, and where it stands. */
export interface RawStatement {
  readonly words: readonly Word[];
  /** Its line in the script, from 1. */
  readonly line: number;
  /** Its text, as it was written. */
  readonly text: string;
  /** What is wrong with its quotes; undefined: nothing. */
  readonly fault: string | undefined;
}

/** Blanks, then a separator, a comment, a word, a quote without its pair, or the end. */
const TOKEN = /([^\S\n]*)(?:(\n|;)|#[^\n]*|'([^'\n]*)'|"([^"\n]*)"|([^\s;'"]+)|(['"])|$)/gy;

/**
 * Splits a script.
 *
 * Statements end at a line's end or at `;`. `#` at the beginning of a word begins a comment. A word in quotes may
 * have blanks, `;` and `#`. Nothing escapes a quote, and no quote goes on in the next line.
 *
 * @param source The script.
 */
export function splitStatements(source: string): RawStatement[] {
  const statements: RawStatement[] = [];
  let words: Word[] = [];
  let [line, start, end] = [1, 0, 0];
  let fault: string | undefined;
  for (const match of source.matchAll(TOKEN)) {
    const [token, blanks, separator, single, double, bare, open] = match;
    if (separator !== undefined) {
      if (separator === ";" && fault !== undefined) continue; // whether it is one is not to be told any more
      if (words.length > 0) statements.push({ words, line, text: source.slice(start, end), fault });
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
  if (words.length > 0) statements.push({ words, line, text: source.slice(start, end), fault });
  return statements;
}

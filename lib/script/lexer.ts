/**
 * A script's text as statements of words.
 *
 * @module
 */

import { UsageError } from "../errors.ts";

/** One word. A `$NAME` in it that was not quoted away is filled in when the statement runs. */
export interface Word {
  readonly text: string;
  /** Whether `$` in it is a plain character: it stood in single quotes. */
  readonly literal: boolean;
}

/** The words of one statement, and where it stands. */
export interface RawStatement {
  readonly words: readonly Word[];
  /** Its line in the script, from 1. */
  readonly line: number;
  /** Its text, as it was written. */
  readonly text: string;
}

/** A word, a separator, or a comment. Anything else, such as a quote without its pair, matches the last branch. */
const TOKEN = /[ \t\r]+|(\n|;)|#[^\n]*|(=(?=[ \t]))|'([^'\n]*)'|"([^"\n]*)"|([^\s;#'"]+)|(.)/gy;

/**
 * Splits a script.
 *
 * Statements end at a line's end or at `;`. `#` begins a comment. A word in quotes may have spaces, `;` and `#`; in
 * single quotes `$` is a plain character.
 *
 * @param source The script.
 * @param name What it is called in messages: its file, or `-`.
 * @throws {UsageError} On a quote that is not closed.
 */
export function splitStatements(source: string, name: string): RawStatement[] {
  const statements: RawStatement[] = [];
  let words: Word[] = [];
  let line = 1;
  let start = 0;
  let end = 0;
  const finish = () => {
    if (words.length > 0) statements.push({ words, line, text: source.slice(start, end) });
    words = [];
  };
  for (const match of source.matchAll(TOKEN)) {
    const [token, separator, equals, single, double, bare, broken] = match;
    if (broken !== undefined) throw new UsageError(`${name}:${line}: Cannot read the line: a ${broken} is not closed`);
    if (separator !== undefined) {
      finish();
      if (separator === "\n") line++;
      continue;
    }
    const text = equals ?? single ?? double ?? bare;
    if (text === undefined) continue;
    if (words.length === 0) start = match.index;
    end = match.index + token.length;
    words.push({ text, literal: single !== undefined });
  }
  finish();
  return statements;
}

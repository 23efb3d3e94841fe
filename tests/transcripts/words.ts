/** The shell syntax of words that transcripts use: quotes, variables, word splitting. @module */

/** A piece of a word: a quoted string, a variable, or plain text. */
const PIECE = /'([^']*)'|"([^"]*)"|\$(\w+)|([^\s'"$|;&<>()]+)/y;

/**
 * Expands a command into its words.
 *
 * @param text The command, without pipes and redirections.
 * @throws {SyntaxError} On other shell syntax.
 */
export function expandWords(text: string, variable: (name: string) => string): string[] {
  const words: string[] = [];
  for (let at = 0; at < text.length;) {
    const space = /\s*/y;
    space.lastIndex = at;
    at = space.exec(text)![0].length + at;
    if (at < text.length) at = expandWord(text, at, variable, words);
  }
  return words;
}

/** Expands the word at `at`, which may become several or none. Returns where it ends. */
function expandWord(text: string, at: number, variable: (name: string) => string, words: string[]): number {
  let word: string | undefined;
  while (at < text.length && !/\s/.test(text[at])) {
    PIECE.lastIndex = at;
    const piece = PIECE.exec(text);
    if (!piece) throw new SyntaxError(`Transcripts have no such shell syntax: ${text.slice(at)}`);
    at = PIECE.lastIndex;
    const [, single, double, name, plain] = piece;
    if (name === undefined) {
      word = (word ?? "") + (single ?? double?.replace(/\$(\w+)/g, (_, name) => variable(name)) ?? plain);
      continue;
    }
    // An unquoted variable is split: its first part joins this word, its last part joins the next piece.
    const parts = variable(name).split(/\s+/);
    for (const [i, part] of parts.entries()) {
      if (i > 0) {
        if (word !== undefined) words.push(word);
        word = undefined;
      }
      if (part !== "") word = (word ?? "") + part;
    }
  }
  if (word !== undefined) words.push(word);
  return at;
}

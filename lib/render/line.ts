/**
 * Texts that came from outside, as part of a message.
 *
 * @module
 */

/** What would end the line, or command the terminal: controls, separators, and marks that turn the direction. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069]/g;

/** The most characters of one line of a message. */
const LONGEST = 2000;

/** How many of them are the end's: what a message says of its cause stands there. */
const END = 500;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A message as one line of plain characters: others are written out as `\x1b`, and one without end is cut in the middle. */
export function oneLine(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST - END)}...${text.slice(-END)}` : text;
  return cut.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    return SHORT[character] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
  });
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

/** The most characters that are kept before they are written. */
const PIECE = 1 << 16;

/** Lines, each with its newline, joined into pieces that are worth a write each. */
export function* pieces(lines: Iterable<string>, newline = "\n"): Generator<string, void> {
  let piece = "";
  for (const line of lines) {
    piece += line + newline;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

/**
 * Characters that act on a terminal, end a line or cannot be seen: controls, separators, format
 * characters, what a font may leave out, lone surrogates, and U+FFFE and U+FFFF, which XML does not allow.
 */
const UNSEEN = String.raw`\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\uFFFE\uFFFF`;

/** Also blanks other than U+0020, and the box drawings of which the tree of `wiring` is made. */
const UNSAFE = new RegExp(`[${UNSEEN}]|(?! )\\p{Zs}|[\u2500-\u257F]`, "gu");

const UNSEEN_IN_JSON = new RegExp(`[${UNSEEN}]`, "gu");

/** Most texts: nothing in them needs a closer look. */
const PLAIN = /^[ -~]*$/;

/** The most characters of a message. */
const LONGEST = 2000;

/** A longer message keeps this many characters of its end, where the cause is. */
const END = 500;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A message as one line: unsafe characters are escaped, as in `\x1b`, and a very long message is cut in the middle. */
export function oneLine(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST - END)}...${text.slice(-END)}` : text;
  return PLAIN.test(cut) ? cut : cut.replace(UNSAFE, escaped);
}

/** An error as lines, each with its newline: its message, and its hint if it has one. */
export function errorLines(message: string, hint: string | undefined): string {
  return `${oneLine(message)}\n${hint === undefined ? "" : `hint: ${oneLine(hint)}\n`}`;
}

/** JSON in which such characters are written out as `\u200b`, which JSON reads as the same text. */
export function safeJson(json: string): string {
  if (PLAIN.test(json)) return json;
  return json.replace(UNSEEN_IN_JSON, (character) => {
    let text = "";
    for (let i = 0; i < character.length; i++) text += `\\u${hex(character.charCodeAt(i), 4)}`;
    return text;
  });
}

/** The most columns of a text that a guest chose: with more it could wrap into a row of its own. */
export const SHORT_TEXT = 40;

/**
 * The start of a text as part of a row, as {@linkcode oneLine} writes it, and `...` where it goes on. What is no longer
 * than that is not cut.
 *
 * @param longest The most columns, without the `...`.
 */
export function shortLine(text: string, longest = SHORT_TEXT): string {
  const most = longest + ELLIPSIS.length;
  if (text.length <= most && PLAIN.test(text)) return text;
  let [whole, start] = ["", ""];
  let columns = 0;
  for (const character of text) {
    const piece = oneLine(character);
    columns += piece.length === character.length && character >= WIDE ? 2 : piece.length;
    if (columns > most) return start + ELLIPSIS;
    whole += piece;
    if (columns <= longest) start = whole;
  }
  return whole;
}

const ELLIPSIS = "...";

/** From here on most characters fill two columns. */
const WIDE = "\u1100";

/** A character as an escape, as in `\\x1b`. */
export function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  if (code > 0xFFFF) return `\\u{${code.toString(16)}}`;
  return SHORT[character] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
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

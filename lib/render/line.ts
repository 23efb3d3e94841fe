/** Characters that would end the line or act on the terminal: controls, separators, direction marks. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069]/g;

/** The most characters of a message. */
const LONGEST = 2000;

/** A longer message keeps this many characters of its end, where the cause is. */
const END = 500;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A message as one line: unsafe characters are escaped, as in `\x1b`, and a very long message is cut in the middle. */
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

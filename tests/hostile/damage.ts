/**
 * Damage to texts that are sound: what is damaged a little gets deeper into a program than noise.
 *
 * Texts are rows of bytes here, written as strings of the characters U+0000 to U+00FF, so that damage may leave what is
 * no UTF-8.
 *
 * @module
 */

import fc from "fast-check";
import { NUMBERS, ODD } from "./words.ts";

/** The bytes of a text in UTF-8, one character each. */
export function byteText(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

/** The bytes that such characters stand for. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** What a program may fail at: controls, what is no UTF-8 or no scalar, numbers at every edge, JSON that is odd. */
const PIECES = [
  ..."\0 \x01 \x07 \x1b[31m \x1b]0;x\x07 \x1b[2J \x7f \x85 \x9b \r \n \r\n \t \v \\ \" ' ; # $ @ = , : { } [ ]".split(
    " ",
  ),
  ..."\xff \xc3 \xc0\x80 \xed\xa0\x80 \xf5\x80\x80\x80 \xef\xbb\xbf \xe2\x80\xae \xe2\x80\x8b \xe2\x80\xa8".split(" "),
  ..."\xef\xbf\xbe \xf0\x9f\x98\x80 \xf3\xa0\x81\x81 \xcc\x81".split(" "),
  ...'\\u0000 \\ud800 \\u202e \\x1b "__proto__":{"x":1}, "constructor":1, "id":1, "port":7, "time":1, null true'.split(
    " ",
  ),
  ..."1e308 1e309 -1e999 9007199254740993 -9223372036854775809 4294967295 4294967296 0.1 -0 NaN 0x".split(" "),
  " ",
  "",
  "[".repeat(2000),
  '{"a":'.repeat(2000),
  "9".repeat(400),
  "A".repeat(3000),
  "[0" + ",0".repeat(5000) + "]",
];

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...PIECES) },
  { weight: 2, arbitrary: fc.constantFrom(...NUMBERS, ...ODD.filter((text) => text.length < 100)).map(byteText) },
  { weight: 1, arbitrary: fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 5 }) },
);

/** How a text may be damaged at a place; `size` is how much of it. */
const WAYS = {
  put: (text: string, at: number, _size: number, piece: string) => text.slice(0, at) + piece + text.slice(at),
  replace: (text: string, at: number, size: number, piece: string) => text.slice(0, at) + piece + text.slice(at + size),
  drop: (text: string, at: number, size: number) => text.slice(0, at) + text.slice(at + size),
  double: (text: string, at: number, size: number) => text.slice(0, at + size) + text.slice(at),
  flip: (text: string, at: number, size: number) =>
    at >= text.length
      ? text
      : text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << size % 8)) + text.slice(at + 1),
  cut: (text: string, at: number) => text.slice(0, at),
  /** The next number is another one. */
  number: (text: string, at: number, _size: number, piece: string) =>
    text.slice(0, at) + text.slice(at).replace(/\d+/, () => piece),
  /** The next lines come twice, or in another order. */
  lines(text: string, at: number, size: number) {
    const lines = text.split("\n");
    const first = at % lines.length;
    const moved = lines.slice(first, first + size);
    return [...lines.slice(0, first), ...size % 2 === 0 ? moved : moved.toReversed(), ...lines.slice(first)].join("\n");
  },
} as const;

/** One place of damage. */
export interface Damage {
  readonly way: keyof typeof WAYS;
  /** From which byte on; it begins again at the end of the text. */
  readonly at: number;
  readonly size: number;
  readonly piece: string;
}

/** Some damage; the more often the less. */
export const damages = (most: number): fc.Arbitrary<Damage[]> =>
  fc.array(
    fc.record({
      way: fc.constantFrom(...Object.keys(WAYS) as (keyof typeof WAYS)[]),
      at: fc.nat(0xFFFF),
      size: fc.integer({ min: 1, max: 12 }),
      piece,
    }),
    { maxLength: most },
  );

/** A text of bytes with that damage. */
export function damage(text: string, damages: readonly Damage[]): string {
  return damages.reduce(
    (text, { way, at, size, piece }) => WAYS[way](text, at % (text.length + 1), size, piece),
    text,
  );
}

/** A text of bytes with as much damage as given, at most. */
export function damaged(sound: fc.Arbitrary<string>, most = 3): fc.Arbitrary<string> {
  return fc.tuple(sound.map(byteText), damages(most)).map(([text, damages]) => damage(text, damages));
}

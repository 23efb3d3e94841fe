/**
 * Words that command lines and scripts are made of, sound ones and others.
 *
 * @module
 */

import fc from "fast-check";
import { CHARACTER } from "../support/characters.ts";

/** Numbers, in range and out of it. */
export const NUMBERS = ("0 1 3 7 9 22 23 24 27 28 4095 4096 32751 32752 65535 65536 2147483647 2147483648 4294967295 " +
  "4294967296 0x1b 0xffffffff 0x100000000 -1 -0 +1 1e3 1.5 0b1 NaN Infinity ٣ 99999999999999999999").split(" ");

/** Channels, and what looks like some. */
export const CHANNELS =
  ("7 27 28 virq:tbuf virq:dom_exc virq:99 virq: virq:x tbuf self:1 0:27 1:9 5:any self:any any " +
    ": :: 5: :5 5:12:7 5:ANY VIRQ:TBUF 32752:1 4294967295 0x7:0x7").split(" ");

/** Periods, and what looks like some. */
export const PERIODS = "0s 1ms 5m 250ms 1us 24m 35791m 35792m 999999999999999m 5 s -1s 1.5s 1h 1e3ms 0x1s".split(" ");

/** What stands for something else in one place or another. */
export const ODD = [
  ..."-- - --- = =1 --x --no-x -x -- --= --json=false --json=x --no-json --simulator=false --device= --fd= ".split(" "),
  ..."__proto__ constructor toString --__proto__ --constructor=1 --no-unmask=1 -n1 -nx -dn help version".split(" "),
  "",
  " ",
  "a\nb",
  "\x1b[31mred",
  "\u0085\u2028\u202E",
  "évènement-通知",
  "\ud800",
  "x".repeat(70_000),
  "[".repeat(5000),
  "{".repeat(5000),
  "%".repeat(5000),
  "0".repeat(5000),
];

/** `--device`'s `sim:` specs. */
export const SIMULATIONS = ("sim:linux sim:illumos sim: sim:x sim:linux? sim:linux?ports=131072 sim:linux?ports=1 " +
  "sim:illumos?ports=131072 sim:linux?privileged=no sim:linux?privileged=x sim:linux?__proto__=1 sim:linux?ports " +
  "sim:toString sim:linux&ports=4096 sim:linux?ports=4096&ports=131072&privileged=yes sim:linux?%zz=%").split(" ");

/** Formats of a watch. */
export const FORMATS = ["%p %c %k %d %r %n %S %U %L %D %%", "%", "%%%", "%x", "%\n", "%😀", "", "%p".repeat(3000)];

/** Any text: characters of all kinds. */
export const anything = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: CHARACTER, maxLength: 20 }));

/** A word that may be right where it stands. */
export const word = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NUMBERS) },
  { weight: 3, arbitrary: fc.constantFrom(...CHANNELS) },
  { weight: 2, arbitrary: fc.constantFrom(...PERIODS) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD) },
  { weight: 1, arbitrary: anything },
);

/** Some change to a sound row of words: one replaced, left out, put in, or said twice. */
export const change = fc.record({ at: fc.nat(20), word, kind: fc.constantFrom("replace", "drop", "insert", "double") });

/** Makes the changes. */
export function changed(words: readonly string[], changes: readonly { at: number; word: string; kind: string }[]) {
  const all = [...words];
  for (const { at, word, kind } of changes) {
    const i = at % (all.length + 1);
    if (kind === "replace") all.splice(i, 1, word);
    else if (kind === "drop") all.splice(i, 1);
    else if (kind === "insert") all.splice(i, 0, word);
    else if (i < all.length) all.splice(i, 0, all[i]);
  }
  return all;
}

/**
 * Any character at all, to make texts of.
 *
 * fast-check's own unit for this, "binary", takes a second to set up in each file that has it.
 *
 * @module
 */

import fc from "fast-check";

const [SURROGATES, HOW_MANY] = [0xD800, 0x800];

/** One code point as a text, a lone surrogate none. */
export const CHARACTER: fc.Arbitrary<string> = fc.integer({ min: 0, max: 0x10FFFF - HOW_MANY }).map((index) =>
  String.fromCodePoint(index < SURROGATES ? index : index + HOW_MANY)
);

/** "Did you mean" for a mistyped word. @module */

import { closestString } from "@std/text/closest-string";
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** The word closest to a mistyped one; undefined if none is close. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  const closest = closestString(word, [...words]);
  return levenshteinDistance(word, closest) <= Math.min(2, word.length - 1) ? closest : undefined;
}

/** "Did you mean" for a mistyped word. @module */

import { closestString } from "@std/text/closest-string";
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** More words than these that begin alike are no suggestion. */
const MOST = 3;

/** The words that a mistyped one begins, or else the closest, as in `read or reset`; undefined if none is close. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  const begun = word === "" ? [] : words.filter((each) => each.startsWith(word));
  if (begun.length > 0 && begun.length <= MOST) return begun.join(" or ");
  const closest = closestString(word, [...words]);
  return levenshteinDistance(word, closest) <= Math.min(2, word.length - 1) ? closest : undefined;
}

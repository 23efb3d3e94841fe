/**
 * What `why` found, as a record and for people.
 *
 * @module
 */

import type { WhyRecord } from "../records.ts";
import type { WhyAnswer } from "../why.ts";
import type { Palette } from "./human.ts";

/** The record of an answer. */
export function whyRecord(answer: WhyAnswer): WhyRecord {
  return { op: "why", ...answer };
}

/** The lines of an answer, without newlines. */
export function whyLines({ channel, result, message, hint }: WhyAnswer, palette: Palette): string[] {
  const verdict = result === "ok" ? palette.strong("ok") : palette.warn(result);
  const first = `${channel}: ${verdict}: ${message}`;
  return hint === undefined ? [first] : [first, palette.dim(`hint: ${hint}`)];
}

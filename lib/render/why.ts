/** What `why` found, as a record and for people. @module */

import type { WhyRecord } from "../records.ts";
import type { WhyAnswer } from "../inspect/why.ts";
import { type Palette, PLAIN } from "./human.ts";

/** The record of an answer. */
export function whyRecord(answer: WhyAnswer): WhyRecord {
  return { op: "why", ...answer };
}

/** An answer for people, without its last newline. */
export function whyText({ channel, result, message, hint }: WhyAnswer, palette: Palette = PLAIN): string {
  const verdict = result === "ok" ? palette.strong("ok") : palette.warn(result);
  // What is said of a port begins with it.
  const first = /^\d+$/.test(channel) ? `${verdict}: ${message}` : `${channel}: ${verdict}: ${message}`;
  return hint === undefined ? first : `${first}\n${palette.dim(`hint: ${hint}`)}`;
}

/** The answer of `why` as text and as a record. @module */

import type { WhyRecord } from "../records.ts";
import type { WhyAnswer } from "../inspect/why.ts";
import { type Palette, PLAIN } from "./human.ts";

export function whyRecord(answer: WhyAnswer): WhyRecord {
  return { op: "why", ...answer };
}

/** The answer as text, without its last newline. */
export function whyText({ channel, result, message, hint }: WhyAnswer, palette: Palette = PLAIN): string {
  const verdict = result === "ok" ? palette.strong("ok") : palette.warn(result);
  const first = `${channel}: ${verdict}: ${message}`;
  return hint === undefined ? first : `${first}\n${palette.dim(`hint: ${hint}`)}`;
}

/** The answer of `why` as text and as a record. @module */

import type { WhyRecord } from "../records.ts";
import type { WhyAnswer } from "../inspect/why.ts";
import { joined, processFields, processText } from "./holders.ts";
import { type Palette, PLAIN } from "./human.ts";

export function whyRecord({ processes, ...answer }: WhyAnswer): WhyRecord {
  return { op: "why", ...answer, processes: processes?.map(processFields) };
}

/** The answer as text, without its last newline. */
export function whyText(answer: WhyAnswer, palette: Palette = PLAIN): string {
  const { channel, result, message, hint, processes, hidden } = answer;
  const verdict = result === "ok" ? palette.strong("ok") : palette.warn(result);
  const lines = [`${channel}: ${verdict}: ${message}`];
  const names = [...processes?.map(processText) ?? [], ...hidden ? ["a process that is not seen here"] : []];
  if (names.length > 0) lines.push(`held by ${names.length > 1 ? "one of " : ""}${joined(names, "and")}`);
  if (hint !== undefined) lines.push(palette.dim(`hint: ${hint}`));
  return lines.join("\n");
}

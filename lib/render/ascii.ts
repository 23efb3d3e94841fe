/** Output for terminals that show no more than ASCII, as many serial consoles. @module */

import { escaped } from "./line.ts";

/** What stands for the characters that evtchn itself draws with. Each is one column, so that nothing moves. */
const DRAWN: Readonly<Record<string, string>> = {
  "─": "-",
  "╌": ".",
  "│": "|",
  "├": "|",
  "└": "`",
  "▁": "_",
  "▂": ".",
  "▃": ":",
  "▄": "-",
  "▅": "=",
  "▆": "+",
  "▇": "*",
  "█": "#",
};

const ASCII = /^[\0-\x7F]*$/;

const OTHERS = /[^\0-\x7F]/gu;

/** A text in ASCII: what evtchn draws as a similar character, any other character escaped, as in `\xe9`. */
export function asciiText(text: string): string {
  return ASCII.test(text) ? text : text.replace(OTHERS, (character) => DRAWN[character] ?? escaped(character));
}

/** A text as a terminal can show it. */
export function written(text: string, { ascii }: { readonly ascii?: boolean }): string {
  return ascii ? asciiText(text) : text;
}

/** JSON in ASCII, which reads as the same. */
export function asciiJson(json: string): string {
  if (ASCII.test(json)) return json;
  return json.replace(/[^\0-\x7F]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

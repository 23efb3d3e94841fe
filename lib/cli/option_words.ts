/** Words of options before they are parsed, of a verb's own options and of the common ones. @module */

import { UsageError } from "../errors.ts";
import { optionName } from "./usage.ts";
import type { Option } from "./verb.ts";

type Options = Readonly<Record<string, Option<unknown>>>;

/** Splits short options that are written as one word: `-qn5` and `-qn=5` become `-q -n 5`. */
export function splitShort(words: readonly string[], options: Options): string[] {
  const known = Object.values(options);
  return words.flatMap((word) => {
    if (!/^-[A-Za-z]./.test(word)) return word;
    const parts: string[] = [];
    for (let rest = word.slice(1); rest !== "";) {
      const option = known.find(({ short }) => short === rest[0]);
      if (option === undefined) return word;
      parts.push(`-${rest[0]}`);
      rest = rest.slice(1);
      if (option.form.kind === "flag" || rest === "") continue;
      parts.push(rest.replace(/^=/, ""));
      break;
    }
    return parts;
  });
}

/** The words that give a flag a value, as `--json=x`. */
export function valuedFlags(words: readonly string[], options: Options): string[] {
  const flags = Object.entries(options).filter(([, { form }]) => form.kind === "flag").map(([key]) => optionName(key));
  return words.filter((word) => flags.some((flag) => word.startsWith(`${flag}=`)));
}

export function takesNoValue(word: string): UsageError {
  return new UsageError(`Cannot use "${word}": ${word.replace(/=[^]*/, "")} takes no value`);
}

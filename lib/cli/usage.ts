/** Usage lines, made from the declarations. @module */

import type { Argument, Option, Table, Verb } from "./verb.ts";

/** The arguments of a verb, as in `DOM [PORT]`, one string for each form. */
export function argumentForms(verb: Verb): readonly string[] {
  if (verb.usage !== undefined) return verb.usage;
  const declared = verb.arguments ?? [];
  if (!("each" in declared)) return [declared.map(argumentText).join(" ")];
  const { each, minimum } = declared;
  return [minimum === 0 ? `[${each.placeholder}...]` : `${each.placeholder}...`];
}

/** The usage of a statement, as in `notify [--count N] [--interval PERIOD] CHANNEL...`. */
export function statementUsage(name: string, verb: Verb): string {
  const options = Object.entries<Option<unknown>>(verb.options ?? {}).filter(([, option]) => !option.notInScript);
  const words = [name, ...options.map(([key, option]) => `[${optionText(key, option)}]`)];
  const forms = argumentForms(verb).filter((form) => !/ -- /.test(form)); // a script runs no programs
  return [...words, forms.join(" | ")].join(" ").trimEnd();
}

/** The name on a command line: `--num-events` for `numEvents`. */
export function optionName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function optionText(key: string, { form }: Option<unknown>): string {
  switch (form.kind) {
    case "flag":
      return optionName(key);
    case "choice":
      return `${optionName(key)} ${form.values.join("|")}`;
    default:
      return `${optionName(key)} ${form.placeholder}`;
  }
}

function argumentText({ placeholder, optional }: Argument<unknown>): string {
  return optional ? `[${placeholder}]` : placeholder;
}

/** The names of the verbs that a script may use. */
export function statementVerbs(table: Table): string[] {
  return [...table.values()].filter(({ only }) => only === undefined || only === "script" || only === "world")
    .map(({ name }) => name);
}

/**
 * Reads the words behind a verb as its declaration says. Words without options, as in most statements of a script, are
 * read here; for the others the parser library is loaded.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { Named } from "../named.ts";
import type { Domid } from "../types.ts";
import { optionName } from "./usage.ts";
import type { Option, Verb } from "./verb.ts";

/** The options and arguments behind a verb. */
export interface Parsed {
  readonly options: Readonly<Record<string, unknown>>;
  // deno-lint-ignore no-explicit-any -- as the verb declares them
  readonly args: any;
  /** Whether a domain's name in them has to be looked up before the verb runs: see {@linkcode withNumbers}. */
  readonly named?: boolean;
}

const NO_OPTIONS: Parsed["options"] = {};

/**
 * Reads words without options.
 *
 * @throws {UsageError} If one is missing, invalid or too many.
 */
function readArguments(verb: Verb, words: readonly string[]): Parsed["args"] {
  if (verb.parse !== undefined) return verb.parse(words);
  const declared = verb.arguments ?? [];
  if ("each" in declared) {
    if (words.length < declared.minimum) throw new UsageError(`${declared.each.placeholder} is missing`);
    return words.map((word) => declared.each.parse(word));
  }
  if (words.length > declared.length) {
    throw new UsageError(`Cannot make sense of "${words[declared.length]}": there is a word too many`);
  }
  const args: unknown[] = [];
  for (const [i, argument] of declared.entries()) {
    if (i < words.length) args.push(argument.parse(words[i]));
    else if (!argument.optional) throw new UsageError(`${argument.placeholder} is missing`);
  }
  return args;
}

/**
 * Reads words if none of them is an option.
 *
 * @throws {UsageError} If the verb does not take these words.
 */
export function readPlain(verb: Verb, words: readonly string[]): Parsed | undefined {
  if (verb.parse === undefined && words.some((word) => word.startsWith("-"))) return undefined;
  const args: readonly unknown[] = readArguments(verb, words);
  return { options: NO_OPTIONS, args, named: args.some(isNamed) };
}

/** Whether a value, or one of several of an option, has a domain's name in it. */
export function isNamed(value: unknown): boolean {
  return value instanceof Named || (Array.isArray(value) && value.some((each) => each instanceof Named));
}

/** Puts numbers in place of domains' names. */
export function withNumbers(words: Parsed, numberOf: (name: string) => Domid): Parsed {
  const one = (value: unknown) => value instanceof Named ? value.resolve(numberOf(value.name)) : value;
  const each = (value: unknown) => Array.isArray(value) && isNamed(value) ? value.map(one) : one(value);
  return {
    options: Object.fromEntries(Object.entries(words.options).map(([key, value]) => [key, each(value)])),
    args: words.args.map(one),
  };
}

/** The names of domains that have to be looked up. */
export function namesIn({ options, args }: Parsed): string[] {
  const values: unknown[] = [...Object.values(options).flat(), ...args];
  return values.filter((value) => value instanceof Named).map(({ name }) => name);
}

/**
 * Checks the words as the verb demands. A domain's name counts as domain 0 until it is looked up.
 *
 * @throws {UsageError}
 */
export function checkWords(verb: Verb, words: Parsed, json: boolean): void {
  if (verb.check === undefined) return;
  const { options, args } = words.named ? withNumbers(words, () => 0) : words;
  verb.check(options, args, json);
}

/** @throws {UsageError} If the verb does not take these words, or a script may not use an option. */
export function readStatement(name: string, verb: Verb, words: readonly string[]): Parsed | Promise<Parsed> {
  return readPlain(verb, words) ?? readOptions(name, verb, words);
}

async function readOptions(name: string, verb: Verb, words: readonly string[]): Promise<Parsed> {
  const { readWords } = await import("./parser.ts");
  const said = await readWords(name, verb, words);
  if (said === undefined) {
    throw new UsageError(`There is no option "${words.find((word) => /^-(h|-help)/i.test(word))}"`);
  }
  for (const [key, { notInScript }] of Object.entries<Option<unknown>>(verb.options ?? {})) {
    if (notInScript !== undefined && said.options[key] !== undefined) {
      throw new UsageError(`Cannot use ${optionName(key)} in a script: ${notInScript}`);
    }
  }
  return said;
}

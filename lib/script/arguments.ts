/**
 * The words after a verb: options and arguments.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../errors.ts";

/** The options that a verb takes, by their long names. */
export interface OptionNames {
  /** Those that have a value. */
  readonly string?: readonly string[];
  /** Those that have none. */
  readonly boolean?: readonly string[];
  /** Long names by short ones. */
  readonly alias?: Readonly<Record<string, string>>;
}

/** Options by their long names, and the words that are none. */
export interface Taken {
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly rest: readonly string[];
}

const NONE: Taken["options"] = {};

/**
 * Takes the options out of a statement's words.
 *
 * @throws {UsageError} On an option that there is not, or that has or lacks a value against its nature.
 */
export function takeOptions(words: readonly string[], names: OptionNames = {}): Taken {
  if (!words.some((word) => word.startsWith("-"))) return { options: NONE, rest: words };
  const { string = [], boolean = [], alias = {} } = names;
  const known = new Set([...string, ...boolean, ...Object.keys(alias)]);
  const parsed = parseArgs(words, {
    string: ["_", ...string],
    boolean,
    alias,
    unknown(argument, key) {
      if (key !== undefined && !known.has(key)) throw new UsageError(`There is no option "${argument}"`);
    },
  });
  const options: Record<string, string | boolean | undefined> = {};
  for (const name of string) if (Object.hasOwn(parsed, name)) options[name] = String(parsed[name]);
  for (const name of boolean) {
    const valued = words.find((word) => word.startsWith(`--${name}=`));
    if (valued !== undefined) throw new UsageError(`Cannot use "${valued}": --${name} takes no value`);
    options[name] = parsed[name] === true;
  }
  return { options, rest: parsed._.map(String) };
}

/**
 * Counts arguments.
 *
 * @param names What each is called, as `DOM`; one after `least` may be missing.
 * @throws {UsageError} If there are too many or too few.
 */
export function expectWords(words: readonly string[], names: readonly string[], least: number = names.length): void {
  if (words.length < least) throw new UsageError(`${names[words.length]} is missing`);
  if (words.length > names.length) {
    throw new UsageError(`Cannot make sense of "${words[names.length]}": there is a word too many`);
  }
}

/**
 * The arguments of a verb without options.
 *
 * @throws {UsageError} As {@linkcode takeOptions} and {@linkcode expectWords}.
 */
export function plain(words: readonly string[], names: readonly string[], least?: number): readonly string[] {
  const { rest } = takeOptions(words);
  expectWords(rest, names, least);
  return rest;
}

/**
 * The arguments of a verb without options that takes one or more of a kind.
 *
 * @throws {UsageError} If there is none, or one is not of the kind.
 */
export function list<T>(words: readonly string[], name: string, parse: (text: string) => T): T[] {
  if (words.length === 0) throw new UsageError(`${name} is missing`);
  return words.map((word) => parse(word));
}

/** The value of an option, read, if it is given. */
export function valueOf<T>(value: string | boolean | undefined, parse: (text: string) => T): T | undefined {
  return typeof value === "string" ? parse(value) : undefined;
}

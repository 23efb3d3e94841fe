/**
 * The words behind a verb, read as its declaration says. Options are the argument parser's work; words without any, as
 * most statements of a script are, are read here. @module
 */

import {
  ArgumentScannerError,
  buildApplication,
  buildCommand,
  formatMessageForArgumentScannerError,
  run,
  text_en,
} from "@stricli/core";
import { UsageError } from "../errors.ts";
import { COMMON_OPTIONS } from "./options.ts";
import { argumentForms, optionName } from "./usage.ts";
import type { Argument, Option, Verb } from "./verb.ts";

/** What the words behind a verb say. */
export interface Words {
  readonly options: Readonly<Record<string, unknown>>;
  // deno-lint-ignore no-explicit-any -- as the verb declares them
  readonly args: any;
}

/** How far a word may be from an option that exists to be taken for a mistyped one. */
const SUGGEST = { threshold: 3, weights: { insertion: 1, deletion: 2, substitution: 2, transposition: 1 } };

const NO_OPTIONS: Words["options"] = {};

/**
 * Reads words without options.
 *
 * @throws {UsageError} If one is missing, superfluous or not of its kind.
 */
export function readArguments(verb: Verb, words: readonly string[]): Words["args"] {
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

/** What the command line has beside scripts: `--help`. */
interface Help {
  /** What the verb does, in a line. */
  readonly brief: string;
  /** Takes the text. */
  help(text: string): void;
}

/**
 * Reads the words of a statement.
 *
 * @throws {UsageError} If they are not what the verb takes, or an option has no place in a script.
 */
export function readStatement(name: string, verb: Verb, words: readonly string[]): Words | Promise<Words> {
  if (verb.parse !== undefined || !words.some((word) => word.startsWith("-"))) {
    return { options: NO_OPTIONS, args: readArguments(verb, words) };
  }
  return readOptions(name, verb, words);
}

async function readOptions(name: string, verb: Verb, words: readonly string[]): Promise<Words> {
  const said = await readWords(name, verb, words);
  if (said === undefined) {
    throw new UsageError(`There is no option "${words.find((word) => /^-(h|-help)/i.test(word))}"`);
  }
  for (const [key, { notInScript }] of Object.entries(optionsOf(verb))) {
    if (notInScript !== undefined && said.options[key] !== undefined) {
      throw new UsageError(`Cannot use ${optionName(key)} in a script: ${notInScript}`);
    }
  }
  return said;
}

/**
 * Reads the words behind a verb of a command line.
 *
 * @param name The verb's name.
 * @returns Undefined where help was asked for.
 * @throws {UsageError} If they are not what the verb takes.
 */
export async function readWords(
  name: string,
  verb: Verb,
  words: readonly string[],
  help?: Help,
): Promise<Words | undefined> {
  let said: Words | undefined;
  let fault: UsageError | undefined;
  const told = (error: unknown) => {
    fault = cannotParse(error);
    return "";
  };
  const application = buildApplication(command(verb, help, (words) => said = words), {
    name: `evtchn ${name}`,
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true, distanceOptions: SUGGEST },
    documentation: { caseStyle: "convert-camel-to-kebab", disableAnsiColor: true, onlyRequiredInUsageLine: true },
    localization: { text: { ...text_en, exceptionWhileParsingArguments: told } },
  });
  let text = "";
  const write = (part: string) => void (text += part);
  await run(application, apart(words, verb), { process: { stdout: { write }, stderr: { write: () => {} } } });
  if (fault !== undefined) throw fault;
  if (said === undefined) help?.help(text);
  // What is left of the common options by now is one like `--device=`.
  const empty = Object.keys(COMMON_OPTIONS).find((key) => said?.options[key] !== undefined);
  if (empty !== undefined) throw new UsageError(`The option --${empty} needs a value`);
  return said;
}

/** Takes short options apart that are written as one word, as `-qn5` for `-q -n 5`. */
function apart(words: readonly string[], verb: Verb): string[] {
  const end = words.indexOf("--");
  const options = Object.values(optionsOf(verb));
  return words.flatMap((word, i) => {
    if ((end >= 0 && i > end) || !/^-[A-Za-z]./.test(word)) return word;
    const parts: string[] = [];
    for (let rest = word.slice(1); rest !== "";) {
      const option = options.find(({ short }) => short === rest[0]);
      if (option === undefined) return word;
      parts.push(`-${rest[0]}`);
      rest = rest.slice(1);
      if (option.form.kind === "flag" || rest === "") continue;
      parts.push(rest);
      break;
    }
    return parts;
  });
}

function optionsOf(verb: Verb): Readonly<Record<string, Option<unknown>>> {
  return verb.options ?? {};
}

function command(verb: Verb, help: Help | undefined, take: (words: Words) => void) {
  // The common options are taken out before: they stand here for `--help`, and for a hint at a mistyped one.
  const options = { ...optionsOf(verb), ...(help && COMMON_OPTIONS) };
  const shorts = Object.entries(options).flatMap(([key, { short }]) => short === undefined ? [] : [[short, key]]);
  return buildCommand({
    docs: {
      brief: help?.brief ?? "",
      fullDescription: verb.help,
      customUsage: argumentForms(verb).filter((form) => form !== ""),
    },
    parameters: {
      flags: Object.fromEntries(Object.entries(options).map(([key, option]) => [key, flagOf(option)])),
      aliases: Object.fromEntries(shorts),
      positional: positionalOf(verb),
      // deno-lint-ignore no-explicit-any -- its types follow from literals, and these are made
    } as any,
    func: (options: Words["options"], ...args: unknown[]) => take({ options, args }),
  });
}

function flagOf({ form, brief }: Option<unknown>): object {
  switch (form.kind) {
    case "flag":
      return { kind: "boolean", optional: true, withNegated: false, brief };
    case "choice":
      return { kind: "enum", values: form.values, optional: true, brief };
    default: {
      const { placeholder, parse, kind } = form;
      return { kind: "parsed", parse, placeholder, optional: true, variadic: kind === "values" || undefined, brief };
    }
  }
}

function positionalOf({ arguments: declared = [] }: Verb): object {
  const parameter = ({ parse, placeholder, brief, optional }: Argument<unknown>) => ({
    parse,
    placeholder,
    brief,
    optional,
  });
  return "each" in declared
    ? { kind: "array", parameter: parameter(declared.each), minimum: declared.minimum }
    : { kind: "tuple", parameters: declared.map(parameter) };
}

/** The parser's own words for what is wrong, made into ours. */
function cannotParse(error: unknown): UsageError {
  if (!(error instanceof ArgumentScannerError)) return new UsageError(String(error));
  let hint: string | undefined;
  const message = formatMessageForArgumentScannerError(error, {
    ArgumentParseError({ exception, externalFlagNameOrPlaceholder, input }) {
      if (exception instanceof UsageError) hint = exception.hint;
      if (exception instanceof SyntaxError) {
        const option = externalFlagNameOrPlaceholder.replace(/^-*/, "--");
        return `Cannot use "${option}=${input}": ${option} takes no value`;
      }
      return exception instanceof Error
        ? exception.message
        : `Cannot use "${input}" as ${externalFlagNameOrPlaceholder}`;
    },
    FlagNotFoundError({ input, corrections }) {
      if (corrections.length > 0) hint = `did you mean ${corrections.map((name) => `--${name}`).join(" or ")}?`;
      return `There is no option "--${input}"`;
    },
    AliasNotFoundError: ({ input }) => `There is no option "-${input}"`,
    EnumValidationError: ({ externalFlagName, input, values }) =>
      `Cannot use "${input}" as --${externalFlagName}: expected ${values.join(", ")}`,
    UnsatisfiedFlagError: ({ externalFlagName }) => `The option --${externalFlagName} needs a value`,
    UnexpectedPositionalError: ({ input }) => `Cannot make sense of "${input}": there is a word too many`,
    UnsatisfiedPositionalError: ({ placeholder }) => `${placeholder} is missing`,
    UnexpectedFlagError: ({ externalFlagName }) => `The option --${externalFlagName} is given twice`,
  });
  return new UsageError(message, hint);
}

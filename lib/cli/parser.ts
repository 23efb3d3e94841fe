/** Reads the words behind a verb with the parser library, as the verb's declaration says. @module */

import {
  ArgumentScannerError,
  buildApplication,
  buildCommand,
  formatMessageForArgumentScannerError,
  run,
  text_en,
} from "@stricli/core";
import { UsageError } from "../errors.ts";
import { isNamed, type Parsed } from "./arguments.ts";
import { splitShort, takesNoValue, valuedFlags } from "./option_words.ts";
import type { Argument, Option, Options, Verb } from "./verb.ts";

/** The largest edit distance of a mistyped option from an existing one. */
const SUGGEST = { threshold: 3, weights: { insertion: 1, deletion: 2, substitution: 2, transposition: 1 } };

/**
 * Reads the words behind a verb of a command line.
 *
 * @param others Options that have been taken out of the words: an error names those that are near, or have no value.
 * @returns Undefined if help was asked for.
 * @throws {UsageError} If the verb does not take these words.
 */
export async function readWords(
  name: string,
  verb: Verb,
  words: readonly string[],
  others: Options = {},
): Promise<Parsed | undefined> {
  let said: Parsed | undefined;
  let fault: UsageError | undefined;
  const told = (error: unknown) => {
    fault = cannotParse(error);
    return "";
  };
  const end = words.includes("--") ? words.indexOf("--") : words.length;
  const own = words.slice(0, end);
  const [valued] = valuedFlags(own, optionsOf(verb)); // the library would take `--quiet=no`
  if (valued !== undefined) throw takesNoValue(valued);
  const given = [...splitShort(own, optionsOf(verb)), ...words.slice(end)];
  const application = buildApplication(libraryCommand(verb, others, (words) => said = words), {
    name: `evtchn ${name}`,
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true, distanceOptions: SUGGEST },
    localization: { text: { ...text_en, exceptionWhileParsingArguments: told } },
  });
  const nowhere = { write: () => {} };
  await run(application, given, { process: { stdout: nowhere, stderr: nowhere } });
  if (fault !== undefined) throw fault;
  // They have been taken out, except one without a value, such as `--device=`.
  const empty = Object.keys(others).find((key) => !(key in optionsOf(verb)) && said?.options[key] !== undefined);
  if (empty !== undefined) throw new UsageError(`The option --${empty} needs a value`);
  return said;
}

function optionsOf(verb: Verb): Readonly<Record<string, Option<unknown>>> {
  return verb.options ?? {};
}

function libraryCommand(verb: Verb, others: Options, take: (words: Parsed) => void) {
  const options = { ...others, ...optionsOf(verb) };
  const shorts = Object.entries(options).flatMap(([key, { short }]) => short === undefined ? [] : [[short, key]]);
  return buildCommand({
    docs: { brief: "" },
    parameters: {
      flags: Object.fromEntries(Object.entries(options).map(([key, option]) => [key, flagOf(option)])),
      aliases: Object.fromEntries(shorts),
      positional: positionalOf(verb),
      // deno-lint-ignore no-explicit-any -- the library infers these types from literals
    } as any,
    func: (options: Parsed["options"], ...args: unknown[]) => {
      take({ options, args, named: [...Object.values(options), ...args].some(isNamed) });
    },
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

/** An error of the library in this program's words. */
function cannotParse(error: unknown): UsageError {
  if (!(error instanceof ArgumentScannerError)) return new UsageError(String(error));
  let hint: string | undefined;
  const message = formatMessageForArgumentScannerError(error, {
    ArgumentParseError({ exception, externalFlagNameOrPlaceholder, input }) {
      if (exception instanceof UsageError) hint = exception.hint;
      if (exception instanceof SyntaxError) {
        return takesNoValue(`${externalFlagNameOrPlaceholder.replace(/^-*/, "--")}=${input}`).message;
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

/**
 * The argument parser: the command tree with evtchn's own words for what is wrong with a command line.
 *
 * @module
 */

import {
  type Application,
  ArgumentScannerError,
  buildApplication,
  formatMessageForArgumentScannerError,
  type RouteMap,
  text_en,
} from "@stricli/core";
import { UsageError } from "../errors.ts";
import type { Context } from "./context.ts";
import { VERSION } from "./version.ts";

/** How far a word may be from one that exists to be taken for a mistyped one. */
const SUGGEST = { threshold: 3, weights: { insertion: 1, deletion: 2, substitution: 2, transposition: 1 } };

/**
 * The application, ready to run one command line.
 *
 * @param commands The command tree.
 * @param refuse Is told what is wrong with the command line.
 */
export function parser(commands: RouteMap<Context>, refuse: (error: UsageError) => void): Application<Context> {
  const told = (error: UsageError) => {
    refuse(error);
    return "";
  };
  return buildApplication<Context>(commands, {
    name: "evtchn",
    versionInfo: { currentVersion: VERSION },
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true, distanceOptions: SUGGEST },
    documentation: { caseStyle: "convert-camel-to-kebab", disableAnsiColor: true, onlyRequiredInUsageLine: true },
    localization: {
      text: {
        ...text_en,
        noCommandRegisteredForInput: ({ input, corrections }) => told(noSuchCommand(input, corrections)),
        exceptionWhileParsingArguments: (error) => told(cannotParse(error)),
      },
    },
  });
}

function noSuchCommand(input: string, corrections: readonly string[]): UsageError {
  const hint = corrections.length > 0
    ? `did you mean ${corrections.map((word) => word.replaceAll("`", "")).join(" or ")}?`
    : "`evtchn --help` lists the commands";
  return new UsageError(`There is no command "${input}"`, hint);
}

function cannotParse(error: unknown): UsageError {
  if (!(error instanceof ArgumentScannerError)) return new UsageError(String(error));
  let hint: string | undefined;
  const message = formatMessageForArgumentScannerError(error, {
    ArgumentParseError({ exception, externalFlagNameOrPlaceholder, input }) {
      if (exception instanceof UsageError) hint = exception.hint;
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

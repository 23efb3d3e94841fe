/**
 * The options that every command takes, before it or after it.
 *
 * @module
 */

import type { TypedCommandFlagParameters } from "@stricli/core";
import { parseDomid, parseU32 } from "../parse.ts";
import { UsageError } from "../errors.ts";
import type { Domid } from "../types.ts";
import type { Context } from "./context.ts";

/** When to colour. */
export type ColorChoice = "auto" | "always" | "never";

/** The common options, as a command gets them. */
export type CommonFlags = {
  readonly device?: string;
  readonly simulator?: boolean;
  readonly fd?: number;
  readonly session?: string;
  readonly as?: Domid;
  readonly json?: boolean;
  readonly trace?: boolean;
  readonly color: ColorChoice;
};

/** The largest descriptor there can be (a C int). */
const FD_MAX = 0x7FFF_FFFF;

/**
 * A descriptor's number.
 *
 * @throws {UsageError} If it is none.
 */
export function parseFd(text: string): number {
  const fd = parseU32(text);
  if (fd !== undefined && fd <= FD_MAX) return fd;
  throw new UsageError(`Cannot use "${text}" as a descriptor: expected a whole number`);
}

const text = (value: string) => value;

function parseSocket(path: string): string {
  if (path !== "") return path;
  throw new UsageError("Cannot use an empty path as a session");
}

/** The common options, as the argument parser wants them. */
export const COMMON_FLAGS = {
  device: {
    kind: "parsed",
    parse: text,
    optional: true,
    placeholder: "WHERE",
    brief: "A device path, sim:linux or sim:illumos [EVTCHN_DEVICE, /dev/xen/evtchn]",
  },
  simulator: { kind: "boolean", withNegated: false, optional: true, brief: "The same as --device sim:linux" },
  fd: {
    kind: "parsed",
    parse: parseFd,
    optional: true,
    placeholder: "N",
    brief: "A descriptor of the device that the shell holds [EVTCHN_FD]",
  },
  session: {
    kind: "parsed",
    parse: parseSocket,
    optional: true,
    placeholder: "SOCKET",
    brief: "A session's socket [EVTCHN_SESSION]",
  },
  as: {
    kind: "parsed",
    parse: parseDomid,
    optional: true,
    placeholder: "DOMID",
    brief: "Act as that domain (simulator only)",
  },
  json: { kind: "boolean", withNegated: false, optional: true, brief: "JSON Lines on stdout, errors too on stderr" },
  trace: { kind: "boolean", withNegated: false, optional: true, brief: "Every system call on stderr" },
  color: { kind: "enum", values: ["auto", "always", "never"], default: "auto", brief: "When to colour" },
} as const satisfies TypedCommandFlagParameters<CommonFlags, Context>["flags"];

/** Their short forms. */
export const COMMON_ALIASES = { d: "device" } as const;

/** What may stand on a command line without a command. */
export const ABOUT_EVTCHN = /^(-h|-H|-v|--help|--help-?all|--version)$/i;

/** Where `--` is among the words: what follows it is no option. Their number if there is none. */
export function indexOfDashes(words: readonly string[]): number {
  const index = words.indexOf("--");
  return index < 0 ? words.length : index;
}

/** A command line, taken apart as far as the command. */
export interface CommandLine {
  /** The command and its words, the options that stood before it now behind it; `words[0]` is the command. */
  readonly words: readonly string[];
  /** The command's name, or undefined where there is none. */
  readonly command: string | undefined;
}

/**
 * Finds the command and moves what stands before it behind it.
 *
 * @throws {UsageError} On an option before the command that is not a common one.
 */
export async function splitCommandLine(args: readonly string[]): Promise<CommandLine> {
  const [first] = args;
  if (first === "help") {
    const command = commandOf(args.slice(1));
    return { words: [...command?.split(" ") ?? [], "--help"], command };
  }
  if (first === undefined || !first.startsWith("-")) return { words: args, command: commandOf(args) };
  const { parseArgs } = await import("@std/cli/parse-args");
  const end = indexOfDashes(args);
  const rest = parseArgs(args.slice(0, end), {
    stopEarly: true,
    string: ["device", "fd", "session", "as", "color"],
    boolean: ["simulator", "json", "trace", "help", "helpAll", "help-all", "version"],
    alias: { device: "d", help: "h", version: "v", "help-all": "H" },
    unknown(argument, key) {
      if (key === undefined) return;
      throw new UsageError(`There is no option "${argument}"`, "`evtchn --help` lists those that every command takes");
    },
  })._;
  const leading = args.slice(0, end - rest.length);
  if (rest.length === 0 || leading.some((word) => ABOUT_EVTCHN.test(word))) {
    return { words: leading, command: undefined };
  }
  const words = args.slice(end - rest.length);
  const command = commandOf(words)!;
  const names = command.split(" ").length;
  return { words: [...words.slice(0, names), ...leading, ...words.slice(names)], command };
}

/** The command that stands first, with what it is to do where it is one of several. */
function commandOf([first, second]: readonly string[]): string | undefined {
  return first === "session" && second !== undefined && !second.startsWith("-") ? `session ${second}` : first;
}

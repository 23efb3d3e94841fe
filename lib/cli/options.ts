/** The common options, which every verb takes before or after its name. @module */

import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../errors.ts";
import { Named } from "../named.ts";
import { parseActor, parseU32 } from "../parse.ts";
import type { Domid } from "../types.ts";
import { splitShort, takesNoValue, valuedFlags } from "./option_words.ts";
import { choice, flag, type Option, value, type ValuesOf, words } from "./verb.ts";

/** The largest descriptor, a C int. */
const FD_MAX = 0x7FFF_FFFF;

/** @throws {UsageError} If the text is no descriptor's number. */
export function parseFd(text: string): number {
  const fd = parseU32(text);
  if (fd !== undefined && fd <= FD_MAX) return fd;
  throw new UsageError(`Cannot use "${text}" as a descriptor: expected a whole number`);
}

function parseSocket(path: string): string {
  if (path !== "") return path;
  throw new UsageError("Cannot use an empty path as a session");
}

export const COMMON_OPTIONS = {
  device: words("WHERE", "A device path, sim:linux or sim:illumos [EVTCHN_DEVICE, /dev/xen/evtchn]", "d"),
  simulator: flag("The same as --device sim:linux"),
  fd: value(parseFd, "N", "A descriptor of the device, inherited from the shell [EVTCHN_FD]"),
  session: value(parseSocket, "SOCKET", "A session's socket [EVTCHN_SESSION]"),
  as: value<Domid | undefined>(parseActor, "DOM", "Act as that domain (simulator only)"),
  json: flag("Print JSON Lines on stdout, and errors as JSON on stderr"),
  trace: flag("Print every system call on stderr"),
  color: choice(["auto", "always", "never"], "When to colour [auto]"),
} as const;

export type CommonFlags = Partial<ValuesOf<typeof COMMON_OPTIONS>>;

/** A command line's words with the common options taken out. */
export interface CommonOptions {
  readonly flags: CommonFlags;
  /** The name of the domain to act as, which has to be looked up; `flags` has its number, if one was given. */
  readonly as?: string;
  /** The verb and its own words. */
  readonly rest: readonly string[];
  /** The first error in the options. The caller throws it when the verb is known, so that the report names the verb. */
  readonly fault?: UsageError;
}

/** Takes the common options out of a command line, at any place before `--`. */
export function takeCommonOptions(args: readonly string[]): CommonOptions {
  const end = args.indexOf("--") < 0 ? args.length : args.indexOf("--");
  if (!args.slice(0, end).some((word) => word.startsWith("-"))) return { flags: {}, rest: args };
  const names = Object.keys(COMMON_OPTIONS);
  const flags = names.filter((name) => optionOf(name).form.kind === "flag");
  const words = splitShort(args.slice(0, end), COMMON_OPTIONS);
  const valued = valuedFlags(words, COMMON_OPTIONS);
  const rest: string[] = [];
  const given = parseArgs(words.filter((word) => !valued.includes(word)), {
    boolean: flags,
    string: names.filter((name) => !flags.includes(name)),
    alias: { d: "device" },
    collect: names,
    unknown(word, option, value) {
      // Called for each letter of `-qn`, each time with the whole word.
      const again = option !== undefined && /^-[^-]./.test(word) && rest.at(-1) === word;
      if (!again) rest.push(word);
      if (value !== undefined && value !== true && !word.endsWith(String(value))) rest.push(String(value));
      return false;
    },
  });
  rest.push(...args.slice(end));
  const read: Record<string, unknown> = {};
  try {
    if (valued.length > 0) throw takesNoValue(valued[0]);
    for (const name of names) {
      const values = (given[name] ?? []) as readonly unknown[];
      if (values.length > 1) throw new UsageError(`The option --${name} is given twice`);
      if (values.length > 0) read[name] = valueOf(name, values[0]);
    }
  } catch (error) {
    if (error instanceof UsageError) {
      return { flags: { ...read, json: (given.json as unknown[]).length > 0 }, rest, fault: error };
    }
    throw error;
  }
  const { as, ...others } = read;
  return as instanceof Named ? { flags: others, as: as.name, rest } : { flags: read, rest };
}

function optionOf(name: string): Option<unknown> {
  return COMMON_OPTIONS[name as keyof typeof COMMON_OPTIONS];
}

function valueOf(name: string, given: unknown): unknown {
  const { form } = optionOf(name);
  if (form.kind === "flag") return given;
  const text = String(given);
  if (text === "") throw new UsageError(`The option --${name} needs a value`);
  if (form.kind !== "choice") return form.parse(text);
  if (form.values.includes(text)) return text;
  throw new UsageError(`Cannot use "${text}" as --${name}: expected ${form.values.join(", ")}`);
}

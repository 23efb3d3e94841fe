/** The common options, which every verb takes before or after its name. @module */

import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../errors.ts";
import { Named } from "../named.ts";
import { parseActor, parseU32 } from "../parse.ts";
import type { Domid } from "../types.ts";
import { splitShort, takesNoValue, valuedFlags } from "./option_words.ts";
import { optionName } from "./usage.ts";
import { choice, flag, type Option, value, values, type ValuesOf, words } from "./verb.ts";

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

function parseFile(path: string): string {
  if (path !== "") return path;
  throw new UsageError("Cannot use an empty path as a snapshot");
}

/** Names that ssh takes as hosts, and no word that it could take as an option. */
const HOST_NAME = /^(?:[A-Za-z0-9_][\w.+-]{0,63}@)?[A-Za-z0-9_:[][\w.:%\]-]{0,254}$/;

/** @throws {UsageError} If the text is no host's name, with or without a user. */
export function parseHost(text: string): string {
  if (HOST_NAME.test(text)) return text;
  throw new UsageError(`Cannot use "${text}" as a host: expected NAME or USER@NAME`);
}

const TRACE: Option<string | undefined> = {
  brief: "Print every system call on stderr, or only those named, as ioctl,read",
  form: { kind: "value", placeholder: "CALLS", parse: (text) => text, bare: "all" },
};

export const COMMON_OPTIONS = {
  device: words("WHERE", "A device path, sim:linux or sim:illumos [EVTCHN_DEVICE, /dev/xen/evtchn]", "d"),
  simulator: flag("The same as --device sim:linux"),
  fd: value(parseFd, "N", "A descriptor of the device, inherited from the shell [EVTCHN_FD]"),
  session: value(parseSocket, "SOCKET", "A session's socket [EVTCHN_SESSION]"),
  from: value(parseFile, "FILE", "Look at a snapshot, a status report or a folder of outputs; - is standard input"),
  diff: value(parseFile, "FILE", "With --from: what is different in that one"),
  host: values(parseHost, "[USER@]NAME", "Look at that host, over ssh; may be repeated"),
  hosts: words("FILE", "Look at the hosts in a file, one a line"),
  sudo: flag("With --host: look as root, by sudo"),
  noDebugKey: flag("With --host, and for collect: do not press Xen's debug key e"),
  as: value<Domid | undefined>(parseActor, "DOM", "Act as that domain (simulator only)"),
  json: flag("Print JSON Lines on stdout, and errors as JSON on stderr"),
  trace: TRACE,
  traceTime: flag("As --trace, with the time of each call and how long it took"),
  ascii: flag("Print nothing but ASCII [where LC_ALL, LC_CTYPE or LANG says so]"),
  color: choice(["auto", "always", "never"], "When to colour [auto]"),
} as const;

export type CommonFlags = Partial<ValuesOf<typeof COMMON_OPTIONS>>;

/** Whether the options ask for system calls on stderr. */
export function traces({ trace, traceTime = false }: CommonFlags): boolean {
  return trace !== undefined || traceTime;
}

/** Whether the options ask for a recording or another host, which no device of this one is needed for. */
export function looksElsewhere({ from, diff, host, hosts }: CommonFlags): boolean {
  return [from, diff, host, hosts].some((each) => each !== undefined);
}

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

/** Marks short options of the verb itself as words that the library does not read. No argument contains it. */
const OWN = "\0";

/**
 * Takes the common options out of a command line, at any place before `--`.
 *
 * @param own Keys of those that are left in their places: the verb has options of its own by these names.
 */
export function takeCommonOptions(args: readonly string[], own: readonly string[] = []): CommonOptions {
  const options = Object.fromEntries(
    Object.entries<Option<unknown>>(COMMON_OPTIONS).filter(([key]) => !own.includes(key)),
  );
  const names = namesOf(options);
  const flags = namesOf(options, "flag");
  const end = args.indexOf("--") < 0 ? args.length : args.indexOf("--");
  if (!args.slice(0, end).some((word) => word.startsWith("-"))) return { flags: {}, rest: args };
  const words = dashValues(splitShort(args.slice(0, end), options).map(bareValue));
  const valued = valuedFlags(words, options);
  const rest: string[] = [];
  const given = parseArgs(words.filter((word) => !valued.includes(word)).map(hideOwn), {
    boolean: flags,
    string: names.filter((name) => !flags.includes(name)),
    alias: { d: "device" },
    collect: names,
    unknown(word, _option, value) {
      rest.push(word.replace(OWN, ""));
      if (value !== undefined && value !== true && !word.endsWith(`=${value}`)) {
        rest.push(String(value).replace(OWN, ""));
      }
      return false;
    },
  });
  rest.push(...args.slice(end));
  const read: Record<string, unknown> = {};
  try {
    if (valued.length > 0) throw takesNoValue(valued[0]);
    for (const [key, option] of Object.entries(options)) {
      const name = optionName(key);
      const values = (given[name.slice(2)] ?? []) as readonly unknown[];
      if (values.length === 0) continue;
      if (option.form.kind === "values") {
        read[key] = values.map((each) => valueOf(name, option, each));
        continue;
      }
      if (values.length > 1) throw twice(name);
      read[key] = valueOf(name, option, values[0]);
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

/**
 * Takes the common options out of words that stand together with a verb's own, as in `-qdsim:linux`.
 *
 * @param own The verb's options.
 * @throws {UsageError} If a common option is wrong, or given before too.
 */
export function takeBundled(
  { flags, as, rest }: CommonOptions,
  own: Readonly<Record<string, Option<unknown>>>,
): CommonOptions {
  if (!rest.some((word) => /^-[A-Za-z]./.test(word))) return { flags, as, rest };
  const more = takeCommonOptions(splitShort(rest, { ...COMMON_OPTIONS, ...own }), Object.keys(own));
  if (more.fault !== undefined) throw more.fault;
  const again = Object.keys(more.flags).find((key) => key in flags);
  if (again !== undefined) throw twice(optionName(again));
  return { flags: { ...flags, ...more.flags }, as, rest: more.rest };
}

/** The names of options, without `--`: of all, or of those that take no value. */
function namesOf(options: Readonly<Record<string, Option<unknown>>>, kind?: "flag"): string[] {
  return Object.entries(options).filter(([, { form }]) => kind === undefined || form.kind === kind)
    .map(([key]) => optionName(key).slice(2));
}

function hideOwn(word: string): string {
  return /^-[^-]/.test(word) && word !== "-d" ? OWN + word : word;
}

/** Writes `--trace` as `--trace=all`, so that it does not take the next word. */
function bareValue(word: string): string {
  const [, bare] = BARE.find(([name]) => name === word) ?? [];
  return bare === undefined ? word : `${word}=${bare}`;
}

/** Writes `--from -` as `--from=-`: the library takes no word that begins with a dash for a value. */
function dashValues(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of words) {
    if (word === "-" && DASHED.includes(joined.at(-1) ?? "")) joined.push(`${joined.pop()}=-`);
    else joined.push(word);
  }
  return joined;
}

/** Options that take standard input. */
const DASHED = ["--from", "--diff", "--hosts"];

const BARE = Object.entries<Option<unknown>>(COMMON_OPTIONS)
  .map(([key, { form }]) => [optionName(key), form.kind === "value" ? form.bare : undefined] as const);

function twice(name: string): UsageError {
  return new UsageError(`The option ${name} is given twice`);
}

function valueOf(name: string, { form }: Option<unknown>, given: unknown): unknown {
  if (form.kind === "flag") return given;
  const text = String(given);
  if (text === "" || text.startsWith(OWN)) throw new UsageError(`The option ${name} needs a value`);
  if (form.kind !== "choice") return form.parse(text);
  if (form.values.includes(text)) return text;
  throw new UsageError(`Cannot use "${text}" as ${name}: expected ${form.values.join(", ")}`);
}

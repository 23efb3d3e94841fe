/**
 * The options that every verb takes, before it or after it.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { parseDomid, parseU32 } from "../parse.ts";
import type { Domid } from "../types.ts";
import { choice, flag, type Option, value, type ValuesOf, words } from "./verb.ts";

/** The largest descriptor there can be (a C int). */
const FD_MAX = 0x7FFF_FFFF;

/**
 * Reads a descriptor's number.
 *
 * @throws {UsageError} If it is not one.
 */
export function parseFd(text: string): number {
  const fd = parseU32(text);
  if (fd !== undefined && fd <= FD_MAX) return fd;
  throw new UsageError(`Cannot use "${text}" as a descriptor: expected a whole number`);
}

function parseSocket(path: string): string {
  if (path !== "") return path;
  throw new UsageError("Cannot use an empty path as a session");
}

/** The common options. */
export const COMMON_OPTIONS = {
  device: words("WHERE", "A device path, sim:linux or sim:illumos [EVTCHN_DEVICE, /dev/xen/evtchn]", "d"),
  simulator: flag("The same as --device sim:linux"),
  fd: value(parseFd, "N", "A descriptor of the device that the shell holds [EVTCHN_FD]"),
  session: value(parseSocket, "SOCKET", "A session's socket [EVTCHN_SESSION]"),
  as: value<Domid>(parseDomid, "DOMID", "Act as that domain (simulator only)"),
  json: flag("JSON Lines on stdout, errors too on stderr"),
  trace: flag("Every system call on stderr"),
  color: choice(["auto", "always", "never"], "When to colour [auto]"),
} as const;

/** Their values. */
export type CommonFlags = Partial<ValuesOf<typeof COMMON_OPTIONS>>;

/** A command line's words with the common options taken out. */
export interface CommonOptions {
  readonly flags: CommonFlags;
  /** The verb and its own words. */
  readonly rest: readonly string[];
  /** What is wrong with the options; it is thrown once the verb is known, so that the error can name it. */
  readonly fault?: UsageError;
}

/** Takes the common options out of a command line, wherever they stand before `--`. */
export function takeCommonOptions(args: readonly string[]): CommonOptions {
  const flags: Record<string, unknown> = {};
  const rest: string[] = [];
  let fault: UsageError | undefined;
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--") {
      rest.push(...args.slice(i));
      break;
    }
    const [, name, joined] = /^(?:--([a-z]+)(?:=([^]*))?|-d)$/.exec(args[i]) ?? [undefined, undefined];
    const key = args[i] === "-d" ? "device" : name;
    if (key === undefined || !Object.hasOwn(COMMON_OPTIONS, key)) {
      rest.push(args[i]);
      continue;
    }
    try {
      if (key in flags) throw new UsageError(`The option --${key} is given twice`);
      const takesValue = COMMON_OPTIONS[key as keyof typeof COMMON_OPTIONS].form.kind !== "flag";
      const text = joined ?? (takesValue && i + 1 < args.length && !isOption(args[i + 1]) ? args[++i] : undefined);
      flags[key] = read(key, COMMON_OPTIONS[key as keyof typeof COMMON_OPTIONS], text);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      fault ??= error;
    }
  }
  return { flags, rest, fault };
}

/** A word that cannot be an option's value. */
function isOption(word: string): boolean {
  return /^--|^-[A-Za-z]$/.test(word);
}

function read(name: string, { form }: Option<unknown>, text: string | undefined): unknown {
  if (form.kind === "flag") {
    if (text === undefined || text === "true") return true;
    throw new UsageError(`Cannot use "--${name}=${text}": --${name} takes no value`);
  }
  if (text === undefined) throw new UsageError(`The option --${name} needs a value`);
  if (form.kind === "choice") {
    if (form.values.includes(text)) return text;
    throw new UsageError(`Cannot use "${text}" as --${name}: expected ${form.values.join(", ")}`);
  }
  return form.kind === "value" ? form.parse(text) : text;
}

/** Runs a command line. @module */

import { UsageError } from "../errors.ts";
import type { Host, Need } from "../host/host.ts";
import type { Domid } from "../types.ts";
import { asciiHost, isAscii } from "./ascii_host.ts";
import { checkWords, type Parsed, readPlain } from "./arguments.ts";
import { namesSession } from "./choice.ts";
import { CommandAct, paletteFor } from "./command_act.ts";
import { reportFailure, Status } from "./failure.ts";
import type { HelpLayout } from "./help.ts";
import { COMMON_OPTIONS, type CommonFlags, looksElsewhere, takeBundled, takeCommonOptions } from "./options.ts";
import type { Entry, Option, Options, Table } from "./verb.ts";
import { VERSION } from "./version.ts";

const HELP = /^(-h|-H|--help|--help-?all)$/i;
const VERSION_WORD = /^(-v|--version|version)$/;

/**
 * Runs one command line and returns its exit status.
 *
 * @param args The words after `evtchn`.
 */
export async function runCommandLine(args: readonly string[], outside: Host, table: Table): Promise<number> {
  let common = takeCommonOptions(args);
  const { flags, rest, fault } = common;
  const host = isAscii(flags, outside) ? asciiHost(outside, flags.json === true) : outside;
  let op = "";
  try {
    const [first = "--"] = rest;
    if (first === "help") return print(host, await helpOn(rest.slice(1)));
    if (HELP.test(first)) return print(host, await helpOn([]));
    if (VERSION_WORD.test(first)) return print(host, `${VERSION}\n`);
    const { name } = split(rest, table);
    op = name;
    const own = await ownNames(table.get(name));
    if (own.length > 0) common = takeCommonOptions(args, own);
    if (common.fault !== undefined) throw common.fault;
    const { behind } = split(common.rest, table);
    const entry = await find(name, table, behind.some((word) => HELP.test(word)));
    return isStatement(entry) ? print(host, await helpOn([name])) : await runVerb(entry, behind);
  } catch (error) {
    return reportFailure(host, op, flags.json === true, error);
  }

  /** The text of `help` and the words behind it. */
  async function helpOn(words: readonly string[]): Promise<string> {
    if (fault !== undefined) throw fault;
    const { mainHelp, optionsHelp, verbHelp } = await import("./help.ts");
    const layout = await helpLayout(flags, host);
    const asked = words.filter((word) => !HELP.test(word));
    if (asked.length === 0) return mainHelp(table, layout);
    if (asked.join(" ") === "options") return optionsHelp(layout);
    const { name, behind } = split(asked, table);
    op = "help";
    if (behind.length > 0) throw new UsageError(`Cannot make sense of "${behind[0]}": there is a word too many`);
    const entry = await find(name, table, true);
    return verbHelp(entry, (await entry.load()).default, layout);
  }

  async function runVerb(entry: Entry, behind: readonly string[]): Promise<number> {
    const { name } = entry;
    const { default: verb } = await entry.load();
    const dashes = verb.program ? behind.indexOf("--") : -1;
    const { flags, as, rest: own } = takeBundled(
      { ...common, rest: dashes < 0 ? behind : behind.slice(0, dashes) },
      verb.options ?? {},
    );
    const words = readPlain(verb, own) ??
      await (await import("./parser.ts")).readWords(name, verb, own, COMMON_OPTIONS);
    if (words === undefined) {
      const { verbHelp } = await import("./help.ts");
      return print(host, verbHelp(entry, verb, await helpLayout(flags, host)));
    }
    if (flags.trace !== undefined) (await import("./trace.ts")).callsOf(flags.trace);
    checkWords(verb, words, flags.json === true);
    const program = dashes < 0 ? undefined : behind.slice(dashes + 1);
    const given = givenOptions(verb.options ?? {}, words.options);
    const looks = verb.looks || given.some((option) => option.looks);
    const needs = new Set<Need>([...verb.needs ?? [], ...given.flatMap((option) => option.needs ?? [])]);
    if (program !== undefined) needs.add("programs");
    if (looksElsewhere(flags)) {
      const { lookElsewhere } = await import("./elsewhere.ts");
      return await lookElsewhere({ name, verb, words, given, looks, as, needs }, flags, host);
    }
    if (looks || words.named || as !== undefined || namesSession(flags, host)) needs.add("sockets");
    host.keepOnly?.(needs);
    const acting = as === undefined ? flags : { ...flags, as: await actorOf(as, name, flags) };
    const { options, args } = words.named ? await lookedUp(words, name, acting) : words;
    const act = new CommandAct(host, name, acting, looks, program);
    return await act.finish(() => verb.run(act, options, args));
  }

  async function actorOf(as: string, name: string, flags: CommonFlags): Promise<Domid> {
    const { domainToActAs } = await import("./domain_names.ts");
    return await domainToActAs(as, name, flags, host);
  }

  async function lookedUp(words: Parsed, name: string, flags: CommonFlags): Promise<Parsed> {
    const { lookUpWords } = await import("./domain_names.ts");
    return await lookUpWords(words, name, flags, host);
  }
}

/** The keys of common options that a verb has too, as its own: there they mean what the verb says. */
async function ownNames(entry: Entry | undefined): Promise<string[]> {
  const options = entry === undefined ? {} : (await entry.load()).default.options ?? {};
  return Object.keys(options).filter((key) => key in COMMON_OPTIONS);
}

/** The declarations of those options that are given. */
function givenOptions(options: Options, given: Readonly<Record<string, unknown>>): Option<unknown>[] {
  return Object.entries(options).filter(([name]) => given[name] !== undefined).map(([, option]) => option);
}

/** Help fits the terminal it is read at. */
async function helpLayout(flags: CommonFlags, host: Host): Promise<HelpLayout> {
  const { WIDEST } = await import("./help.ts");
  return { width: Math.min(WIDEST, host.stdout.columns ?? WIDEST), palette: await paletteFor(flags, host) };
}

function print(host: Host, text: string): number {
  host.stdout.writeSync(text);
  return Status.OK;
}

/** Splits off the verb's name, which may be two words. */
function split(words: readonly string[], table: Table): { name: string; behind: readonly string[] } {
  const [first = "--", second = "-"] = words;
  if (first === "--") throw new UsageError("Cannot do anything without a command", "`evtchn --help` lists them");
  if (first.startsWith("-")) {
    const verb = words.find((word) => table.has(word));
    throw new UsageError(
      `There is no option "${first}"`,
      verb === undefined
        ? "`evtchn help options` lists those that every command takes"
        : `a command's own options stand behind it: evtchn ${verb} ${first}`,
    );
  }
  const both = `${first} ${second}`;
  const several = !second.startsWith("-") && [...table.keys()].some((name) => name.startsWith(`${first} `));
  return several ? { name: both, behind: words.slice(2) } : { name: first, behind: words.slice(1) };
}

function isStatement({ only }: Entry): boolean {
  return only === "script";
}

/** @param help Whether it is asked what the verb is, so that one of scripts is found too. */
async function find(name: string, table: Table, help = false): Promise<Entry> {
  const entry = table.get(name);
  if (help && entry !== undefined && entry.only !== "hidden") return entry;
  const word = name.slice(name.indexOf(" ") + 1);
  const message = `There is no command "${word}"`;
  if (entry?.only === "script") {
    throw new UsageError(message, `it is a statement of \`evtchn run\` and \`evtchn shell\``);
  }
  if (entry !== undefined) return entry;
  const { nearest } = await import("./nearest.ts");
  const prefix = name.slice(0, -word.length);
  const names = [...table.values()]
    .filter(({ name, only }) => name.startsWith(prefix) && only !== "script" && only !== "hidden")
    .map(({ name }) => name.slice(prefix.length))
    .filter((each) => !each.includes(" "));
  const meant = nearest(word, names);
  throw new UsageError(
    message,
    meant === undefined ? "`evtchn --help` lists the commands" : `did you mean ${meant}?`,
  );
}

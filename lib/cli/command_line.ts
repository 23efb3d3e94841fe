/** Runs a command line. @module */

import { UsageError } from "../errors.ts";
import type { Host, Need } from "../host/host.ts";
import { checkWords, type Parsed, readPlain } from "./arguments.ts";
import { namesSession } from "./choice.ts";
import { CommandAct } from "./command_act.ts";
import { reportFailure, Status } from "./failure.ts";
import { takeCommonOptions } from "./options.ts";
import { readWords } from "./parser.ts";
import { mainHelp } from "./usage.ts";
import type { Entry, Option, Table, Verb } from "./verb.ts";
import { VERSION } from "./version.ts";

const HELP = /^(-h|-H|--help|--help-?all)$/i;
const VERSION_WORD = /^(-v|--version|version)$/;

/**
 * Runs one command line and returns its exit status.
 *
 * @param args The words after `evtchn`.
 */
export async function runCommandLine(args: readonly string[], host: Host, table: Table): Promise<number> {
  const { flags: given, as, rest, fault } = takeCommonOptions(args);
  let flags = given;
  let op = "";
  try {
    const [first = "--"] = rest;
    if (HELP.test(first) || (first === "help" && rest.length === 1)) return print(host, mainHelp(table));
    if (VERSION_WORD.test(first)) return print(host, `${VERSION}\n`);
    const words = first === "help" ? [...rest.slice(1), "--help"] : rest;
    const { name, behind } = split(words, table);
    op = name;
    if (fault !== undefined) throw fault;
    return await runVerb(await find(name, table), behind);
  } catch (error) {
    return reportFailure(host, op, flags.json === true, error);
  }

  async function runVerb({ name, brief, load }: Entry, behind: readonly string[]): Promise<number> {
    const { default: verb } = await load();
    const dashes = verb.program ? behind.indexOf("--") : -1;
    const own = dashes < 0 ? behind : behind.slice(0, dashes);
    const help = { brief, help: (text: string) => void print(host, text) };
    const words = readPlain(verb, own) ?? await readWords(name, verb, own, help);
    if (words === undefined) return Status.OK;
    checkWords(verb, words, flags.json === true);
    const program = dashes < 0 ? undefined : behind.slice(dashes + 1);
    const sockets = words.named || as !== undefined || namesSession(flags, host);
    host.keepOnly?.(needsOf(verb, words.options, program !== undefined, sockets));
    if (as !== undefined) {
      const { domainToActAs } = await import("./domain_names.ts");
      flags = { ...flags, as: await domainToActAs(as, name, flags, host) };
    }
    const { options, args } = words.named ? await lookedUp(words, name) : words;
    const act = new CommandAct(host, name, flags, verb.looks, program);
    return await act.finish(() => verb.run(act, options, args));
  }

  async function lookedUp(words: Parsed, name: string): Promise<Parsed> {
    const { lookUpWords } = await import("./domain_names.ts");
    return await lookUpWords(words, name, flags, host);
  }
}

function needsOf(
  { needs, looks, options = {} }: Verb,
  given: Readonly<Record<string, unknown>>,
  program: boolean,
  sockets: boolean,
): Set<Need> {
  const all = new Set(needs);
  for (const [name, option] of Object.entries<Option<unknown>>(options)) {
    if (option.needs !== undefined && given[name] !== undefined) all.add(option.needs);
  }
  if (program) all.add("programs");
  if (looks || sockets) all.add("sockets");
  return all;
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
    throw new UsageError(`There is no option "${first}"`, "`evtchn --help` lists those that every command takes");
  }
  const both = `${first} ${second}`;
  const several = !second.startsWith("-") && [...table.keys()].some((name) => name.startsWith(`${first} `));
  return several ? { name: both, behind: words.slice(2) } : { name: first, behind: words.slice(1) };
}

async function find(name: string, table: Table): Promise<Entry> {
  const entry = table.get(name);
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

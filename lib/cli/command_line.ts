/** Runs a command line. @module */

import { UsageError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { readPlain } from "./arguments.ts";
import { CommandAct } from "./command_act.ts";
import { reportFailure, Status } from "./failure.ts";
import { takeBundled, takeCommonOptions } from "./options.ts";
import { readWords } from "./parser.ts";
import { mainHelp } from "./usage.ts";
import type { Entry, Table } from "./verb.ts";
import { VERSION } from "./version.ts";

const HELP = /^(-h|-H|--help|--help-?all)$/i;
const VERSION_WORD = /^(-v|--version|version)$/;

/**
 * Runs one command line and returns its exit status.
 *
 * @param args The words after `evtchn`.
 */
export async function runCommandLine(args: readonly string[], host: Host, table: Table): Promise<number> {
  const given = takeCommonOptions(args);
  const { flags, rest, fault } = given;
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
    const { flags, rest: own } = takeBundled(
      { flags: given.flags, rest: dashes < 0 ? behind : behind.slice(0, dashes) },
      verb.options ?? {},
    );
    const help = { brief, help: (text: string) => void print(host, text) };
    const words = readPlain(verb, own) ?? await readWords(name, verb, own, help);
    if (words === undefined) return Status.OK;
    if (flags.trace !== undefined) (await import("./trace.ts")).callsOf(flags.trace);
    verb.check?.(words.options, words.args, flags.json === true);
    const act = new CommandAct(host, name, flags, verb.looks, dashes < 0 ? undefined : behind.slice(dashes + 1));
    return await act.finish(() => verb.run(act, words.options, words.args));
  }
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

async function find(name: string, table: Table): Promise<Entry> {
  const entry = table.get(name);
  const word = name.slice(name.indexOf(" ") + 1);
  const message = `There is no command "${word}"`;
  if (entry?.only === "script" || entry?.only === "world") {
    throw new UsageError(message, `it is a statement of \`evtchn run\` and \`evtchn shell\``);
  }
  if (entry !== undefined) return entry;
  const { nearest } = await import("./nearest.ts");
  const prefix = name.slice(0, -word.length);
  const names = [...table.values()]
    .filter(({ name, only }) => name.startsWith(prefix) && typeof only !== "string")
    .map(({ name }) => name.slice(prefix.length))
    .filter((each) => !each.includes(" "));
  const meant = nearest(word, names);
  throw new UsageError(
    message,
    meant === undefined ? "`evtchn --help` lists the commands" : `did you mean ${meant}?`,
  );
}

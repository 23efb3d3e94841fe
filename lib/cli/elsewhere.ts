/** Runs a verb on recordings: of --from, and of hosts that ssh reaches. It knows no verb by name. @module */

import { DeviceError, UsageError } from "../errors.ts";
import { type Host, type Need, type Signal, signalStatus } from "../host/host.ts";
import type { ErrorRecord } from "../records.ts";
import { jsonLine, recordLine } from "../render/json.ts";
import { errorLines, oneLine, shortLine } from "../render/line.ts";
import { columnsOf, padTo } from "../render/width.ts";
import { utcTime } from "../render/time.ts";
import { SnapshotView } from "../snapshot/snapshot_view.ts";
import type { Recorded } from "../view/host_view.ts";
import type { Parsed } from "./arguments.ts";
import { CommandAct, needsHost } from "./command_act.ts";
import { withOutputs } from "./derived_host.ts";
import { Status } from "./failure.ts";
import { readInput } from "./input.ts";
import { type CommonFlags, parseHost } from "./options.ts";
import { isArchive, readRecording } from "./recordings.ts";
import { optionName } from "./usage.ts";
import type { Option, Verb } from "./verb.ts";

/** A verb with the words behind it. */
export interface Asked {
  readonly name: string;
  readonly verb: Verb;
  readonly words: Parsed;
  /** The declarations of the options that are given. */
  readonly given: readonly Option<unknown>[];
  readonly looks: boolean | undefined;
  /** The domain's name behind --as. */
  readonly as: string | undefined;
  readonly needs: ReadonlySet<Need>;
}

/** The most hosts of one command line. */
const HOSTS_MAX = 1000;

/**
 * Runs a verb where --from, --host and --hosts say.
 *
 * @returns The exit status.
 * @throws {UsageError} The verb does not only look, or the options contradict each other.
 */
export async function lookElsewhere(asked: Asked, flags: CommonFlags, host: Host): Promise<number> {
  checkFlags(asked, flags);
  const { from, diff } = flags;
  const files = [from, diff].filter((path) => path !== undefined);
  const needs = new Set<Need>([...asked.needs, "files"]);
  if (flags.host !== undefined || flags.hosts !== undefined || files.some(isArchive)) needs.add("programs");
  host.keepOnly?.(needs);
  const stop = new AbortController();
  let came: Signal | undefined;
  const remove = host.onSignal((signal) => {
    came ??= signal;
    stop.abort();
  });
  try {
    const status = await lookThere(asked, flags, host, stop.signal);
    return came === undefined ? status : signalStatus(came);
  } finally {
    remove();
  }
}

async function lookThere(asked: Asked, flags: CommonFlags, host: Host, signal: AbortSignal): Promise<number> {
  const { from, diff } = flags;
  if (from === undefined) return await lookAtHosts(asked, flags, host, signal);
  if (diff !== undefined) return await compare(asked, flags, host, [from, diff], signal);
  const recording = await readRecording(host, from, signal);
  if (recording === undefined || signal.aborted) return Status.REFUSED;
  return await look(asked, flags, host, new SnapshotView(recording));
}

/** Options of places where a handle is, and of what a recording does not do. */
const ELSEWHERE = ["session", "device", "simulator", "fd", "as", "trace", "traceTime"] as const;

function checkFlags({ name, given, looks, as, verb }: Asked, flags: CommonFlags): void {
  const { from, diff, host, hosts } = flags;
  if (from === undefined && diff !== undefined) throw new UsageError("Cannot use --diff without --from");
  const place = from !== undefined ? "--from" : host !== undefined ? "--host" : "--hosts";
  if (from !== undefined && (host !== undefined || hosts !== undefined)) {
    throw new UsageError("Cannot use --from and --host together: each says where to look");
  }
  const other = ELSEWHERE.find((key) => flags[key] !== undefined && flags[key] !== false) ?? (as && "as");
  if (other !== undefined) throw new UsageError(`Cannot use ${place} and ${optionName(other)} together`);
  if (from !== undefined && flags.sudo) throw new UsageError("Cannot use --sudo without --host");
  if (!looks && !verb.onRecording) throw needsHost(name);
  const live = given.find(({ notRecorded }) => notRecorded !== undefined);
  if (live !== undefined) {
    const [key] = Object.entries(verb.options ?? {}).find(([, option]) => option === live)!;
    throw new UsageError(`Cannot use ${optionName(key)} with ${place}: ${live.notRecorded}`);
  }
  if (diff !== undefined && verb.about === undefined) {
    throw new UsageError(`Cannot use --diff with ${name}`, "it compares what list and wiring show");
  }
}

/** Runs the verb on one recording. When it looks, it is said whose that is, and how old. */
async function look(asked: Asked, flags: CommonFlags, host: Host, view: SnapshotView): Promise<number> {
  const { name, verb, words, looks } = asked;
  const begin = (act: CommandAct) => {
    const { recorded } = view;
    if (act.json) return act.print({ op: "snapshot", ...recordedFields(recorded) });
    act.say(`${name}: ${heading(recorded, host.clock.now())}`);
  };
  const act = new CommandAct(host, name, flags, looks, undefined, { view, begin });
  return await act.finish(async () => {
    const { options, args } = await numbered(words, name, view);
    return await verb.run(act, options, args);
  });
}

async function numbered(words: Parsed, name: string, view: SnapshotView): Promise<Parsed> {
  if (!words.named) return words;
  const { lookUp } = await import("./domain_names.ts");
  return await lookUp(words, name, view);
}

function recordedFields({ host, time }: Recorded) {
  return { host, time: time === undefined ? undefined : utcTime(time) };
}

/** As in `host xen1, 3 minutes ago`. `now`: microseconds since 1970. */
export function heading({ host, time, cut }: Recorded, now: number): string {
  const name = host === undefined ? "a host that is not named" : `host ${shortLine(host)}`;
  return `${name}, ${time === undefined ? "at a time that is not told" : age(now - time)}${
    cut ? "; its end is missing" : ""
  }`;
}

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];

function age(microseconds: number): string {
  const seconds = Math.floor(microseconds / 1e6);
  const [unit, name] = UNITS.find(([each]) => Math.abs(seconds) >= each) ?? [1, "second"];
  const count = Math.floor(Math.abs(seconds) / unit);
  const text = `${count} ${name}${count === 1 ? "" : "s"}`;
  return seconds === 0 ? "just now" : seconds > 0 ? `${text} ago` : `${text} ahead of this clock`;
}

/** Shows the answers of hosts, in their order. */
async function lookAtHosts(asked: Asked, flags: CommonFlags, host: Host, signal: AbortSignal): Promise<number> {
  const names = await hostNames(flags, host, signal);
  if (names.length > 1) checkWhole(asked);
  const width = Math.max(...names.map(columnsOf));
  const { askHosts } = await import("./ssh.ts");
  const asking = { sudo: flags.sudo === true, pressesKey: flags.noDebugKey !== true };
  const statuses: number[] = [];
  for await (const { name, found } of askHosts(host, names, asking, signal)) {
    if (signal.aborted) return Status.REFUSED;
    if (names.length === 1) {
      if (found instanceof DeviceError) throw found;
      return await look(asked, flags, host, new SnapshotView(found));
    }
    const marked = markedHost(host, name, width, flags.json === true);
    statuses.push(
      found instanceof DeviceError
        ? await notAnswered(asked.name, found, flags, marked)
        : await answered(asked, flags, marked, new SnapshotView(found)),
    );
  }
  return statusOf(statuses);
}

/** Something wrong that was found says more than what could not be seen, as within one host. */
function statusOf(statuses: readonly number[]): number {
  const first = statuses.find((status) => ![Status.OK, Status.FOUND, Status.REFUSED].includes(status as never));
  if (first !== undefined) return first;
  if (statuses.includes(Status.FOUND)) return Status.FOUND;
  return statuses.includes(Status.REFUSED) ? Status.REFUSED : Status.OK;
}

/** One host of several: its failure is its own. */
async function answered(asked: Asked, flags: CommonFlags, host: Host, view: SnapshotView): Promise<number> {
  try {
    return await look(asked, flags, host, view);
  } catch (error) {
    if (error instanceof DeviceError) return await notAnswered(asked.name, error, flags, host);
    throw error;
  }
}

/** The row of a host that shows nothing. */
async function notAnswered(op: string, error: DeviceError, flags: CommonFlags, host: Host): Promise<number> {
  const { errno, subject, message, hint } = error;
  if (flags.json) host.stderr.writeSync(recordLine({ op, error: errno, subject, message, hint }));
  else await host.stdout.write(`${oneLine(message)}\n`);
  return Status.REFUSED;
}

async function hostNames({ host: named = [], hosts }: CommonFlags, host: Host, signal: AbortSignal): Promise<string[]> {
  const text = hosts === undefined ? "" : (await readInput(host, hosts, signal))?.text ?? "";
  const listed = text.split("\n").map((line) => line.replace(/#.*/, "").trim()).filter((line) => line !== "");
  const all = [...new Set([...named, ...listed.map(parseHost)])];
  if (all.length === 0) throw new UsageError(`Cannot look at the hosts in "${hosts}": it names none`);
  if (all.length > HOSTS_MAX) throw new UsageError(`Cannot look at more than ${HOSTS_MAX} hosts at once`);
  return all;
}

function checkWhole({ name, given, verb }: Asked): void {
  if (verb.whole) throw new UsageError(`Cannot use ${name} with several hosts: name one`);
  const whole = Object.entries<Option<unknown>>(verb.options ?? {}).find(([, option]) =>
    option.whole && given.includes(option)
  );
  if (whole !== undefined) throw new UsageError(`Cannot use ${optionName(whole[0])} with several hosts: name one`);
}

/** A host whose lines begin with a name, and whose records have it as their first key. */
function markedHost(host: Host, name: string, width: number, json: boolean): Host {
  const start = `${padTo(name, width)}  `;
  const mark = (text: string) =>
    text.replace(/^.*\n?/gm, (line) => {
      if (line === "") return line;
      return json && line.startsWith("{") ? `${jsonLine({ host: name }).slice(0, -2)},${line.slice(1)}` : start + line;
    });
  const { stdout, stderr } = host;
  return withOutputs(host, {
    stdout: {
      terminal: stdout.terminal,
      ascii: stdout.ascii,
      columns: stdout.columns === undefined ? undefined : Math.max(1, stdout.columns - start.length),
      writeSync: (text) => stdout.writeSync(mark(text)),
      write: (text) => stdout.write(mark(text)),
    },
    stderr: {
      terminal: stderr.terminal,
      ascii: stderr.ascii,
      writeSync: (text) => stderr.writeSync(json ? mark(text) : text.replace(/^evtchn: /gm, () => `evtchn: ${name}: `)),
      write: (text) => stderr.write(text),
    },
  });
}

/** Shows what is different between two recordings: status 3 if anything is. */
async function compare(
  asked: Asked,
  flags: CommonFlags,
  host: Host,
  paths: readonly [string, string],
  signal: AbortSignal,
): Promise<number> {
  const sides: { readonly records: readonly Readonly<Record<string, unknown>>[]; readonly recorded: Recorded }[] = [];
  for (const path of paths) {
    const recording = await readRecording(host, path, signal);
    if (recording === undefined || signal.aborted) return Status.REFUSED;
    const view = new SnapshotView(recording);
    const lines: string[] = [];
    const status = await look(asked, { ...flags, json: true }, silentHost(host, lines, flags.json === true), view);
    const records = lines.join("").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
    if (status === Status.REFUSED && records.length <= 1) return status; // its error is printed
    sides.push({ records: records.filter(({ op }) => op !== "snapshot"), recorded: view.recorded });
  }
  const [older, newer] = sides;
  const { differenceLine, differences } = await import("./differences.ts");
  const now = host.clock.now();
  if (!flags.json) {
    host.stderr.writeSync(
      `evtchn: ${oneLine(`${asked.name}: from ${heading(older.recorded, now)}, to ${heading(newer.recorded, now)}`)}\n`,
    );
  }
  let found = false;
  for (const each of differences(older.records, newer.records, asked.verb.about!)) {
    found = true;
    const line = flags.json ? recordLine(each) : `${oneLine(differenceLine(each, asked.verb.about!))}\n`;
    await host.stdout.write(line);
  }
  return found ? Status.FOUND : Status.OK;
}

/** A host whose standard output, records, is kept, and whose errors are records as well only with --json. */
function silentHost(host: Host, lines: string[], json: boolean): Host {
  const take = (text: string) => void lines.push(text);
  const tell = (text: string) => host.stderr.writeSync(json ? text : text.replace(/^\{.*\n/gm, errorText));
  const output = (write: (text: string) => void) => ({
    terminal: false,
    ascii: host.stdout.ascii,
    writeSync: write,
    write: (text: string) => Promise.resolve(write(text)),
  });
  return withOutputs(host, { stdout: output(take), stderr: output(tell) });
}

/** The record of an error as people read it. */
function errorText(line: string): string {
  const { op, message, hint }: ErrorRecord = JSON.parse(line);
  return errorLines(`evtchn: ${op}: ${message}`, hint);
}

/**
 * A verb, said once: its words, what it does and what it prints. The command line, scripts, the prompt, completion and
 * usage lines are all made from this.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { DeviceError } from "../errors.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import { parseChannel, parseCount, parseDomid, parsePeriod, parsePort, parseVirq } from "../parse.ts";
import type { ResultRecord } from "../records.ts";
import type { Palette } from "../render/human.ts";
import type { Awaitable, Channel, Domid, Port } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import type { Input } from "./input.ts";

/** An option: how it is written and read. */
export interface Option<T> {
  readonly brief: string;
  /** Its one-letter form. */
  readonly short?: string;
  /** Why it cannot be used in a script; undefined: it can. */
  readonly notInScript?: string;
  readonly form:
    | { readonly kind: "flag" }
    | { readonly kind: "choice"; readonly values: readonly string[] }
    | { readonly kind: "value" | "values"; readonly placeholder: string; readonly parse: (text: string) => unknown };
  /** Only a type: what the option's value is. */
  readonly value?: T;
}

/** An argument: a word that is no option. */
export interface Argument<T> {
  readonly placeholder: string;
  readonly brief: string;
  readonly optional?: true;
  /** Throws a UsageError on a word that it does not take. */
  readonly parse: (text: string) => T;
  /** What the completion of a prompt offers. */
  readonly offers?: Offer;
}

/** What can be offered for a word: a kind of thing, or the words themselves. */
export type Offer = "channels" | "ports" | "virqs" | "domains" | readonly string[];

/** Any number of arguments of one kind. */
export interface Several<T> {
  readonly each: Argument<T>;
  readonly minimum: 0 | 1;
}

/** Options as a verb declares them. */
export type Options = Readonly<Record<string, Option<unknown>>>;
/** Arguments as a verb declares them. */
export type Arguments = readonly Argument<unknown>[] | Several<unknown>;

/** The values of declared options. */
export type ValuesOf<O> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

/** The values of declared arguments. */
export type ArgumentsOf<A> = A extends Several<infer T> ? readonly T[]
  : { readonly [K in keyof A]: A[K] extends Argument<infer T> ? T : never };

/** Where the handle is that a verb acts on. */
export type Place =
  /** A new one, opened for this verb alone: it has no ports. */
  | "new"
  /** A descriptor that the shell holds. */
  | "descriptor"
  | "session"
  /** It lives as long as the script or the prompt. */
  | "script";

/** A program to run with a handle or a session: the words after `--`. */
export interface Program {
  readonly words: readonly string[];
  /** Whether the handle of the verb is simulated, which no program can inherit. */
  readonly simulated: boolean;
  /**
   * Runs it on the same standard streams to its end; signals reach it.
   *
   * @param env What its environment has beside this one's.
   * @param unset A variable that it must not have.
   * @returns Its exit status.
   */
  run(env: Readonly<Record<string, string>>, unset?: string): Promise<number>;
}

/** A line that says how much of the work is done. */
export interface Progress {
  progress(done: number, total: number): void;
  /** Removes it. */
  end(): void;
}

/** What a verb acts with: a command line's, or a statement's. */
export interface Act {
  /** Verb name for messages, as `bind-virq`. */
  readonly op: string;
  readonly place: Place;
  readonly clock: Clock;
  /** The same clock; on a simulated script's, an endless sleep ends when nothing more can happen. */
  readonly patientClock: Clock;
  /** Aborts when a signal asks the verb to end. */
  readonly signal: AbortSignal;
  /** Whether records are printed, not text. */
  readonly json: boolean;
  /** The width of the terminal; undefined where there is none. */
  readonly width: number | undefined;
  /** Shows how much of the work is done; undefined where nobody looks at a terminal. */
  readonly progress?: Progress;
  /** The program to run; undefined in a script, and where `--` was not given. */
  readonly program?: Program;
  palette(): Awaitable<Palette>;
  /**
   * The handle, opened at the first call and closed after the verb, or with the script.
   *
   * @throws {DeviceError} If it cannot be opened.
   */
  handle(): Awaitable<EventChannelDevice>;
  /**
   * What can be seen of the host, opened and closed as the handle.
   *
   * @throws {DeviceError | UsageError} If it cannot be looked from here.
   */
  view(): Awaitable<HostView>;
  /** Prints a record with `--json`, else `text` and a newline; nothing if that is undefined. */
  print(record: ResultRecord, text?: string): Awaitable<void>;
  /** Prints many records with `--json`, in large pieces. */
  printAll(records: Iterable<ResultRecord>): Promise<void>;
  /** Prints text and a newline, for verbs that show many records as one table. Not for `--json`. */
  printText(text: string): Awaitable<void>;
  /** Prints whole lines as they are: for verbs that render records and text themselves. */
  write(lines: string): Awaitable<void>;
  /** Tells the person something, on stderr. */
  say(text: string): Awaitable<void>;
  /** Tells an error as a failure of this verb, which goes on with the rest of its work. */
  report(error: DeviceError): Awaitable<void>;
  /**
   * Reads a file.
   *
   * @param file Its path; `-` is standard input.
   * @param lossy Whether bytes that are not UTF-8 are read as U+FFFD.
   * @returns Undefined if the signal came first.
   * @throws {UsageError} If it cannot be read.
   */
  read(file: string, lossy?: boolean): Promise<Input | undefined>;
}

/** What a verb came to, beside what it printed. */
export interface Outcome {
  /** The ports that it got: what a named statement's variable stands for. */
  readonly ports?: readonly Port[];
  /** What it found wrong. The verb did its work and counts as failed; only a script tells this text. */
  readonly fault?: string | DeviceError;
  /** The exit status; by default 0, or 1 with a fault. */
  readonly status?: number;
}

/** A verb whose types are known: what its file declares. */
export interface Declared<O, A, ACT> {
  /** What `--help` says of it, in paragraphs. */
  readonly help: string;
  /** Command lines that show how it is used, without `evtchn NAME`; by default made from the declarations. */
  readonly usage?: readonly string[];
  readonly options?: O;
  readonly arguments?: A;
  /** Whether it gets ports, which a script can name. */
  readonly gets?: "ports";
  /** Whether it takes `-- COMMAND ARGS...`, on the command line. */
  readonly program?: true;
  /** Whether it looks at more than the handle: a simulated host then has all that can be looked at. */
  readonly looks?: true;
  /** Reads the words itself, where they are no list of arguments. */
  readonly parse?: (words: readonly string[]) => ArgumentsOf<A>;
  /**
   * Refuses options and arguments that contradict each other, before anything is opened.
   *
   * @param json Whether `--json` stands on the verb's own command line.
   * @throws {UsageError}
   */
  check?(options: ValuesOf<O>, args: ArgumentsOf<A>, json: boolean): void;
  /** @throws {DeviceError | UsageError} What it fails with. */
  run(act: ACT, options: ValuesOf<O>, args: ArgumentsOf<A>): Awaitable<Outcome | void>;
}

// deno-lint-ignore no-explicit-any -- a verb of any words, on any act: the table of commands knows which
export type Verb = Declared<any, any, any>;

/** Declares a verb for command lines, scripts and prompts. */
export function verb<O extends Options, const A extends Arguments = readonly []>(declared: Declared<O, A, Act>): Verb {
  return declared;
}

/** A verb by its name, loaded when it is called. */
export interface Entry {
  /** As it is written; `session start` is two words. */
  readonly name: string;
  /** The heading that `evtchn --help` lists it under. */
  readonly group: string;
  /** What it does, in a line. */
  readonly brief: string;
  /** Where it can be said; undefined: everywhere. */
  readonly only?: "script" | "world" | "hidden" | {
    /** Why a script cannot use it. */ readonly notInScript: string;
  };
  readonly load: () => Promise<{ readonly default: Verb }>;
}

/** The verbs by their names: the table of commands/mod.ts, which lib is given. */
export type Table = ReadonlyMap<string, Entry>;

const text = (value: string) => value;

/** An option that is there or not. */
export function flag(brief: string, short?: string): Option<boolean | undefined> {
  return { brief, short, form: { kind: "flag" } };
}

/** An option that is one of some words. */
export function choice<const T extends string>(
  values: readonly T[],
  brief: string,
  short?: string,
): Option<T | undefined> {
  return { brief, short, form: { kind: "choice", values } };
}

/** An option with a value. */
export function value<T>(
  parse: (text: string) => T,
  placeholder: string,
  brief: string,
  short?: string,
): Option<T | undefined> {
  return { brief, short, form: { kind: "value", placeholder, parse } };
}

/** An option that may be repeated. */
export function values<T>(
  parse: (text: string) => T,
  placeholder: string,
  brief: string,
  short?: string,
): Option<readonly T[] | undefined> {
  return { brief, short, form: { kind: "values", placeholder, parse } };
}

/** An option that is any text. */
export function words(placeholder: string, brief: string, short?: string): Option<string | undefined> {
  return value(text, placeholder, brief, short);
}

/** An option that is a period, milliseconds. */
export function period(brief: string): Option<number | undefined> {
  return value(parsePeriod, "PERIOD", brief);
}

/** An option that is a count, from 1. */
export function count(brief: string, short?: string): Option<number | undefined> {
  return value((text) => parseCount(text), "N", brief, short);
}

/** An argument that may be missing. */
export function optional<T>(argument: Argument<T>): Argument<T | undefined> {
  return { ...argument, optional: true };
}

/** Any number of arguments. */
export function any<T>(each: Argument<T>): Several<T> {
  return { each, minimum: 0 };
}

/** One argument or more. */
export function some<T>(each: Argument<T>): Several<T> {
  return { each, minimum: 1 };
}

/** An argument that is a word. */
export function word(placeholder: string, brief: string): Argument<string> {
  return { placeholder, brief, parse: text };
}

/** `DOM` */
export const DOMAIN: Argument<Domid> = {
  placeholder: "DOM",
  brief: "A domain's id, or self",
  parse: parseDomid,
  offers: "domains",
};

/** `PORT` */
export const PORT: Argument<Port> = { placeholder: "PORT", brief: "A port", parse: parsePort, offers: "ports" };

/** `VIRQ` */
export const VIRQ: Argument<number> = {
  placeholder: "VIRQ",
  brief: "A VIRQ's number or name",
  parse: parseVirq,
  offers: "virqs",
};

/** `CHANNEL` */
export const CHANNEL: Argument<Channel> = {
  placeholder: "CHANNEL",
  brief: "PORT of this handle, virq:NAME, DOMAIN:PORT, or DOMAIN:any",
  parse: parseChannel,
  offers: "channels",
};

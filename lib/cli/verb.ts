/**
 * The declaration of a verb. The command line, scripts, the prompt, completion and usage lines are all made from it.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { DeviceError } from "../errors.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import type { Host, Need } from "../host/host.ts";
import type { Named } from "../named.ts";
import { parseCount, parseDomain, parseNamedChannel, parsePeriod, parsePort, parseVirq } from "../parse.ts";
import type { RecordName, ResultRecord } from "../records.ts";
import type { Palette } from "../render/human.ts";
import type { FoundSession } from "../session/found.ts";
import type { SimulatedWorld } from "../sim/world.ts";
import type { Awaitable, Channel, Domid, Port } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import type { Input } from "./input.ts";

export interface Option<T> {
  readonly brief: string;
  /** The one-letter form, without `-`. */
  readonly short?: string;
  /** The reason why a script cannot use it; undefined: it can. */
  readonly notInScript?: string;
  /** The reason why it cannot be used on a recording; undefined: it can. */
  readonly notRecorded?: string;
  /** Whether its output is one whole, which cannot be shown line by line beside that of other hosts. */
  readonly whole?: true;
  /** What the verb needs of Deno's permissions when the option is given. */
  readonly needs?: Need;
  /** Whether the verb `looks` when the option is given. */
  readonly looks?: true;
  readonly form:
    | { readonly kind: "flag" }
    | { readonly kind: "choice"; readonly values: readonly string[] }
    | {
      readonly kind: "value" | "values";
      readonly placeholder: string;
      readonly parse: (text: string) => unknown;
      /** What the option alone means. Only `=` gives it another value; undefined: it needs one, also as the next word. */
      readonly bare?: string;
    };
  /** Exists only as a type: the type of the option's value. */
  readonly value?: T;
}

export interface Argument<T> {
  readonly placeholder: string;
  readonly brief: string;
  readonly optional?: true;
  /** @throws {UsageError} If the word is not valid. */
  readonly parse: (text: string) => T | Named<T>;
  /** What completion offers at a prompt. */
  readonly offers?: Offer;
}

/** Completions: a kind of thing, or the words themselves. */
export type Offer = "channels" | "ports" | "virqs" | "domains" | readonly string[];

/** Any number of arguments of one kind. */
export interface Several<T> {
  readonly each: Argument<T>;
  readonly minimum: 0 | 1;
}

export type Options = Readonly<Record<string, Option<unknown>>>;
export type Arguments = readonly Argument<unknown>[] | Several<unknown>;

export type ValuesOf<O> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

export type ArgumentsOf<A> = A extends Several<infer T> ? readonly T[]
  : { readonly [K in keyof A]: A[K] extends Argument<infer T> ? T : never };

/** Arguments as they are read: in each of them a domain's name may have to be looked up. */
export type MaybeNamed<A> = { readonly [K in keyof A]: A[K] | Named<A[K]> };

/** Where the verb's handle comes from. */
export type Place =
  /** Opened for this verb alone: it has no ports yet. */
  | "new"
  /** A descriptor inherited from the shell. */
  | "descriptor"
  | "session"
  /** The handle lives as long as the script or the prompt. */
  | "script";

/** A program to run with a handle or a session: the words after `--`. */
export interface Program {
  readonly words: readonly string[];
  /** Whether the handle is simulated. No program can inherit that. */
  readonly simulated: boolean;
  /**
   * Runs it on the same standard streams until it ends, and returns its exit status. Signals are passed on to it.
   *
   * @param env Added to this process's environment.
   * @param unset A variable that is set empty, which counts as not set.
   */
  run(env: Readonly<Record<string, string>>, unset?: string): Promise<number>;
}

/** A line that shows how much work is done. */
export interface Progress {
  progress(done: number, total: number): void;
  /** Removes the line. */
  end(): void;
}

/** What a verb runs with, on a command line or in a script. */
export interface Act {
  /** The verb's name, as in `bind-virq`. */
  readonly op: string;
  readonly place: Place;
  /** This machine and this process: for verbs that look at these themselves. */
  readonly host: Pick<Host, "clock" | "env" | "runtime" | "sessionSockets" | "readText" | "replaceFile" | "serve">;
  readonly clock: Clock;
  /** The same clock, but in a simulated script an endless sleep ends when nothing more can happen. */
  readonly patientClock: Clock;
  /** Aborts when a signal asks the verb to end. */
  readonly signal: AbortSignal;
  /** Whether to print records, not text. */
  readonly json: boolean;
  /** The line of the script; undefined: this is a command line. */
  readonly line?: number;
  /** Whether it looks at a recording, which has no handle: only {@linkcode Act.view} works. */
  readonly recorded: boolean;
  /** Whether events say their domain: handles of several domains are open, or `--as` names one. */
  readonly namesDomains: boolean;
  /** The columns of the terminal; undefined: stdout is no terminal. */
  readonly width: number | undefined;
  /** Undefined: stderr is no terminal, or records are printed. */
  readonly progress?: Progress;
  /** The program behind `--`; undefined: none was given. */
  readonly program?: Program;
  /** Asks this user's sessions what they are; a script asks none. */
  sessions?(): Promise<readonly FoundSession[]>;
  palette(): Awaitable<Palette>;
  /**
   * The handle, opened at the first call and closed at the end of the verb or script.
   *
   * @throws {DeviceError} If it cannot be opened.
   */
  handle(): Awaitable<EventChannelDevice>;
  /**
   * The view of the host, opened and closed like the handle.
   *
   * @throws {DeviceError | UsageError} If it cannot be opened.
   */
  view(): Awaitable<HostView>;
  /**
   * The simulated host, which others see too: for verbs with `only: "world"`.
   *
   * @throws {UsageError} If the host is real, or simulated for this process alone.
   */
  world(): Awaitable<SimulatedWorld>;
  /** The domain that acts, by `--as` or `@`; undefined: this domain. */
  readonly domain: Domid | undefined;
  /** Closes every handle and view that the verb's script has of a domain. A session has closed its own. */
  closeDomain(domain: Domid): Awaitable<void>;
  /** Prints the record with `--json`, else `text` and a newline, or nothing if that is undefined. */
  print(record: ResultRecord, text?: string): Awaitable<void>;
  /** Prints many records with `--json`, in large pieces. */
  printAll(records: Iterable<ResultRecord>): Promise<void>;
  /** Prints text and a newline: for a table of many records. Not for `--json`. */
  printText(text: string): Awaitable<void>;
  /** Prints whole lines: for verbs that render records and text themselves. */
  write(lines: string): Awaitable<void>;
  /** Prints a message on stderr. */
  say(text: string): Awaitable<void>;
  /** Reports an error as a failure of this verb, which continues. */
  report(error: DeviceError): Awaitable<void>;
  /**
   * Reads a file, or standard input for `-`.
   *
   * @param lossy Whether bytes that are not UTF-8 are read as U+FFFD.
   * @returns Undefined if the signal came first.
   * @throws {UsageError} If it cannot be read.
   */
  read(file: string, lossy?: boolean): Promise<Input | undefined>;
}

/** The result of a verb, besides its output. */
export interface Outcome {
  /** The ports that it bound or read: the value of a script's variable. */
  readonly ports?: readonly Port[];
  /**
   * What makes it count as failed, although it did its work. Only a script prints this. A text: it looked, and found that
   * wrong (exit status 3). An error: it could not do or see what was asked (exit status 1).
   */
  readonly fault?: string | DeviceError;
  /** The exit status, where another one is meant. */
  readonly status?: number;
}

/** The declaration of a verb, with the types of its options and arguments. */
export interface Declared<O, A, ACT> {
  /** The description that `--help` prints. */
  readonly help: string;
  /** Usage lines, without `evtchn NAME`; by default made from the declarations. */
  readonly usage?: readonly string[];
  /** Command lines that `--help` shows, without `evtchn`. */
  readonly examples?: readonly string[];
  readonly options?: O;
  readonly arguments?: A;
  /** The records that it prints with `--json`, besides errors, by their names in record_schemas.ts. */
  readonly records: readonly RecordName[];
  /** Whether its output is always one whole, as of {@linkcode Option.whole}. */
  readonly whole?: true;
  /** Whether it works on a recording although it does not look at a host. */
  readonly onRecording?: true;
  /** The keys that say what a record is about: with them --diff finds what is different. Undefined: it cannot. */
  readonly about?: readonly string[];
  /** Whether its outcome has ports, so that a script can name them. */
  readonly gets?: "ports";
  /** Whether it takes `-- COMMAND ARGS...` on the command line. */
  readonly program?: true;
  /** Whether it inspects more than the handle: a simulated host then has a xenstore and privcmd. */
  readonly looks?: true;
  /** What it needs of Deno's permissions. Sockets for `looks` and with a session, and programs behind `--`, are added. */
  readonly needs?: readonly Need[];
  /** Reads the words itself, if they are no plain list of arguments. */
  readonly parse?: (words: readonly string[]) => MaybeNamed<ArgumentsOf<A>>;
  /**
   * Refuses options and arguments that contradict each other, before anything is opened.
   *
   * @param json Whether `--json` was given on the verb's own command line.
   * @throws {UsageError}
   */
  check?(options: ValuesOf<O>, args: ArgumentsOf<A>, json: boolean): void;
  /** @throws {DeviceError | UsageError} */
  run(act: ACT, options: ValuesOf<O>, args: ArgumentsOf<A>): Awaitable<Outcome | void>;
}

// deno-lint-ignore no-explicit-any -- the table of verbs holds all types of options and arguments
export type Verb = Declared<any, any, any>;

/** Declares a verb for command lines, scripts and prompts. */
export function verb<O extends Options, const A extends Arguments = readonly []>(declared: Declared<O, A, Act>): Verb {
  return declared;
}

export interface Entry {
  /** May be two words, as in `session start`. */
  readonly name: string;
  /** The heading that `evtchn --help` lists it under. */
  readonly group: string;
  /** One line for `evtchn --help`. */
  readonly brief: string;
  /** Where it can be used: undefined is everywhere, `world` a simulated host of a script or a session. */
  readonly only?: "script" | "world" | "hidden" | {
    readonly notInScript: string;
  };
  readonly load: () => Promise<{ readonly default: Verb }>;
}

/** The verbs by name, in commands/mod.ts. */
export type Table = ReadonlyMap<string, Entry>;

const text = (value: string) => value;

export function flag(brief: string, short?: string): Option<boolean | undefined> {
  return { brief, short, form: { kind: "flag" } };
}

/** An option with a fixed set of values. */
export function choice<const T extends string>(
  values: readonly T[],
  brief: string,
  short?: string,
): Option<T | undefined> {
  return { brief, short, form: { kind: "choice", values } };
}

export function value<T>(
  parse: (text: string) => T | Named<T>,
  placeholder: string,
  brief: string,
  short?: string,
): Option<T | undefined> {
  return { brief, short, form: { kind: "value", placeholder, parse } };
}

/** An option that may be repeated. */
export function values<T>(
  parse: (text: string) => T | Named<T>,
  placeholder: string,
  brief: string,
  short?: string,
): Option<readonly T[] | undefined> {
  return { brief, short, form: { kind: "values", placeholder, parse } };
}

/** An option with any text as its value. */
export function words(placeholder: string, brief: string, short?: string): Option<string | undefined> {
  return value(text, placeholder, brief, short);
}

/** An option with a period as its value, in milliseconds. */
export function period(brief: string): Option<number | undefined> {
  return value(parsePeriod, "PERIOD", brief);
}

/** An option with a count from 1 as its value. */
export function count(brief: string, short?: string): Option<number | undefined> {
  return value((text) => parseCount(text), "N", brief, short);
}

export function optional<T>(argument: Argument<T>): Argument<T | undefined> {
  return { ...argument, optional: true };
}

/** Zero or more arguments. */
export function any<T>(each: Argument<T>): Several<T> {
  return { each, minimum: 0 };
}

/** One or more arguments. */
export function some<T>(each: Argument<T>): Several<T> {
  return { each, minimum: 1 };
}

/** An argument that takes any text. */
export function word(placeholder: string, brief: string): Argument<string> {
  return { placeholder, brief, parse: text };
}

export const DOMAIN: Argument<Domid> = {
  placeholder: "DOM",
  brief: "A domain's id or name, or self",
  parse: parseDomain,
  offers: "domains",
};

export const PORT: Argument<Port> = { placeholder: "PORT", brief: "A port", parse: parsePort, offers: "ports" };

export const VIRQ: Argument<number> = {
  placeholder: "VIRQ",
  brief: "A VIRQ's number or name",
  parse: parseVirq,
  offers: "virqs",
};

export const CHANNEL: Argument<Channel> = {
  placeholder: "CHANNEL",
  brief: "PORT of this handle, virq:NAME, DOMAIN:PORT, or DOMAIN:any",
  parse: parseNamedChannel,
  offers: "channels",
};

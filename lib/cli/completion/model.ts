/** What the completion of a shell has to know, from the declarations of the verbs. @module */

import { VIRQS } from "../../virq.ts";
import { COMMON_OPTIONS } from "../options.ts";
import { optionName } from "../usage.ts";
import type { Argument, Offer, Option, Options, Table, Verb } from "../verb.ts";

/** What may stand at a place: words; what evtchn is asked for when it is needed; or what the shell itself completes. */
export type Words = readonly string[] | Asked | "files" | "programs" | "nothing";

/** What `evtchn complete` is asked for. */
export const ASKED = ["domains", "ports", "channels"] as const;
export type Asked = typeof ASKED[number];

export interface CompletedOption {
  /** With its dashes. */
  readonly name: string;
  /** With its dash. */
  readonly short?: string;
  readonly brief: string;
  /** The value that stands behind the option as a word of its own; undefined: none does. */
  readonly value?: { readonly placeholder: string; readonly words: Words };
}

export interface CompletedArgument {
  readonly placeholder: string;
  readonly words: Words;
}

export interface CompletedVerb {
  /** May be two words. */
  readonly name: string;
  readonly brief: string;
  readonly options: readonly CompletedOption[];
  /** The first arguments, in their order. */
  readonly first: readonly CompletedArgument[];
  /** Any number of arguments of one kind. */
  readonly each?: CompletedArgument;
  /** Whether a program may stand behind `--`. */
  readonly program: boolean;
}

export interface Completion {
  /** The options that every verb takes, in front of it or behind it. */
  readonly common: readonly CompletedOption[];
  readonly verbs: readonly CompletedVerb[];
  /** What `evtchn help` is asked for, in one word. */
  readonly topics: readonly string[];
}

/** The kinds of words that placeholders stand for, where a declaration does not say what it offers. */
const BY_PLACEHOLDER: Readonly<Record<string, Words>> = {
  CHANNEL: "channels",
  DIRECTORY: "files",
  DOM: "domains",
  FILE: "files",
  PORT: "ports",
  SOCKET: "files",
  VIRQ: VIRQS.map(({ name }) => name),
  WHERE: ["sim:linux", "sim:illumos", "/dev/xen/evtchn"],
};

/** What is known of the verbs that a command line may have. */
export async function completionOf(table: Table): Promise<Completion> {
  const entries = [...table.values()].filter(({ only }) => only !== "script" && only !== "hidden");
  const groups = entries.filter(({ name }) => entries.some((other) => other.name.startsWith(`${name} `)));
  const verbs = await Promise.all(
    entries.filter((entry) => !groups.includes(entry)).map(async ({ name, brief, load }) => {
      const { default: verb } = await load();
      return {
        name,
        brief,
        options: optionsOf(verb.options ?? {}),
        ...argumentsOf(verb),
        program: verb.program ?? false,
      };
    }),
  );
  const topics = [...table.values()].filter(({ name, only }) => only !== "hidden" && !name.includes(" "));
  return { common: optionsOf(COMMON_OPTIONS), verbs, topics: ["options", ...topics.map(({ name }) => name)] };
}

/** The names of the verbs that are one word, and the first words of the others, each once. */
export function firstWords({ verbs }: Completion): string[] {
  return [...new Set(verbs.map(({ name }) => name.split(" ")[0]))];
}

/** The verbs whose names are two words, by the first one. */
export function secondWords({ verbs }: Completion): Map<string, CompletedVerb[]> {
  return Map.groupBy(verbs.filter(({ name }) => name.includes(" ")), ({ name }) => name.split(" ")[0]);
}

function optionsOf(options: Options): CompletedOption[] {
  return Object.entries<Option<unknown>>(options).map(([key, option]) => ({
    name: optionName(key),
    short: option.short === undefined ? undefined : `-${option.short}`,
    brief: option.brief,
    value: valueOf(option),
  }));
}

function valueOf({ form }: Option<unknown>): CompletedOption["value"] {
  if (form.kind === "flag") return undefined;
  if (form.kind === "choice") return { placeholder: form.values.join("|"), words: form.values };
  if (form.bare !== undefined) return undefined; // its value stands behind `=`
  return { placeholder: form.placeholder, words: BY_PLACEHOLDER[form.placeholder] ?? "nothing" };
}

function argumentsOf({ arguments: declared = [] }: Verb): Pick<CompletedVerb, "first" | "each"> {
  return "each" in declared
    ? { first: [], each: argumentOf(declared.each) }
    : { first: declared.map((argument: Argument<unknown>) => argumentOf(argument)) };
}

function argumentOf({ placeholder, offers }: Argument<unknown>): CompletedArgument {
  return { placeholder, words: offers === undefined ? BY_PLACEHOLDER[placeholder] ?? "nothing" : wordsOf(offers) };
}

function wordsOf(offers: Offer): Words {
  return offers === "virqs" ? VIRQS.map(({ name }) => name) : offers;
}

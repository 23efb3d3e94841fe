/** Completion at the prompt, from the declarations of the verbs. @module */

import { optionName, statementVerbs } from "../cli/usage.ts";
import type { Offer, Option, Table, Verb } from "../cli/verb.ts";
import { VIRQS } from "../virq.ts";
import { load } from "./syntax.ts";

export interface CompletionContext {
  readonly table: Table;
  /** Words that the prompt takes besides verbs, such as `help`. */
  readonly words: readonly string[];
  /** The names of the variables that are set. */
  readonly names: Iterable<string>;
  /** The ports of the open handles. */
  readonly ports: readonly string[];
  /** The channels of those ports. */
  readonly channels: readonly string[];
  /** What domains may be called, besides `self`. Asked only where a domain is to stand. */
  domains(): Promise<readonly string[]>;
}

/**
 * Completes the last word of a line.
 *
 * @param line The text before the cursor.
 * @returns The sorted candidates, and the part of the line that they replace.
 */
export async function complete(line: string, known: CompletionContext): Promise<[candidates: string[], part: string]> {
  const statement = line.slice(line.lastIndexOf(";") + 1).trimStart();
  const part = /[^\s]*$/.exec(statement)![0];
  const before = statement.slice(0, statement.length - part.length).trim().split(/\s+/).filter((word) => word !== "");
  const words = withoutHead(before);
  const candidates = part.startsWith("$")
    ? [...known.names].map((name) => `$${name}`)
    : words.length === 0
    ? [...statementVerbs(known.table), ...known.words]
    : await argumentsOf(words, part, known);
  return [[...new Set(candidates)].filter((candidate) => candidate.startsWith(part)).sort(), part];
}

/** Drops `@HANDLE` and `NAME =`. */
function withoutHead(words: readonly string[]): readonly string[] {
  const rest = words[0]?.startsWith("@") ? words.slice(1) : words;
  return rest[1] === "=" ? rest.slice(2) : rest;
}

async function argumentsOf(
  [name, ...words]: readonly string[],
  part: string,
  known: CompletionContext,
): Promise<string[]> {
  if (name === "help") return statementVerbs(known.table);
  const entry = known.table.get(name);
  if (entry === undefined) return [];
  const verb = await load(entry);
  const options = Object.entries<Option<unknown>>(verb.options ?? {}).filter(([, { notInScript }]) => !notInScript);
  const open = options.find(([key, { short }]) => words.at(-1) === optionName(key) || words.at(-1) === `-${short}`);
  if (open !== undefined && open[1].form.kind !== "flag") {
    return open[1].form.kind === "choice" ? [...open[1].form.values] : [];
  }
  if (part.startsWith("-")) return options.map(([key]) => optionName(key));
  return await offered(argumentAt(verb, positionOf(words, options)), known);
}

/** How many of the words are arguments. */
function positionOf(words: readonly string[], options: readonly [string, Option<unknown>][]): number {
  let count = 0;
  for (let i = 0; i < words.length; i++) {
    const option = options.find(([key, { short }]) => words[i] === optionName(key) || words[i] === `-${short}`);
    if (option === undefined) count += words[i].startsWith("-") ? 0 : 1;
    else if (option[1].form.kind !== "flag") i++;
  }
  return count;
}

function argumentAt({ arguments: declared = [] }: Verb, position: number): Offer | undefined {
  return "each" in declared ? declared.each.offers : declared[position]?.offers;
}

async function offered(offer: Offer | undefined, known: CompletionContext): Promise<string[]> {
  const names = [...known.names].map((name) => `$${name}`);
  switch (offer) {
    case undefined:
      return [];
    case "channels":
      return [...known.ports, ...known.channels, ...names, ...VIRQS.map(({ name }) => `virq:${name}`)];
    case "ports":
      return [...known.ports, ...names];
    case "virqs":
      return VIRQS.map(({ name }) => name);
    case "domains":
      return ["self", ...await known.domains()];
    default:
      return [...offer];
  }
}

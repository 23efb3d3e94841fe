/**
 * What a word at a prompt may become.
 *
 * @module
 */

import { DEVICE_KIND_NAMES, FAULTS } from "../sim/toolstack/names.ts";
import { VIRQS } from "../virq.ts";

/** What is known where the word stands. */
export interface Known {
  /** The verbs, and what a prompt adds to them. */
  readonly verbs: Iterable<string>;
  /** The names that stand for ports. */
  readonly names: Iterable<string>;
  /** The ports and channels of the handles that are open. */
  readonly channels: Iterable<string>;
}

/** Verbs whose argument is a VIRQ, written without `virq:`. */
const TAKE_VIRQ = new Set(["bind-virq", "raise"]);

/** Verbs whose arguments are channels to bind, or bound already. */
const TAKE_CHANNELS = new Set(["watch", "notify", "expect", "why"]);

/**
 * The words that the last one of a line may become.
 *
 * @param line What stands before the cursor.
 * @returns The candidates in order, and the part of the line that they replace.
 */
export function complete(line: string, known: Known): [candidates: string[], part: string] {
  const statement = line.slice(line.lastIndexOf(";") + 1).trimStart();
  const part = /[^\s]*$/.exec(statement)![0];
  const before = statement.slice(0, statement.length - part.length).trim().split(/\s+/).filter((word) => word !== "");
  const head = withoutHead(before);
  const candidates = part.startsWith("$")
    ? [...known.names].map((name) => `$${name}`)
    : head.length === 0
    ? [...known.verbs]
    : argumentsOf(head, known);
  return [[...new Set(candidates)].filter((candidate) => candidate.startsWith(part)).sort(), part];
}

/** The words from the verb on. */
function withoutHead(words: readonly string[]): readonly string[] {
  const rest = words[0]?.startsWith("@") ? words.slice(1) : words;
  return rest[1] === "=" ? rest.slice(2) : rest;
}

/** @param words The verb, and what stands behind it already. */
function argumentsOf(words: readonly string[], known: Known): readonly string[] {
  const [verb] = words;
  const names = [...known.names].map((name) => `$${name}`);
  if (TAKE_VIRQ.has(verb)) return VIRQS.map(({ name }) => name);
  if (verb === "help") return [...known.verbs];
  if (verb === "device") return deviceWords(words);
  if (verb === "list") return ["--all", "self"];
  if (verb === "wiring") return ["self"];
  const channels = [...known.channels, ...names];
  return TAKE_CHANNELS.has(verb) ? [...channels, ...VIRQS.map(({ name }) => `virq:${name}`)] : channels;
}

/** What may stand behind `device` and some words more. */
function deviceWords(words: readonly string[]): readonly string[] {
  if (words.length === 1) return DEVICE_KIND_NAMES;
  return words.at(-1) === "--fault" ? FAULTS : ["--backend", "--fault", "--queues"];
}

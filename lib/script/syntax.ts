/**
 * A script's statements: who acts, what the ports are to be called, which verb, with which words.
 *
 * `[@HANDLE] [NAME =] VERB ARGS`
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { type HandleName, OWN, parseHandleName } from "./handle_name.ts";
import { type RawStatement, splitStatements, type Word } from "./lexer.ts";
import { fillIn, hasVariable, isName, namesIn } from "./variables.ts";
import type { Act, Verb, Verbs } from "./verb.ts";

/** One statement, understood as far as it can be before it runs. */
export interface Statement {
  readonly line: number;
  readonly text: string;
  readonly at: HandleName;
  /** What the ports that it gets are called from now on; undefined: nothing. */
  readonly name: string | undefined;
  /** The verb's name. */
  readonly op: string;
  readonly verb: Verb;
  readonly args: readonly Word[];
  /** What it does; undefined where variables have to be filled in first. */
  readonly act: Act | undefined;
}

/** What is wrong with a statement. */
export interface SyntaxFault {
  readonly line: number;
  readonly text: string;
  readonly error: UsageError;
}

/** A script that was read. With faults it must not run. */
export interface Script {
  readonly statements: readonly Statement[];
  readonly faults: readonly SyntaxFault[];
}

/** What a script is read for. */
export interface Grammar {
  readonly verbs: Verbs;
  /**
   * Whether a handle can be had, as far as that can be told before it is opened.
   *
   * @throws {UsageError} If not.
   */
  check(at: HandleName): void;
}

/** The most of a statement that a message shows, characters. */
const SHOWN = 120;

/** The only port that a variable can be taken for before the script runs. */
const SOME_PORT = [1];

/** Reads a script: all that can be wrong with it before it runs is found. */
export function parseScript(source: string, grammar: Grammar): Script {
  const known = new Set<string>();
  const statements: Statement[] = [];
  const faults: SyntaxFault[] = [];
  for (const raw of splitStatements(source)) {
    try {
      const statement = parseStatement(raw, grammar, known);
      statements.push(statement);
      if (statement.name !== undefined) known.add(statement.name);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      faults.push({ line: raw.line, text: shown(raw.text), error });
    }
  }
  return { statements, faults };
}

/**
 * Reads one statement.
 *
 * @param known The names that stand for ports by now.
 * @throws {UsageError} If it is none.
 */
export function parseStatement(raw: RawStatement, grammar: Grammar, known: ReadonlySet<string>): Statement {
  if (raw.fault !== undefined) throw new UsageError(`Cannot read the statement: ${raw.fault}`);
  const { at, name, rest } = parseHead(raw.words);
  if (rest.length === 0) throw new UsageError("Cannot do nothing: a verb is missing");
  const [{ text: op }, ...args] = rest;
  const verb = grammar.verbs.get(op);
  if (verb === undefined) throw new UsageError(`There is no verb "${op}"`, nearest(op, grammar.verbs));
  grammar.check(at);
  if (name !== undefined && !verb.ports) throw new UsageError(`Cannot name what ${op} got: it gets no ports`);
  const variable = args.some(hasVariable);
  const act = understand(verb, variable ? supposed(args, known) : args.map(({ text }) => text));
  const text = shown(raw.text);
  return { line: raw.line, text, at, name, op, verb, args, act: variable ? undefined : act };
}

function understand(verb: Verb, words: readonly string[]): Act {
  try {
    return verb.parse(words);
  } catch (error) {
    if (!(error instanceof UsageError) || error.hint !== undefined) throw error;
    throw new UsageError(error.message, `it is written: ${verb.usage}`);
  }
}

/** What stands before the verb. */
function parseHead(words: readonly Word[]): { at: HandleName; name: string | undefined; rest: readonly Word[] } {
  let rest = words;
  let at = OWN;
  if (rest[0].quote === "" && rest[0].text.startsWith("@")) {
    at = parseHandleName(rest[0].text);
    rest = rest.slice(1);
  }
  if (rest[1]?.text !== "=" || rest[1].quote !== "") return { at, name: undefined, rest };
  const name = rest[0].text;
  if (!isName(name)) throw new UsageError(`Cannot use "${name}" as a name: expected a letter, then letters or digits`);
  return { at, name, rest: rest.slice(2) };
}

/** The words with a port in the place of each variable, to see whether the verb could take them. */
function supposed(args: readonly Word[], known: ReadonlySet<string>): string[] {
  const names = args.flatMap(namesIn);
  for (const name of names) {
    if (!known.has(name)) throw new UsageError(`Cannot use $${name}: nothing before it is called "${name}"`);
  }
  return fillIn(args, new Map(names.map((name) => [name, SOME_PORT])));
}

function shown(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

/** Verbs that begin with the same letters, or all of them, for a hint. */
function nearest(op: string, verbs: Verbs): string {
  const assignment = /^([A-Za-z_]\w*)=(.+)$/.exec(op);
  if (assignment) return `a name stands apart from what it names: ${assignment[1]} = ${assignment[2]}`;
  const names = [...verbs.keys()];
  const close = op.length > 2 ? names.filter((each) => each.startsWith(op.slice(0, 3))) : [];
  return close.length > 0 ? `did you mean ${close.join(" or ")}?` : `the verbs are ${names.join(", ")}`;
}

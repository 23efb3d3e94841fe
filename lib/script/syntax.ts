/** Parses a script's statements: `[@HANDLE] [NAME =] VERB ARGS`. @module */

import { checkWords, type Parsed, readStatement } from "../cli/arguments.ts";
import { noWorld } from "../cli/no_world.ts";
import { statementUsage, statementVerbs } from "../cli/usage.ts";
import type { Entry, Table, Verb } from "../cli/verb.ts";
import { UsageError } from "../errors.ts";
import type { Environment } from "./environment.ts";
import { type HandleName, OWN, parseHandleName } from "./handle_name.ts";
import { type RawStatement, statementsOf, type Word } from "./lexer.ts";
import { fillIn, hasVariable, isName, namesIn, type Variables } from "./variables.ts";

/** A statement, parsed as far as possible before it runs. */
export interface Statement {
  readonly line: number;
  /** The source text, cut if it is long. */
  readonly text: string;
  readonly at: HandleName;
  /** The variable that the statement sets to its ports. */
  readonly name: string | undefined;
  /** The verb's name. */
  readonly op: string;
  readonly verb: Verb;
  /** The words behind the verb if they contain variables, else none. */
  readonly args: readonly Word[];
  /** The parsed words behind the verb; undefined if they contain variables. */
  readonly words: Parsed | undefined;
}

export interface SyntaxFault {
  readonly line: number;
  readonly text: string;
  readonly error: UsageError;
}

/** A parsed script. It must not run if it has faults. */
export interface Script {
  /** Those before the first fault. */
  readonly statements: readonly Statement[];
  /** The first faults. */
  readonly faults: readonly SyntaxFault[];
  readonly faultCount: number;
}

const FAULTS_KEPT = 10;

/** The faults of a script. */
class Faults {
  readonly kept: SyntaxFault[] = [];
  count = 0;

  /** Whether more faults are only counted: nobody sees their hints. */
  get full(): boolean {
    return this.kept.length === FAULTS_KEPT;
  }

  add({ line, text }: RawStatement, error: UsageError): void {
    this.count++;
    if (!this.full) this.kept.push({ line, text: shown(text), error });
  }
}

export interface Grammar {
  readonly table: Table;
  readonly environment: Environment;
}

/** The most characters of a statement in a message. */
const SHOWN = 120;

/** Before the script runs, each variable counts as one port. */
const ANY_VARIABLE: Variables = { get: () => [1] };

const NO_WORDS: readonly Word[] = [];

const loaded = new WeakMap<Entry, Verb>();

/**
 * Parses a script and finds every error that can be found before it runs.
 *
 * @param variables The variables that are set already, by earlier lines at a prompt.
 */
export async function parseScript(source: string, grammar: Grammar, variables: Iterable<string> = []): Promise<Script> {
  const known = new Set(variables);
  const statements: Statement[] = [];
  const faults = new Faults();
  let asked = false;
  for (const raw of statementsOf(source)) {
    if (!asked && /^@[0-9]/.test(raw.words[0].text)) { // a domain by its number: that of this one must be known
      asked = true;
      await grammar.environment.learnOwnDomain?.();
    }
    try {
      const read = readRaw(raw, grammar, known, faults);
      const statement = read instanceof Promise ? await read : read;
      if (faults.count === 0) statements.push(statement);
      if (statement.name !== undefined) known.add(statement.name);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      faults.add(raw, error);
    }
  }
  return { statements, faults: faults.kept, faultCount: faults.count };
}

/** Synchronous if the verb is loaded and has no options, as for most statements of a long script. */
function readRaw(
  raw: RawStatement,
  grammar: Grammar,
  known: ReadonlySet<string>,
  faults: Faults,
): Statement | Promise<Statement> {
  if (raw.fault !== undefined) throw new UsageError(`Cannot read the statement: ${raw.fault}`);
  const head = parseHead(raw.words);
  if (head.rest.length === 0) throw new UsageError("Cannot run the statement: a verb is missing");
  const { text: op } = head.rest[0];
  const entry = usable(op, grammar, faults);
  if (entry instanceof Promise) return entry;
  const verb = loaded.get(entry);
  if (verb === undefined) return load(entry).then((verb) => readWith(verb, raw, head, grammar, known, faults));
  return readWith(verb, raw, head, grammar, known, faults);
}

export async function load(entry: Entry): Promise<Verb> {
  const { default: verb } = await entry.load();
  loaded.set(entry, verb);
  return verb;
}

function readWith(
  verb: Verb,
  raw: RawStatement,
  { at, name, rest: [{ text: op }, ...args] }: Head,
  { environment }: Grammar,
  known: ReadonlySet<string>,
  faults: Faults,
): Statement | Promise<Statement> {
  environment.check(at);
  if (name !== undefined && verb.gets === undefined) {
    throw new UsageError(`Cannot name the ports of ${op}: it has none`);
  }
  const variable = args.some(hasVariable);
  const statement = (words: Parsed): Statement => {
    checkWords(verb, words, false);
    const rest = variable ? { args, words: undefined } : { args: NO_WORDS, words };
    return { line: raw.line, text: shown(raw.text), at, name, op, verb, ...rest };
  };
  const given = variable ? supposed(args, known) : args.map(({ text }) => text);
  try {
    const words = readStatement(op, verb, given);
    if (!(words instanceof Promise)) return statement(words);
    return words.then(statement).catch((error) => Promise.reject(withUsage(error, op, verb, faults)));
  } catch (error) {
    throw withUsage(error, op, verb, faults);
  }
}

function withUsage(error: unknown, op: string, verb: Verb, faults: Faults): unknown {
  if (!(error instanceof UsageError) || error.hint !== undefined || faults.full) return error;
  return new UsageError(error.message, `it is written: ${statementUsage(op, verb)}`);
}

/** @throws {UsageError} If no statement can use this verb here. */
function usable(op: string, { table, environment }: Grammar, faults: Faults): Entry | Promise<never> {
  const entry = table.get(op);
  if (entry === undefined || entry.only === "hidden") {
    if (faults.full) throw new UsageError(noVerb(op));
    return unknown(op, table);
  }
  if (typeof entry.only === "object") throw new UsageError(`Cannot use "${op}" in a script: ${entry.only.notInScript}`);
  if (entry.only === "world" && environment.world === undefined) {
    throw noWorld(op);
  }
  return entry;
}

function noVerb(op: string): string {
  return `There is no verb "${op}"`;
}

async function unknown(op: string, table: Table): Promise<never> {
  const message = noVerb(op);
  const assignment = /^([A-Za-z_]\w*)=(.+)$/.exec(op);
  if (assignment) {
    throw new UsageError(message, `write blanks around the equals sign: ${assignment[1]} = ${assignment[2]}`);
  }
  const { nearest } = await import("../cli/nearest.ts");
  const names = statementVerbs(table);
  const meant = nearest(op, names);
  throw new UsageError(message, meant === undefined ? `the verbs are ${names.join(", ")}` : `did you mean ${meant}?`);
}

interface Head {
  readonly at: HandleName;
  readonly name: string | undefined;
  /** The verb and its words. */
  readonly rest: readonly Word[];
}

function parseHead(words: readonly Word[]): Head {
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

/** Replaces each variable by a port, to check whether the verb could take the words. */
function supposed(args: readonly Word[], known: ReadonlySet<string>): string[] {
  for (const word of args) {
    for (const name of namesIn(word)) {
      if (!known.has(name)) throw new UsageError(`Cannot use $${name}: no earlier statement sets "${name}"`);
    }
  }
  return fillIn(args, ANY_VARIABLE);
}

function shown(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

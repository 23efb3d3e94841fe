/** A script's statements: `[@HANDLE] [NAME =] VERB ARGS`. @module */

import { type Parsed, readStatement } from "../cli/parser.ts";
import { statementUsage } from "../cli/usage.ts";
import type { Entry, Table, Verb } from "../cli/verb.ts";
import { UsageError } from "../errors.ts";
import type { Environment } from "./environment.ts";
import { type HandleName, OWN, parseHandleName } from "./handle_name.ts";
import { type RawStatement, splitStatements, type Word } from "./lexer.ts";
import { fillIn, hasVariable, isName, namesIn, type Variables } from "./variables.ts";

/** One statement, read as far as it can be before it runs. */
export interface Statement {
  readonly line: number;
  /** As it was written; a long one is cut. */
  readonly text: string;
  readonly at: HandleName;
  /** The variable that is set to the ports that it gets. */
  readonly name: string | undefined;
  /** The verb's name. */
  readonly op: string;
  readonly verb: Verb;
  readonly args: readonly Word[];
  /** The words behind the verb, read; undefined where variables have to be filled in first. */
  readonly words: Parsed | undefined;
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

/** What statements are read for. */
export interface Grammar {
  readonly table: Table;
  readonly environment: Environment;
}

/** The most of a statement that a message shows, characters. */
const SHOWN = 120;

/** What variables stand for until the script runs: a port. */
const ANY_VARIABLE: Variables = { get: () => [1] };

/** The verbs that have been loaded. */
const loaded = new WeakMap<Entry, Verb>();

/**
 * Reads a script: everything that can be wrong with it before it runs is found.
 *
 * @param variables The names that are set by now: of a prompt, by earlier lines.
 */
export async function parseScript(source: string, grammar: Grammar, variables: Iterable<string> = []): Promise<Script> {
  const raws = splitStatements(source);
  // A script that names domains by number has to know which of them is this one.
  if (raws.some(({ words: [word] }) => /^@[0-9]/.test(word.text))) await grammar.environment.learnOwnDomain?.();
  const known = new Set(variables);
  const statements: Statement[] = [];
  const faults: SyntaxFault[] = [];
  for (const raw of raws) {
    try {
      const read = readRaw(raw, grammar, known);
      const statement = read instanceof Promise ? await read : read;
      statements.push(statement);
      if (statement.name !== undefined) known.add(statement.name);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      faults.push({ line: raw.line, text: shown(raw.text), error });
    }
  }
  return { statements, faults };
}

/** Answers at once where the verb is loaded and there is no option: that is most of a long script. */
function readRaw(raw: RawStatement, grammar: Grammar, known: ReadonlySet<string>): Statement | Promise<Statement> {
  if (raw.fault !== undefined) throw new UsageError(`Cannot read the statement: ${raw.fault}`);
  const head = parseHead(raw.words);
  if (head.rest.length === 0) throw new UsageError("Cannot do nothing: a verb is missing");
  const { text: op } = head.rest[0];
  const entry = usable(op, grammar);
  if (entry instanceof Promise) return entry;
  const verb = loaded.get(entry);
  if (verb === undefined) return load(entry).then((verb) => readWith(verb, raw, head, grammar, known));
  return readWith(verb, raw, head, grammar, known);
}

/** Loads the verb of an entry. */
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
): Statement | Promise<Statement> {
  environment.check(at);
  if (name !== undefined && verb.gets === undefined) {
    throw new UsageError(`Cannot name what ${op} got: it gets no ports`);
  }
  const variable = args.some(hasVariable);
  const statement = (words: Parsed): Statement => {
    verb.check?.(words.options, words.args, false);
    return { line: raw.line, text: shown(raw.text), at, name, op, verb, args, words: variable ? undefined : words };
  };
  try {
    const words = readStatement(op, verb, variable ? supposed(args, known) : args.map(({ text }) => text));
    if (!(words instanceof Promise)) return statement(words);
    return words.then(statement).catch((error) => Promise.reject(withUsage(error, op, verb)));
  } catch (error) {
    throw withUsage(error, op, verb);
  }
}

function withUsage(error: unknown, op: string, verb: Verb): unknown {
  if (!(error instanceof UsageError) || error.hint !== undefined) return error;
  return new UsageError(error.message, `it is written: ${statementUsage(op, verb)}`);
}

/** The entry of a verb that a statement can use. */
function usable(op: string, { table, environment }: Grammar): Entry | Promise<never> {
  const entry = table.get(op);
  if (entry === undefined || entry.only === "hidden") return unknown(op, table);
  if (typeof entry.only === "object") throw new UsageError(`Cannot use "${op}" in a script: ${entry.only.notInScript}`);
  if (entry.only === "world" && environment.world === undefined) {
    throw new UsageError(
      `Cannot use "${op}" here: the host is not the script's own`,
      "with --simulator, and outside a session, a script has a simulated host of its own",
    );
  }
  return entry;
}

/** The names of the verbs that a script can use. */
export function statementVerbs(table: Table): string[] {
  return [...table.values()].filter(({ only }) => only === undefined || only === "script" || only === "world")
    .map(({ name }) => name);
}

async function unknown(op: string, table: Table): Promise<never> {
  const message = `There is no verb "${op}"`;
  const assignment = /^([A-Za-z_]\w*)=(.+)$/.exec(op);
  if (assignment) {
    throw new UsageError(message, `a name stands apart from what it names: ${assignment[1]} = ${assignment[2]}`);
  }
  const { nearest } = await import("../cli/nearest.ts");
  const names = statementVerbs(table);
  const meant = nearest(op, names);
  throw new UsageError(message, meant === undefined ? `the verbs are ${names.join(", ")}` : `did you mean ${meant}?`);
}

/** What stands before a verb's words. */
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

/** The words with a port in the place of each variable, to see whether the verb could take them. */
function supposed(args: readonly Word[], known: ReadonlySet<string>): string[] {
  for (const word of args) {
    for (const name of namesIn(word)) {
      if (!known.has(name)) throw new UsageError(`Cannot use $${name}: nothing before it is called "${name}"`);
    }
  }
  return fillIn(args, ANY_VARIABLE);
}

function shown(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

/**
 * A script's statements: who acts, what the ports are to be called, which verb, with which words.
 *
 * `[@HANDLE] [NAME =] VERB ARGS`
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { parseDomid } from "../parse.ts";
import { type Domid, DOMID_SELF } from "../types.ts";
import { type RawStatement, splitStatements, type Word } from "./lexer.ts";

/** Whose handle a statement acts on. */
export interface HandleName {
  /** The domain; undefined: one's own. */
  readonly domain: Domid | undefined;
  /** Which of the domain's handles; empty: the first. */
  readonly label: string;
  /** As it was written: empty, `@1`, `@/b`, `@1/b`. */
  readonly text: string;
}

/** One statement, understood as far as it can be before it runs. */
export interface Statement {
  readonly line: number;
  readonly text: string;
  readonly handle: HandleName;
  /** What the ports that it gets are called from now on; undefined: nothing. */
  readonly name: string | undefined;
  readonly verb: string;
  readonly args: readonly Word[];
  /** Whether a word of {@linkcode args} names a variable. */
  readonly variable: boolean;
}

/** One's own domain's first handle. */
const OWN: HandleName = { domain: undefined, label: "", text: "" };

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const HANDLE = /^@([^/]*)(?:\/([A-Za-z0-9_-]+))?$/;

/** `$NAME` in a word. `$$` is a dollar sign. */
export const VARIABLE = /\$(?:\$|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})/g;

/**
 * Reads a script.
 *
 * @param source Its text.
 * @param name What it is called in messages.
 * @param verbs The verbs there are.
 * @throws {UsageError} On what is no statement, no verb, no name, or a name that nothing before it got.
 */
export function parseScript(source: string, name: string, verbs: ReadonlySet<string>): Statement[] {
  const known = new Set<string>();
  return splitStatements(source, name).map((raw) => {
    try {
      const statement = parseStatement(raw, verbs);
      for (const word of statement.args) checkVariables(word, known);
      if (statement.name !== undefined) known.add(statement.name);
      return statement;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`${name}:${raw.line}: ${raw.text}: ${error.message}`, error.hint);
    }
  });
}

/**
 * Reads one statement.
 *
 * @throws {UsageError} If it is none.
 */
export function parseStatement(raw: RawStatement, verbs: ReadonlySet<string>): Statement {
  let words = raw.words;
  let handle = OWN;
  if (words[0].text.startsWith("@") && !words[0].literal) {
    handle = parseHandle(words[0].text);
    words = words.slice(1);
  }
  let name: string | undefined;
  if (words[1]?.text === "=") {
    name = words[0].text;
    if (!NAME.test(name)) {
      throw new UsageError(`Cannot use "${name}" as a name: expected a letter, then letters or digits`);
    }
    words = words.slice(2);
  }
  if (words.length === 0) throw new UsageError("Cannot do nothing: a verb is missing");
  const [{ text: verb }, ...args] = words;
  if (!verbs.has(verb)) throw new UsageError(`There is no verb "${verb}"`, nearest(verb, verbs));
  return { line: raw.line, text: raw.text, handle, name, verb, args, variable: args.some(hasVariable) };
}

function parseHandle(text: string): HandleName {
  const match = HANDLE.exec(text);
  if (!match) throw new UsageError(`Cannot use "${text}" as a handle: expected @DOMAIN, @DOMAIN/NAME or @/NAME`);
  const [, domain, label = ""] = match;
  const domid = domain === "" ? undefined : parseDomid(domain);
  return { domain: domid === DOMID_SELF ? undefined : domid, label, text };
}

function hasVariable(word: Word): boolean {
  return !word.literal && word.text.includes("$");
}

function checkVariables(word: Word, known: ReadonlySet<string>): void {
  if (!hasVariable(word)) return;
  for (const [, bare, braced] of word.text.matchAll(VARIABLE)) {
    const variable = bare ?? braced;
    if (variable !== undefined && !known.has(variable)) {
      throw new UsageError(`Cannot use $${variable}: nothing before it is called "${variable}"`);
    }
  }
}

/** A verb that begins with the same letters, for a hint. */
function nearest(verb: string, verbs: ReadonlySet<string>): string | undefined {
  const close = [...verbs].filter((each) => each.startsWith(verb.slice(0, 3)) && verb.length > 2);
  return close.length > 0 ? `did you mean ${close.join(" or ")}?` : `the verbs are ${[...verbs].join(", ")}`;
}

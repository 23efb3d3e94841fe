/** `$NAME` in the words of a statement: the ports that an earlier one got. @module */

import { UsageError } from "../errors.ts";
import type { Port } from "../types.ts";
import type { Word } from "./lexer.ts";

/** The ports that each name stands for. */
export type Variables = Pick<ReadonlyMap<string, readonly Port[]>, "get">;

/** A name. */
const NAME = "[A-Za-z_][A-Za-z0-9_]*";

/** `$NAME` or `${NAME}`; `$$` is a dollar sign; a `$` before anything else is none of these. */
const VARIABLE = new RegExp(`\\$(?:(\\$)|(${NAME})|\\{(${NAME})\\}|)`, "g");

/** A word that is a variable and nothing else. */
const ALONE = new RegExp(`^\\$(?:(${NAME})|\\{(${NAME})\\})$`);

const WHOLE_NAME = new RegExp(`^${NAME}$`);

/** Whether a word can be a name. */
export function isName(text: string): boolean {
  return WHOLE_NAME.test(text);
}

/** Whether something in the word is to be filled in. */
export function hasVariable({ text, quote }: Word): boolean {
  return quote !== "'" && text.includes("$");
}

/**
 * The names in a word.
 *
 * @throws {UsageError} On a `$` that begins no name.
 */
export function namesIn(word: Word): string[] {
  if (!hasVariable(word)) return [];
  const names: string[] = [];
  for (const [, dollar, bare, braced] of word.text.matchAll(VARIABLE)) {
    const name = bare ?? braced;
    if (name !== undefined) names.push(name);
    else if (dollar === undefined) {
      throw new UsageError(`Cannot read "${word.text}": a $ without a name`, "$$ is a dollar sign; '$' is one too");
    }
  }
  return names;
}

/**
 * Words with every variable filled in. A variable of several ports, or of none, becomes as many words where it is a
 * word of its own that is not quoted; in double quotes its ports stand side by side with a blank between them.
 *
 * @throws {UsageError} If a word has room for one port and the variable has not one.
 */
export function fillIn(words: readonly Word[], variables: Variables): string[] {
  const filled: string[] = [];
  for (const word of words) {
    if (!hasVariable(word)) {
      filled.push(word.text);
      continue;
    }
    const alone = word.quote === "" ? ALONE.exec(word.text) : null;
    if (alone) { for (const port of portsOf(alone[1] ?? alone[2], variables)) filled.push(String(port)); }
    else filled.push(fillWord(word, variables));
  }
  return filled;
}

function fillWord({ text, quote }: Word, variables: Variables): string {
  return text.replace(VARIABLE, (_, dollar, bare, braced) => {
    if (dollar !== undefined) return "$";
    const name: string = bare ?? braced;
    const ports = portsOf(name, variables);
    if (quote === "" && ports.length !== 1) {
      throw new UsageError(`Cannot put $${name} into "${text}": it stands for ${ports.length} ports, not one`);
    }
    return ports.join(" ");
  });
}

function portsOf(name: string, variables: Variables): readonly Port[] {
  const ports = variables.get(name);
  // A script is checked before it runs, so the statement is there; it failed, and the script went on.
  if (ports === undefined) throw new UsageError(`Cannot use $${name}: what was to set it did not go well`);
  return ports;
}

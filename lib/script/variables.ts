/** `$NAME` in the words of a statement: the ports that an earlier statement bound or read. @module */

import { UsageError } from "../errors.ts";
import type { Port } from "../types.ts";
import type { Word } from "./lexer.ts";

export type Variables = Pick<ReadonlyMap<string, readonly Port[]>, "get">;

const NAME = "[A-Za-z_][A-Za-z0-9_]*";

/** `$NAME`, `${NAME}`, `$$` for a dollar sign, or (no group matches) an invalid `$`. */
const VARIABLE = new RegExp(`\\$(?:(\\$)|(${NAME})|\\{(${NAME})\\}|)`, "g");

/** A word that is only a variable. */
const ALONE = new RegExp(`^\\$(?:(${NAME})|\\{(${NAME})\\})$`);

const WHOLE_NAME = new RegExp(`^${NAME}$`);

export function isName(text: string): boolean {
  return WHOLE_NAME.test(text);
}

export function hasVariable({ text, quote }: Word): boolean {
  return quote !== "'" && text.includes("$");
}

/** @throws {UsageError} If a `$` is not followed by a name. */
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
 * Replaces the variables. An unquoted word that is only a variable becomes one word for each port. In double quotes the
 * ports are joined by blanks.
 *
 * @throws {UsageError} If an unquoted word contains more than the variable, and it does not have exactly one port.
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
  // The script was checked before it ran, so the statement exists: it failed, and --keep-going was given.
  if (ports === undefined) throw new UsageError(`Cannot use $${name}: the statement that sets it failed`);
  return ports;
}

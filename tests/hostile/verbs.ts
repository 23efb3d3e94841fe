/**
 * Lines of words for every verb of the table, made from the declarations, so that a new verb has its own.
 *
 * @module
 */

import fc from "fast-check";
import { VERBS } from "../../commands/mod.ts";
import type { Argument, Entry, Option, Verb } from "../../lib/cli/verb.ts";
import { optionName } from "../../lib/cli/usage.ts";
import { word } from "./words.ts";

/** A verb with its entry in the table. */
interface Known {
  readonly entry: Entry;
  readonly verb: Verb;
}

const KNOWN: readonly Known[] = await Promise.all(
  VERBS.values().map(async (entry) => ({ entry, verb: (await entry.load()).default })),
);

/** Sound words, by the placeholder of what they stand for. A new placeholder has any words at first. */
const SOUND: Readonly<Record<string, readonly string[]>> = {
  ARGS: ["port", "27"],
  BYTES: ["4", "4096"],
  CHANNEL: ["27", "28", "virq:tbuf", "0:27", "5:any", "self:any", "1:9"],
  DOM: ["0", "1", "5", "self"],
  DOMID: ["0", "1"],
  FILE: ["-", "FILE"],
  FORMAT: ["%p %c %k %d %r %n %S %U %L %D %%"],
  "FROM=TO": ["5:12=1:any", "7=27", "virq:tbuf=5:any"],
  INDEX: ["0", "7"],
  N: ["1", "2", "3"],
  P: ["1ms", "1s"],
  PATH: ["/local/domain/1/name", "/local/domain/1/device/vif/0/state", "/tool"],
  PERIOD: ["0s", "1ms", "10ms", "1s", "24m"],
  PORT: ["27", "28", "29", "7"],
  STATEMENTS: ["virqs", "print x", "p = alloc-unbound self; notify $p", "wiring"],
  VALUE: ["4", "x"],
  VIRQ: ["tbuf", "dom_exc", "timer", "7"],
};

/** What stands for a value: mostly what is sound there. */
function valueOf(placeholder: string, offers?: unknown): fc.Arbitrary<string> {
  const sound = Array.isArray(offers) ? offers as string[] : SOUND[placeholder];
  return sound === undefined ? word : fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...sound) }, word);
}

/** An option as words; mostly none. */
function optionOf([key, { form, short }]: [string, Option<unknown>]): fc.Arbitrary<string[]> {
  const name = optionName(key);
  const names = fc.constantFrom(...[name, name, ...short === undefined ? [] : [`-${short}`]]);
  if (form.kind === "flag") return sometimes(names.map((name) => [name]));
  const value = form.kind === "choice" ? fc.constantFrom(...form.values) : valueOf(form.placeholder);
  const given = fc.tuple(names, value, fc.boolean()).map(([name, value, joined]) =>
    joined && name.startsWith("--") ? [`${name}=${value}`] : [name, value]
  );
  return sometimes(form.kind === "values" ? fc.array(given, { maxLength: 2 }).map((all) => all.flat()) : given);
}

function sometimes(words: fc.Arbitrary<string[]>): fc.Arbitrary<string[]> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: words });
}

function argumentsOf({ arguments: declared = [] }: Verb): fc.Arbitrary<string[]> {
  const word = ({ placeholder, offers }: Argument<unknown>) => valueOf(placeholder, offers);
  if ("each" in declared) return fc.array(word(declared.each), { minLength: declared.minimum, maxLength: 4 });
  const each: fc.Arbitrary<string[]>[] = declared.map((argument: Argument<unknown>) =>
    argument.optional ? sometimes(word(argument).map((text) => [text])) : word(argument).map((text) => [text])
  );
  return fc.tuple(...each).map((all: string[][]) => all.flat());
}

/** The words of an example, which a shell reads. */
const wordsOf = (line: string) => (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'(.*)'$/, "$1"));

const PROGRAMS = [["sh", "-c", "true"], ["sh"], ["nothing"], [], ["--", "x"]];

function lineOf({ entry: { name }, verb }: Known, wanted: (option: Option<unknown>) => boolean) {
  const options = Object.entries<Option<unknown>>(verb.options ?? {}).filter(([, option]) => wanted(option));
  const program = verb.program
    ? sometimes(fc.constantFrom(...PROGRAMS).map((words) => ["--", ...words]))
    : fc.constant([]);
  const made = fc.tuple(fc.tuple(...options.map(optionOf)), argumentsOf(verb), program).map(
    ([options, words, program]) => [...name.split(" "), ...options.flat(), ...words, ...program],
  );
  const examples = (verb.examples ?? []).map(wordsOf);
  return examples.length === 0
    ? made
    : fc.oneof({ weight: 2, arbitrary: made }, { weight: 1, arbitrary: fc.constantFrom(...examples) });
}

const isStatement = ({ entry: { only } }: Known) => only === undefined || only === "script" || only === "world";
const isCommand = ({ entry: { only } }: Known) => only !== "script" && only !== "world";

/** A command line's words from the verb on: mostly sound. */
export const COMMAND: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 20, arbitrary: fc.oneof(...KNOWN.filter(isCommand).map((known) => lineOf(known, () => true))) },
  {
    weight: 1,
    arbitrary: fc.oneof(...KNOWN.filter((known) => !isCommand(known)).map((known) => lineOf(known, () => true))),
  },
);

/** A statement's words: mostly sound. */
export const STATEMENT: fc.Arbitrary<string[]> = fc.oneof(
  ...KNOWN.filter(isStatement).map((known) => lineOf(known, ({ notInScript }) => notInScript === undefined)),
).filter((words) => !words.includes("--"));

/** The texts of `--help`, made from the declarations. @module */

import type { Palette } from "../render/human.ts";
import { wrapped } from "../render/wrap.ts";
import { COMMON_OPTIONS } from "./options.ts";
import { argumentForms, optionName, statementVerbs } from "./usage.ts";
import type { Argument, Entry, Option, Table, Verb } from "./verb.ts";

export interface HelpLayout {
  /** The most columns of a line. */
  readonly width: number;
  readonly palette: Palette;
}

/** Help is not wider than this, however wide the terminal is: long lines are hard to read. */
export const WIDEST = 80;

/** The most columns of what stands in front of a description. */
const HEAD = 30;

/** A description with less room than this begins in a line of its own. */
const LEAST_ROOM = 32;

/** The most columns of the values of an option that stand for their placeholder. */
const VALUES = 12;

/** `evtchn --help` */
export function mainHelp(table: Table, layout: HelpLayout): string {
  const shown = [...table.values()].filter(({ only }) => only !== "script" && only !== "hidden");
  const head = Math.max(...shown.map(({ name }) => name.length));
  const groups = [...Map.groupBy(shown, ({ group }) => group)].map(([group, entries]) =>
    section(group, rows(entries.map(({ name, brief }) => [name, brief]), layout, head), layout)
  );
  return text([
    section("usage", ["  evtchn [OPTIONS] COMMAND [ARGS]", "  evtchn help [COMMAND]"], layout),
    ...paragraphs(ABOUT, layout),
    ...groups,
    section("exit status", rows(EXIT_STATUSES, layout), layout),
    wrapped(MORE, layout.width),
  ]);
}

export const ABOUT =
  `Binds, notifies and watches Xen event channels through /dev/xen/evtchn, or on a simulator (--simulator). A \
port belongs to the handle that bound it and dies with it.`;

export const EXIT_STATUSES: readonly Row[] = [
  ["0", "done"],
  ["1", "refused by the device or the kernel, or could not look"],
  ["2", "the command line or a script is wrong"],
  ["3", "what was looked at is not as it should be"],
  ["124", "the time ran out"],
  ["128+n", "ended by signal n"],
];

const MORE = "evtchn help COMMAND says more of a command, evtchn help options of what every command takes.";

/** `evtchn help options` */
export function optionsHelp(layout: HelpLayout): string {
  return text([
    wrapped("Every command takes these options, in front of it or behind it:", layout.width),
    section("options", optionRows(COMMON_OPTIONS, layout), layout),
    section("words", rows(WORDS, layout), layout),
    section("environment", rows(ENVIRONMENT, layout), layout),
  ]);
}

export const WORDS: readonly Row[] = [
  [
    "CHANNEL",
    "7, a port of this handle; virq:dom_exc, a virtual interrupt; 5:12, port 12 of domain 5; 5:any, a new port that " +
    "domain 5 may bind",
  ],
  ["DOM", "a domain's number, 0 to 32751, its name, or self"],
  ["PERIOD", "a whole number and its unit: us, ms, s or m"],
  ["numbers", "decimal, or hexadecimal as 0x1b"],
];

export const ENVIRONMENT: readonly Row[] = [
  ["EVTCHN_SESSION", "where --session, --fd, --device and --simulator are not given; it comes first"],
  ["EVTCHN_FD", "then this"],
  ["EVTCHN_DEVICE", "then this"],
  ["NO_COLOR", "no colours, if it is not empty and --color is not given"],
];

/**
 * What `evtchn help VERB` and `help VERB` at a prompt print.
 *
 * @param place Where it is asked: at a prompt a verb is a statement, without what only the command line has.
 */
export function verbHelp(
  { name, only }: Entry,
  verb: Verb,
  layout: HelpLayout,
  place: "command line" | "prompt" = "command line",
): string {
  const statement = place === "prompt" || only === "script";
  const declared = Object.entries<Option<unknown>>(verb.options ?? {});
  const options = statement ? declared.filter(([, { notInScript }]) => !notInScript) : declared;
  const kept = new Set(options.map(([key]) => key));
  const refused = [...Object.keys(COMMON_OPTIONS), ...declared.map(([key]) => key).filter((key) => !kept.has(key))];
  const usable = (words: string) =>
    !statement || !(/(^| )-- /.test(words) || refused.some((key) => words.includes(optionName(key))));
  const forms = argumentForms(verb).filter(usable);
  const examples = (verb.examples ?? []).filter(usable).map((each) => `  ${statement ? "" : "evtchn "}${each}`);
  const before = `${statement ? "" : "evtchn "}${name}${options.length > 0 ? " [OPTIONS]" : ""}`;
  return text([
    section("usage", usageLines(before, forms, layout), layout),
    ...paragraphs(verb.help, layout),
    section("arguments", rows(argumentsOf(verb).map((each) => [each.placeholder, each.brief]), layout), layout),
    section("options", optionRows(Object.fromEntries(options), layout), layout),
    section("examples", examples, layout),
    place === "prompt" ? [] : wrapped(statement ? STATEMENT : COMMON, layout.width),
  ]);
}

const COMMON = "It also takes --device, --json, --trace and others: evtchn help options";
const STATEMENT = "It is a statement of evtchn run and evtchn shell: evtchn help run";

/** What `help` lists at a prompt: the verbs, and what the prompt takes besides. */
export function promptHelp(table: Table, own: Readonly<Record<string, string>>, layout: HelpLayout): string {
  const verbs = statementVerbs(table).map((name): Row => [name, table.get(name)!.brief]);
  return text([rows([...verbs, ...Object.entries(own)], layout)]);
}

export type Row = readonly [head: string, description: string];

/** Sections with an empty line between them; those without lines are left out. */
function text(sections: readonly (readonly string[])[]): string {
  return sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n") + "\n").join("\n");
}

function section(title: string, lines: readonly string[], { palette }: HelpLayout): string[] {
  return lines.length === 0 ? [] : [palette.strong(title.toUpperCase()), ...lines];
}

/** The forms in one line if they fit it. */
function usageLines(before: string, forms: readonly string[], { width }: HelpLayout): string[] {
  const whole = `  ${before} ${forms.join(" | ")}`.trimEnd();
  if (whole.length <= width) return [whole];
  return forms.flatMap((form) =>
    wrapped(`${before} ${form}`, width - 6).map((line, i) => (i > 0 ? "      " : "  ") + line)
  );
}

function argumentsOf({ arguments: declared = [] }: Verb): readonly Argument<unknown>[] {
  return "each" in declared ? [declared.each] : declared;
}

function optionRows(options: Readonly<Record<string, Option<unknown>>>, layout: HelpLayout): string[] {
  const shorts = Object.values(options).some(({ short }) => short !== undefined);
  return rows(
    Object.entries(options).map(([key, option]) => {
      const short = option.short === undefined ? shorts ? "    " : "" : `-${option.short}, `;
      return [`${short}${optionName(key)}${valueText(key, option)}`, briefOf(option)];
    }),
    layout,
  );
}

/** What stands behind an option's name, as ` N` or `[=CALLS]`. */
function valueText(key: string, { form }: Option<unknown>): string {
  switch (form.kind) {
    case "flag":
      return "";
    case "choice":
      return ` ${isShort(form.values) ? form.values.join("|") : key.toUpperCase()}`;
    default:
      return form.bare === undefined ? ` ${form.placeholder}` : `[=${form.placeholder}]`;
  }
}

function briefOf({ brief, form }: Option<unknown>): string {
  return form.kind === "choice" && !isShort(form.values) ? `${brief}: ${form.values.join(", ")}` : brief;
}

function isShort(values: readonly string[]): boolean {
  return values.join("|").length <= VALUES;
}

/** Descriptions in a column of their own, or below their heads where there is little room. */
function rows(all: readonly Row[], { width }: HelpLayout, least = 0): string[] {
  const column = Math.max(least, ...all.map(([head]) => head.length).filter((length) => length <= HEAD));
  const room = width - column - 4;
  return all.flatMap(([head, description]) => {
    if (room < LEAST_ROOM) return [`  ${head}`, ...wrapped(description, width - 6).map((line) => `      ${line}`)];
    const lines = wrapped(description, room).map((line) => `${" ".repeat(column + 4)}${line}`);
    return head.length > column
      ? [`  ${head}`, ...lines]
      : [`  ${head.padEnd(column)}  ${lines[0].trimStart()}`, ...lines.slice(1)];
  });
}

/** Text between empty lines. Lines that begin with blanks are rows of a table: a head, two blanks, a description. */
function paragraphs(help: string, layout: HelpLayout): string[][] {
  return help.split("\n\n").map((paragraph) => {
    const lines = paragraph.split("\n");
    if (!lines[0].startsWith("  ")) return wrapped(lines.join(" "), layout.width);
    return rows(lines.map((line): Row => [line.trim().split(/ {2,}/)[0], line.trim().split(/ {2,}/)[1] ?? ""]), layout);
  });
}

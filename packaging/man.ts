/** The manual pages, made from the table of verbs, from the schema of records and from docs/scripts.md. @module */

import { ABOUT, ENVIRONMENT, EXIT_STATUSES, type Row, WORDS } from "../lib/cli/help.ts";
import { COMMON_OPTIONS } from "../lib/cli/options.ts";
import { argumentForms, optionName } from "../lib/cli/usage.ts";
import type { Argument, Entry, Option, Options, Table, Verb } from "../lib/cli/verb.ts";
import { declaredRecords, recordsPage } from "../tests/docs/records_page.ts";
import { ROOT } from "./build.ts";
import { bold, fromMarkdown, head, literal, page, prose, tagged, words } from "./mdoc.ts";

/** The pages by their file names, such as evtchn.1. */
export async function manualPages(table: Table, date: Date): Promise<Map<string, string>> {
  const shown = [...table.values()].filter(({ only }) => only !== "hidden");
  const groups = Map.groupBy(shown.filter(({ only }) => only !== "script"), ({ group }) => group);
  const pages = new Map<string, string>();
  pages.set("evtchn.1", mainPage(groups, date));
  for (const [group, entries] of groups) {
    pages.set(`${pageOf(group)}.1`, await groupPage(group, [...groups.keys()], entries, date));
  }
  const scripts = await Deno.readTextFile(`${ROOT}/docs/scripts.md`);
  const statements = await Promise.all(
    shown.filter(({ only }) => only === "script").map((entry) => section(entry, "")),
  );
  pages.set(
    "evtchn-script.5",
    page([
      head("evtchn-script", 5, date, "statements of evtchn run, evtchn shell and sessions"),
      ".Sh DESCRIPTION\n",
      fromMarkdown(scripts),
      ".Sh STATEMENTS OF SCRIPTS ALONE\n",
      ...statements,
      ".Sh SEE ALSO\n.Xr evtchn 1 ,\n.Xr evtchn-records 5\n",
    ]),
  );
  pages.set(
    "evtchn-records.5",
    page([
      head("evtchn-records", 5, date, "what evtchn prints with --json"),
      ".Sh DESCRIPTION\n",
      fromMarkdown(recordsPage(await declaredRecords(table))),
      ".Sh SEE ALSO\n.Xr evtchn 1 ,\n.Xr evtchn-script 5\n",
    ]),
  );
  return pages;
}

function pageOf(group: string): string {
  return `evtchn-${group.replaceAll(" ", "-")}`;
}

function mainPage(groups: ReadonlyMap<string, readonly Entry[]>, date: Date): string {
  const lists = [...groups].map(([group, entries]) =>
    `.Ss ${words(group[0].toUpperCase() + group.slice(1))}\n.Xr ${pageOf(group)} 1\n` +
    tagged(entries.map(({ name, brief }) => [`Cm ${words(name)}`, prose(`${brief}.`)]))
  );
  return page([
    head("evtchn", 1, date, "work Xen event channels"),
    ".Sh SYNOPSIS\n.Nm\n.Op Ar option ...\n.Ar command\n.Op Ar argument ...\n.Nm\n.Cm help\n.Op Ar command\n",
    ".Sh DESCRIPTION\n",
    prose(ABOUT),
    ".Pp\n",
    prose("`evtchn help COMMAND` says what a command does."),
    ...lists,
    ".Sh OPTIONS\nEvery command takes these, in front of it or behind it.\n",
    optionList(COMMON_OPTIONS),
    ".Sh WORDS\n",
    rowList(WORDS),
    ".Sh ENVIRONMENT\n",
    tagged(ENVIRONMENT.map(([name, text]) => [`Ev ${words(name)}`, prose(sentence(text))])),
    ".Sh EXIT STATUS\n",
    rowList(EXIT_STATUSES),
    ".Sh SEE ALSO\n",
    [...groups.keys()].map((group) => `.Xr ${pageOf(group)} 1 ,\n`).sort().join(""),
    ".Xr evtchn-records 5 ,\n.Xr evtchn-script 5\n",
  ]);
}

async function groupPage(
  group: string,
  groups: readonly string[],
  entries: readonly Entry[],
  date: Date,
): Promise<string> {
  return page([
    head(pageOf(group), 1, date, `commands of evtchn: ${group}`),
    ".Sh SYNOPSIS\n",
    ...await Promise.all(entries.map(async ({ name, load }) => synopsis(name, (await load()).default))),
    ".Sh DESCRIPTION\n",
    "The options that every command takes are in\n.Xr evtchn 1 .\n",
    ...await Promise.all(entries.map((entry) => section(entry, "evtchn "))),
    seeAlso(groups, group),
  ]);
}

function seeAlso(groups: readonly string[], own: string): string {
  const others = groups.filter((group) => group !== own).map((group) => `.Xr ${pageOf(group)} 1`).sort();
  return `.Sh SEE ALSO\n${[".Xr evtchn 1", ...others, ".Xr evtchn-records 5", ".Xr evtchn-script 5"].join(" ,\n")}\n`;
}

/** The forms of a verb's command lines. */
function synopsis(name: string, verb: Verb): string {
  const options = Object.keys(verb.options ?? {}).length > 0 ? ".Op Ar option ...\n" : "";
  return argumentForms(verb).map((form) => `.Nm evtchn\n.Cm ${words(name)}\n${options}${formText(form)}`).join("");
}

function formText(form: string): string {
  const tokens = form.match(/\[[^\]]*\]|\S+/g) ?? [];
  return tokens.map((token) => {
    if (token.startsWith("[")) return `.Op ${macroOf(token.slice(1, -1))}\n`;
    return `.${macroOf(token)}\n`;
  }).join("");
}

function macroOf(token: string): string {
  const [, text, dots] = /^(.*?)(\.\.\.)?$/.exec(token)!;
  const more = dots === undefined ? "" : " ...";
  if (/^-./.test(text)) return `Fl ${words(text.slice(1))}${more}`;
  return /^[A-Z]/.test(text) ? `Ar ${words(text)}${more}` : `Cm ${words(text)}${more}`;
}

/** What is said of one verb. */
async function section({ name, brief, load }: Entry, program: string): Promise<string> {
  const { default: verb } = await load();
  const args =
    (verb.arguments === undefined
      ? []
      : "each" in verb.arguments
      ? [verb.arguments.each]
      : verb.arguments) as readonly Argument<unknown>[];
  const examples = (verb.examples ?? []).map((example) => `${program}${example}`).join("\n");
  return [
    `.Ss ${words(program + name)}\n`,
    prose(`${brief}.`),
    ...verb.help.split("\n\n").map(paragraph),
    args.length === 0 ? "" : tagged(args.map((each) => [`Ar ${words(each.placeholder)}`, prose(sentence(each.brief))])),
    optionList(verb.options ?? {}),
    examples === "" ? "" : `.Pp\nExamples:\n${literal(examples)}`,
  ].join("");
}

/** Lines that begin with blanks are rows of a table: a head, two blanks, a description. */
function paragraph(text: string): string {
  if (!text.startsWith("  ")) return `.Pp\n${prose(text)}`;
  return rowList(
    text.split("\n").map((line): Row => {
      const [first, ...others] = line.trim().split(/ {2,}/);
      return [first, others.join(" ")];
    }),
  );
}

function rowList(rows: readonly Row[]): string {
  return tagged(rows.map(([first, text]) => [bold(first), prose(sentence(text))]));
}

function optionList(options: Options): string {
  const entries = Object.entries<Option<unknown>>(options);
  return entries.length === 0
    ? ""
    : tagged(entries.map(([key, option]) => [optionHead(key, option), optionText(option)]));
}

function optionHead(key: string, { short, form }: Option<unknown>): string {
  const value = form.kind === "flag"
    ? ""
    : form.kind === "choice"
    ? ` Ar ${key}`
    : form.bare === undefined
    ? ` Ar ${words(form.placeholder)}`
    : ` Ns Op = Ns Ar ${words(form.placeholder)}`;
  return `${short === undefined ? "" : `Fl ${short} , `}Fl ${optionName(key).slice(1)}${value}`;
}

function optionText({ brief, form }: Option<unknown>): string {
  return prose(sentence(form.kind === "choice" ? `${brief}: ${form.values.join(", ")}` : brief));
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

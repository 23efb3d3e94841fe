/** The page docs/commands.md. @module */

import { type HelpLayout, optionsHelp, verbHelp } from "../../lib/cli/help.ts";
import type { Entry, Table } from "../../lib/cli/verb.ts";
import { PLAIN } from "../../lib/render/human.ts";

const INTRODUCTION = `# Commands

This page is made from the declarations of the commands: it is what \`evtchn help COMMAND\` prints. The examples are run by
the tests. [records.md](records.md) has what each command prints with \`--json\`, [scripts.md](scripts.md) how statements
are written.
`;

const LAYOUT: HelpLayout = { width: 80, palette: PLAIN };

/** The text of docs/commands.md. */
export async function commandsPage(table: Table): Promise<string> {
  const shown = [...table.values()].filter(({ only }) => only !== "hidden");
  const groups = [...Map.groupBy(shown, ({ group }) => group)];
  const contents = groups.map(([group, entries]) => `- ${group}: ${entries.map(linkTo).join(", ")}`);
  const sections = await Promise.all(groups.map(([group, entries]) => groupSection(group, entries)));
  const options = `## Options of every command\n\n${fence(optionsHelp(LAYOUT))}`;
  return [INTRODUCTION, contents.join("\n") + "\n", options, ...sections.flat()].join("\n");
}

function linkTo({ name }: Entry): string {
  return `[${name}](#${name.replaceAll(" ", "-")})`;
}

async function groupSection(group: string, entries: readonly Entry[]): Promise<string[]> {
  return [`## ${group[0].toUpperCase()}${group.slice(1)}\n`, ...await Promise.all(entries.map(section))];
}

async function section(entry: Entry): Promise<string> {
  const { default: verb } = await entry.load();
  const help = verbHelp(entry, verb, LAYOUT);
  const own = help.slice(0, help.lastIndexOf("\n\n") + 1); // the last paragraph says where the options of all are
  return `### ${entry.name}\n\n${entry.brief}.\n\n${fence(own)}`;
}

function fence(text: string): string {
  return `\`\`\`text\n${text}\`\`\`\n`;
}

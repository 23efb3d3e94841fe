/** The page docs/records.md. @module */

import type { Table } from "../../lib/cli/verb.ts";
import type { RecordName } from "../../lib/records.ts";
import { headOf, type ObjectSchema, SCHEMA, type ValueSchema } from "./schema.ts";

const INTRODUCTION = `# Records

With \`--json\` a command prints JSON Lines: one object a line. This page is made from the declarations of the records, and
so is their JSON Schema (2020-12), [records.schema.json](records.schema.json). Every record that the tests print is
validated against it.

- \`op\` names the command or the statement that answers; \`event\` names what came by itself. A record has one of them.
- A command and the statement of its name print the same records. In a script each has \`line\` too.
- A key means the same everywhere. A time says its unit in its name. What is not known is left out.
- What failed is one record with \`error\`: of a command on stderr, of a statement on stdout in its place.
- An event has \`domain\` where events of several domains come together: in a script or at a prompt while handles of
  several domains are open, and in a session with \`--as\`.
- A key that goes away, may be missing from now on, or changes its type stands in [CHANGELOG.md](../CHANGELOG.md).
`;

/** The names of the records that each verb prints. */
export type Declared = readonly (readonly [verb: string, records: readonly RecordName[]])[];

export async function declaredRecords(table: Table): Promise<Declared> {
  return await Promise.all(
    [...table.values()].map(async ({ name, load }) => [name, (await load()).default.records] as const),
  );
}

/** The text of docs/records.md. */
export function recordsPage(declared: Declared): string {
  const printing = declared.filter(([name, records]) => records.length > 0 && name !== "session serve");
  const commands = printing.map(([name, records]) => `| \`${name}\` | ${records.map(linkTo).join(", ")} |`);
  return [
    INTRODUCTION,
    "## By command\n",
    "`run` and `shell` print the records of their statements. Any command may also print an [error](#error).\n",
    table("command | records", commands),
    "## The records\n",
    "A key in brackets may be missing.\n",
    ...Object.entries(SCHEMA.$defs).map(([name, schema]) => section(name, schema)),
    "## The keys\n",
    table("key | type | meaning", keyRows()),
  ].join("\n");
}

function table(heading: string, rows: readonly string[]): string {
  const dashes = heading.split(" | ").map(() => "---").join(" | ");
  return [`| ${heading} |`, `| ${dashes} |`, ...rows, ""].join("\n");
}

function linkTo(name: string): string {
  return `[${name}](#${name})`;
}

function section(name: string, schema: ObjectSchema): string {
  const keys = Object.keys(schema.properties).filter((key) =>
    key !== "line" && (key !== "host" || name === "snapshot")
  );
  const listed = keys.map((key) => schema.required.includes(key) ? `\`${key}\`` : `[\`${key}\`]`);
  const examples = schema.examples.map((example) => JSON.stringify(example)).join("\n");
  return `### ${name}\n\n${schema.description}.\n\n\`\`\`text\n${examples}\n\`\`\`\n\nKeys: ${listed.join(", ")}.\n`;
}

function keyRows(): string[] {
  const heads = new Set(Object.values(SCHEMA.$defs).map(headOf));
  const events = [...heads].filter((head) => head.startsWith("event ")).map((head) => `\`${head.slice(6)}\``);
  const keys = new Map<string, ValueSchema>();
  for (const { properties } of Object.values(SCHEMA.$defs)) {
    for (const [key, schema] of Object.entries(properties)) if (!keys.has(key)) keys.set(key, schema);
  }
  const rest = [...keys].filter(([key]) => key !== "op" && key !== "event").sort(([a], [b]) => a < b ? -1 : 1);
  return [
    "| `op` | text | The command or the statement; `ping --answer` has `ping-answer`, `decode` also `decode-irq` and `decode-change` |",
    `| \`event\` | text | What came by itself: ${events.join(", ")} |`,
    ...rest.map(([key, schema]) => `| \`${key}\` | ${typeText(schema)} | ${meaning(schema)} |`),
  ];
}

function meaning({ description, items, properties }: ValueSchema): string {
  const inner = Object.entries(items?.properties ?? properties ?? {})
    .map(([key, schema]) => schema.description === undefined ? `\`${key}\`` : `\`${key}\`: ${schema.description}`);
  return [description, ...inner].filter((text) => text !== undefined).join(". ");
}

function typeText({ type, const: only, enum: values, anyOf, items }: ValueSchema): string {
  if (anyOf !== undefined) return anyOf.map(typeText).join(" or ");
  if (only !== undefined) return `\`${only}\``;
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(", ");
  switch (type) {
    case "array":
      return items!.type === "object" ? "list of objects" : `list of ${items!.type === "string" ? "texts" : "numbers"}`;
    case "integer":
      return "whole number";
    case "string":
      return "text";
    case "boolean":
      return "`true`, `false`";
    default:
      return type!;
  }
}

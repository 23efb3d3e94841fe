/** The records: declared, documented, and kept. @module */

import { assert, assertEquals } from "@std/assert";
import { VERBS } from "../../commands/mod.ts";
import type { Shapes } from "./shapes.ts";
import { test } from "../support/test.ts";
import { declaredRecords, recordsPage } from "./records_page.ts";
import { headOf, type ObjectSchema, SCHEMA, schemaText, type ValueSchema } from "./schema.ts";
import { type Break, breaks, shapesOf, unnamed } from "./shapes.ts";
import { isRecord, unfit } from "./validate.ts";

const read = (path: string) => Deno.readTextFile(new URL(path, import.meta.url));

const RECORDS: readonly (readonly [string, ObjectSchema])[] = Object.entries(SCHEMA.$defs);

test("docs/records.md and docs/records.schema.json are as `deno task docs` writes them", async () => {
  assertEquals(await read("../../docs/records.md"), recordsPage(await declaredRecords(VERBS)));
  assertEquals(await read("../../docs/records.schema.json"), schemaText());
});

/** Records that no command declares: any command may print an error, any that looks what it looks at. */
const OF_ALL = ["error", "snapshot", "diff"];

/** Commands that print records of statements, or none. */
const OF_NONE = ["metrics", "collect", "run", "session", "session run", "completion", "complete"];

/** The commands of records whose op has the name of an option in it. */
const OPTIONS: Readonly<Record<string, string>> = {
  "ping-answer": "ping",
  "top-device": "top",
  "list-summary": "list",
  "holders-domain": "holders",
};

test("every record is declared by the command that its op names, and every command declares its records", async () => {
  const declared = new Map(await declaredRecords(VERBS));
  assertEquals([...declared].filter(([, records]) => records.length === 0).map(([name]) => name), OF_NONE);
  for (const [name, schema] of RECORDS) {
    if (OF_ALL.includes(name)) continue;
    const verbs = [...declared].filter(([, records]) => records.includes(name as never)).map(([verb]) => verb);
    assert(verbs.length > 0, `no command declares ${name}`);
    const op = headOf(schema).replace(/^op /, "");
    const owner = OPTIONS[op] ?? op.replace(/^session-/, "session ").replace(/^decode-.*/, "decode");
    assert(headOf(schema).startsWith("event ") || verbs.includes(owner), `${owner} does not declare ${name}`);
  }
});

test("the example of every record is valid", () => {
  for (const [name, { examples }] of RECORDS) {
    for (const example of examples) {
      assertEquals([unfit(JSON.stringify(example)), isRecord(example)], [undefined, true], name);
      assertEquals([isRecord({ ...example, line: 3 }), isRecord({ ...example, lime: 3 })], [true, false], name);
    }
  }
});

test("a record with a wrong, a missing or an unknown key is found", () => {
  for (
    const [line, reason] of [
      ['{"op":"notify","port":"7"}', "data/port must be integer"],
      ['{"op":"notify"}', "data must have required property 'port'"],
      ['{"op":"notify","port":7,"prot":7}', "data must NOT have additional properties"],
      ['{"op":"notify","event":"pending","port":7}', "this is no record of the schema"],
      ['{"op":"notfy","port":7}', "this is no record of the schema"],
      ['{"event":"pending","time":"now","port":7,"channel":"7","seq":1}', "data/time must match pattern"],
      ['{"op":"notify","port":7', "this is no JSON"],
    ]
  ) {
    assert(unfit(line)?.includes(reason), `${line}: ${unfit(line)}`);
    if (!reason.includes("JSON")) assertEquals(isRecord(JSON.parse(line)), false, line);
  }
});

test("a record has op or event and never both, and takes no other keys than its own", () => {
  for (const [name, schema] of RECORDS) {
    assertEquals(Number("op" in schema.properties) + Number("event" in schema.properties), 1, name);
    assertEquals((schema as { additionalProperties?: boolean }).additionalProperties, false, name);
  }
});

test("a key means the same in every record", () => {
  const known = new Map<string, string>();
  for (const [name, { properties }] of RECORDS) {
    for (const [key, schema] of Object.entries(properties)) {
      if (key === "op" || key === "event") continue;
      const text = JSON.stringify(schema);
      assertEquals(text, known.get(key) ?? text, `${key} of ${name}`);
      known.set(key, text);
    }
  }
});

test("every key is explained", () => {
  const bare = (schema: ValueSchema) => schema.const === undefined && schema.description === undefined;
  for (const [name, { properties }] of RECORDS) {
    const unexplained = Object.entries(properties).filter(([key, schema]) => key !== "channels" && bare(schema));
    assertEquals(unexplained.map(([key]) => key), [], name);
  }
});

test("CHANGELOG.md names every key that is gone or has another type since the last release", async () => {
  const released: Shapes = JSON.parse(await read("released.json"));
  const found = breaks(released, shapesOf(RECORDS.map(([, schema]) => schema)));
  const text = ({ head, key, what }: Break) => `${head}: ${key} ${what}`;
  assertEquals(unnamed(found, await read("../../CHANGELOG.md")).map(text), []);
});

test("a removed, a retyped and a missing key are found, and a line with record and key names one", () => {
  const before: Shapes = { "op a": { kept: "string", gone: "string", typed: "integer", rare: "string" } };
  const now: Shapes = { "op a": { kept: "string", typed: "string", rare: "string?", fresh: "boolean" } };
  const found = breaks(before, now);
  assertEquals(found.map(({ key, what }) => [key, what]), [
    ["gone", "is gone"],
    ["typed", "was integer and is string"],
    ["rare", "may be missing"],
  ]);
  assertEquals(breaks({ "op b": { x: "string?" } }, { "op b": { x: "string" } }), []);
  assertEquals(breaks({ "op b": { x: "string" } }, {}).length, 1);
  const changelog = "# C\n\n## 2\n\n- `a`: `gone` went\n  with `typed`\n- `b`: `rare`\n\n## 1\n\n- `a`: `rare`\n";
  assertEquals(unnamed(found, changelog).map(({ key }) => key), ["rare"]);
});

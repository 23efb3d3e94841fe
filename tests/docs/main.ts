/** `deno task docs`: writes what docs/ has of the records. With --release it also keeps their shapes for the next one. */

import { VERBS } from "../../commands/mod.ts";
import { declaredRecords, recordsPage } from "./records_page.ts";
import { SCHEMA, schemaText } from "./schema.ts";
import { shapesOf } from "./shapes.ts";

const write = (path: string, text: string) => Deno.writeTextFile(new URL(path, import.meta.url), text);

await write("../../docs/records.md", recordsPage(await declaredRecords(VERBS)));
await write("../../docs/records.schema.json", schemaText());
if (Deno.args.includes("--release")) {
  await write("released.json", JSON.stringify(shapesOf(Object.values(SCHEMA.$defs)), null, 2) + "\n");
}

/** `deno task docs`: writes the pages that are made from declarations. With --release it also keeps the shapes of records and exports. */

import { VERBS } from "../../commands/mod.ts";
import { commandsPage } from "./commands_page.ts";
import { declaredRecords, recordsPage } from "./records_page.ts";
import { exportedShapes } from "./exports.ts";
import { SCHEMA, schemaText } from "./schema.ts";
import { shapesOf } from "./shapes.ts";

const write = (path: string, text: string) => Deno.writeTextFile(new URL(path, import.meta.url), text);

await write("../../docs/commands.md", await commandsPage(VERBS));
await write("../../docs/records.md", recordsPage(await declaredRecords(VERBS)));
await write("../../docs/records.schema.json", schemaText());
if (Deno.args.includes("--release")) {
  await write("released.json", JSON.stringify(shapesOf(Object.values(SCHEMA.$defs)), null, 2) + "\n");
  await write("released_exports.json", JSON.stringify(await exportedShapes(), null, 2) + "\n");
}

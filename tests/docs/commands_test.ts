/** The page about the commands. @module */

import { assertEquals } from "@std/assert";
import { VERBS } from "../../commands/mod.ts";
import { test } from "../support/test.ts";
import { commandsPage } from "./commands_page.ts";
import { read } from "./sessions.ts";

test("docs/commands.md is as `deno task docs` writes it", async () => {
  assertEquals(read("docs/commands.md"), await commandsPage(VERBS));
});

test("the README has a line for each command", () => {
  const commands = /^## A line a command$(.*?)^## /ms.exec(read("README.md"))?.[1] ?? "";
  const named = [...commands.matchAll(/`([a-z-]+(?: [a-z]+)?)[^`]*`/g)].map(([, name]) => name);
  const shown = [...VERBS.values()].filter(({ name, only }) => only !== "hidden" && name !== "session");
  assertEquals(shown.map(({ name }) => name).filter((name) => !named.includes(name)), []);
});

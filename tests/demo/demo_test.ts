import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { run } from "../support/process.ts";
import { test } from "../support/test.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

test("the demo finds a dead network card, explains and cures it, in under 20 lines, with its task's permissions", async () => {
  const [deno, ...words] = config.tasks.demo.command.split(" ");
  assertEquals(deno, "deno");
  const { status, stdout, stderr } = await run(words, {
    sh: `cd '${ROOT}' && exec "$@"`,
    command: [Deno.execPath()],
    env: { EVTCHN_SESSION: "/nowhere", LC_ALL: "C.UTF-8" },
  });
  assertEquals([status, stderr], [0, ""]);
  assertMatch(stdout, /wiring -q web\n[^]* unbound\n[^]*\n\[3\]\n[^]*why web:9\n8:9: ok: [^]*wiring -q web\nNothing /);
  assert(stdout.trimEnd().split("\n").length < 20, stdout);
});

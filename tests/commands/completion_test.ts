/** `completion`, and what the shells ask for. `deno task test:package` completes lines in the shells themselves. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { VERBS } from "../../commands/mod.ts";
import { optionName } from "../../lib/cli/usage.ts";
import { withSession } from "../support/sessions.ts";
import { TestHost } from "../support/test_host.ts";
import { test } from "../support/test.ts";

for (const shell of ["bash", "zsh", "fish"]) {
  test(`the completion for ${shell} has every verb of the command line, and every option`, async () => {
    const script = await new TestHost().ok(`completion ${shell}`);
    for (const { name, only, load } of VERBS.values()) {
      if (only === "script" || only === "hidden") continue;
      for (const word of name.split(" ")) assertMatch(script, new RegExp(`\\b${word}\\b`));
      for (const key of Object.keys((await load()).default.options ?? {})) {
        const option = shell === "fish" ? `-l ${optionName(key).slice(2)} ` : optionName(key);
        assert(script.includes(option), `${name} ${option}`);
      }
    }
  });
}

test("a shell without a completion is told which ones have one", async () => {
  const { status, stderr } = await new TestHost().run("completion csh");
  assertEquals(status, 2);
  assertMatch(stderr, /Cannot complete in "csh": expected bash, zsh, fish/);
});

test("complete domains has each domain by its name and by its number", async () => {
  const host = new TestHost();
  assertEquals((await host.ok("complete domains")).split("\n").slice(0, 4), [
    "Domain-0\tdomain 0",
    "0\tDomain-0",
    "guest1\tdomain 1",
    "1\tguest1",
  ]);
});

test("complete offers no name that a shell would read otherwise", async () => {
  const host = new TestHost();
  host.world.writeStore(0, "/local/domain/5/name", "$(reboot) ;\t");
  host.world.writeStore(0, "/local/domain/6/name", "6");
  const lines = (await host.ok("complete domains")).split("\n");
  assertEquals(lines.filter((line) => /^[56]\b|reboot/.test(line)), ["5\ta domain", "6\ta domain"]);
});

test("complete ports has what a session has bound; without a session there is nothing", () =>
  withSession(async (session) => {
    const host = new TestHost();
    assertEquals(await host.ok("complete ports"), "");
    await host.ok(`alloc-unbound 5 --session ${session.socket}`);
    assertEquals(await host.ok(`complete ports --session ${session.socket}`), "27\t5:any\n");
    assertMatch(await host.ok(`complete channels --session ${session.socket}`), /^virq:timer\t.*\n[^]*^27\t5:any$/m);
  }));

test("where nothing can be asked, complete is quiet", async () => {
  const host = new TestHost();
  for (const where of ["--session /run/none", "--fd 3"]) {
    assertEquals(await host.run(`complete domains ${where}`), { status: 0, stdout: "", stderr: "" });
  }
});

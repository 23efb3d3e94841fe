import { assert, assertEquals } from "@std/assert";
import { VERBS } from "../../commands/mod.ts";
import { readStatement } from "../../lib/cli/arguments.ts";
import { takeCommonOptions } from "../../lib/cli/options.ts";
import { readWords } from "../../lib/cli/parser.ts";
import { TestHost } from "../support/test_host.ts";
import { test } from "../support/test.ts";

test("every example of a verb can be parsed and passes the verb's check", async () => {
  for (const { name, only, load } of VERBS.values()) {
    if (only === "hidden" || name === "session") continue; // `session` has no use without a second word
    const { default: verb } = await load();
    assert(verb.examples !== undefined && verb.examples.length > 0, `${name} has no example`);
    for (const example of verb.examples) {
      const [line] = example.split(" -- ");
      assert(`${line} `.startsWith(`${name} `), example);
      const { rest: words } = takeCommonOptions(line.slice(name.length).split(" ").filter((word) => word !== ""));
      const read = only === "script" ? readStatement : readWords;
      const parsed = await read(name, verb, words);
      assert(parsed !== undefined, example);
      verb.check?.(parsed.options, parsed.args, false);
    }
  }
});

test("--help ends its description with the examples", async () => {
  const text = await new TestHost().ok("notify --help");
  assertEquals(
    /\nExamples:\n((?: {2}evtchn .*\n)+)/.exec(text)?.[1],
    "  evtchn notify 5:12 --count 3\n  evtchn notify 27 28\n",
  );
});

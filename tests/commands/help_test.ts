import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { VERBS } from "../../commands/mod.ts";
import { verbHelp } from "../../lib/cli/help.ts";
import { PLAIN } from "../../lib/render/human.ts";
import { evtchn, TestHost } from "../support/test_host.ts";
import { test } from "../support/test.ts";

const SHOWN = [...VERBS.values()].filter(({ only }) => only !== "hidden");

/** Every text of help, at a terminal of so many columns. */
async function texts(columns: number): Promise<string[]> {
  const host = new TestHost();
  Object.assign(host.stdout, { columns });
  const help = (words: string) => host.ok(words);
  const verbs = await Promise.all(SHOWN.map(async ({ name }) => {
    const text = await host.ok(`help ${name}`);
    const verb = (await VERBS.get(name)!.load()).default;
    return [text, verbHelp(VERBS.get(name)!, verb, { width: Math.min(80, columns), palette: PLAIN }, "prompt")];
  }));
  return [await help("--help"), await help("help options"), ...verbs.flat()];
}

test("no line of help is longer than 80 columns, and none ends in a blank", async () => {
  for (const width of [80, 200]) {
    for (const text of await texts(width)) {
      for (const line of text.split("\n")) assert(line.length <= 80 && !line.endsWith(" "), line);
    }
  }
});

test("at a narrow terminal only command lines are longer than it", async () => {
  for (const width of [60, 40]) {
    for (const text of await texts(width)) {
      const [description] = text.split("EXAMPLES\n");
      for (const line of description.split("\n")) {
        assert(line.length <= width || /^ {2}(evtchn|eval) /.test(line) || !line.trim().includes(" "), line);
      }
    }
  }
});

test("help cuts no word: every word of a description is in it", async () => {
  for (const { name, load } of SHOWN) {
    const words = (await load()).default.help.split(/\s+/).filter((word) => word !== "");
    const text = (await evtchn(`help ${name}`)).stdout.split(/\s+/);
    assertEquals(words.filter((word) => !text.includes(word)), [], name);
  }
});

test("help says how a command is written, what its options take, and its examples", async () => {
  assertEquals(
    (await evtchn("bind-interdomain --help")).stdout,
    `USAGE
  evtchn bind-interdomain [OPTIONS] DOM PORT | DOM:PORT

Binds a new local port to a port that another domain has allocated for this
domain. Prints the local port on stdout and holds it until a signal. The bind
itself causes one event on the local port.

ARGUMENTS
  DOM   The domain that offers the port, or DOM:PORT
  PORT  Its port

OPTIONS
  --hold PERIOD  How long to hold the port; 0s closes it at once [until a
                 signal]

EXAMPLES
  evtchn bind-interdomain 5:12
  evtchn bind-interdomain 5 12 --hold 1m

It also takes --device, --json, --trace and others: evtchn help options
`,
  );
  for (
    const [verb, usage] of [
      ["watch", "evtchn watch [OPTIONS] [CHANNEL...]"],
      ["read", "evtchn read [BYTES]"],
      ["why", "evtchn why [OPTIONS] CHANNEL"],
      ["virqs", "evtchn virqs"],
      ["run", "evtchn run [OPTIONS] FILE | - | -e STATEMENTS"],
      ["expect", "expect CHANNEL [N] within P"],
    ]
  ) {
    assertStringIncludes((await evtchn(`help ${verb}`)).stdout, `USAGE\n  ${usage}\n\n`);
  }
});

test("help is asked for as help, help VERB, VERB --help or VERB -h, also of the verbs of scripts", async () => {
  const texts = await Promise.all(
    ["help watch", "watch --help", "watch -h", "watch 5:12 -n 1 --help"].map((l) => evtchn(l)),
  );
  assertEquals(new Set(texts.map(({ stdout }) => stdout)).size, 1);
  assertEquals(await evtchn("help expect"), await evtchn("expect --help"));
  assertMatch((await evtchn("help session start")).stdout, /^USAGE\n {2}evtchn session start \[OPTIONS\]\n/);
  assertEquals(await evtchn("help notfy"), {
    status: 2,
    stdout: "",
    stderr: 'evtchn: help: There is no command "notfy"\nhint: did you mean notify?\n',
  });
  assertEquals((await evtchn("help watch 5:12")).status, 2);
});

test("help of run lists the verbs of scripts, help options the options that every command takes", async () => {
  const run = (await evtchn("help run")).stdout;
  for (const { name, only } of SHOWN) {
    const there = new RegExp(`^  ${name}  `, "m").test(run);
    assertEquals(there, typeof only !== "object", name);
  }
  const options = (await evtchn("help options")).stdout;
  for (const name of ["-d, --device WHERE", "--trace[=CALLS]", "--json", "PERIOD", "EVTCHN_FD"]) {
    assertStringIncludes(options, name);
  }
});

Deno.test({
  name: "the headings of help have colours where there are colours",
  ignore: Deno.noColor,
  sanitizeOps: true,
  sanitizeResources: true,
  async fn() {
    assertStringIncludes((await evtchn("help watch --color always")).stdout, "\x1b[36mUSAGE\x1b[39m\n");
    assertStringIncludes((await evtchn("--help --color always")).stdout, "\x1b[36mUSAGE\x1b[39m\n");
    assertEquals((await evtchn("help watch")).stdout.includes("\x1b"), false);
  },
});

import { assert, assertEquals } from "@std/assert";
import { asciiJson, asciiText } from "../../lib/render/ascii.ts";
import { settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { TestHost } from "../support/test_host.ts";

const ASCII = /^[\n -~]*$/;

/** A host with a device that is broken, and a guest whose name is not ASCII. */
async function host(variables: Readonly<Record<string, string>> = {}): Promise<TestHost> {
  const made = new TestHost();
  Object.assign(made.variables, variables);
  made.world.writeStore(1, "name", "café");
  await made.world.createDevice({ kind: "vif", domain: 1, backend: 0, fault: "unbound" });
  return made;
}

test("with --ascii the tree of wiring is drawn with ASCII, and its columns stay", async () => {
  const { stdout } = await (await host()).run("--simulator wiring 1 --ascii");
  assertEquals(
    stdout,
    `Domain 1 (caf\\xe9)
|- console              port 2  -- dom0 port 14  ok
|- store                port 1  -- dom0 port 13  ok
\`- vif/0  Connected
   |- event-channel-tx  port 9  .. dom0          unbound
   |  both ends say that they are connected, and nobody is bound to port 9: the
   |  backend in domain 0 has let go of it; detach and attach the device
   \`- event-channel-rx  port 10 -- dom0 port 27  ok
4 channels, 1 fault
`,
  );
});

test("with --ascii names that are not ASCII move no column, in a script too", async () => {
  for (const line of [["list", "0"], ["run", "-e", "create 9 --name café; list 0"]]) {
    const { stdout } = await (await host()).run(["--simulator", "--ascii", ...line]);
    const rows = stdout.split("\n").filter((row) => / {2}store$/.test(row));
    assert(rows.some((row) => row.includes("(caf\\xe9)")));
    assertEquals(new Set(rows.map((row) => row.length)).size, 1, stdout);
  }
});

test("a locale without UTF-8 makes all output ASCII: LC_ALL beats LC_CTYPE, and that LANG", async () => {
  const asciiIn = async (variables: Readonly<Record<string, string>>) =>
    ASCII.test((await (await host(variables)).run("--simulator wiring 1")).stdout);
  for (const locale of ["C", "POSIX", "de_DE", "en_US.ISO-8859-1", "ja_JP.eucJP"]) {
    assert(await asciiIn({ LANG: locale }), locale);
  }
  for (const locale of ["C.UTF-8", "en_US.utf8", "de_DE.UTF-8@euro"]) assert(!await asciiIn({ LANG: locale }), locale);
  assert(await asciiIn({ LC_ALL: "C", LC_CTYPE: "C.UTF-8", LANG: "C.UTF-8" }));
  assert(await asciiIn({ LC_CTYPE: "C", LANG: "C.UTF-8" }));
  assert(!await asciiIn({ LC_ALL: "", LC_CTYPE: "C.UTF-8", LANG: "C" }));
  assert(!await asciiIn({}));
});

test("with --ascii no verb prints anything else, in any form", async () => {
  const forms = ["wiring", "wiring --summary", "wiring --json", "wiring --format dot", "wiring --format svg"];
  const lines = [...forms, "wiring --format mermaid", "list --all", "list 1 --json", "why 1:9"];
  for (const line of lines) {
    const { stdout, stderr } = await (await host()).run(`--simulator --ascii ${line}`);
    assert(stdout !== "" && ASCII.test(stdout + stderr), line + stdout + stderr);
  }
  const script = ["--simulator", "--ascii", "run", "-e", "wiring 1; print grün"];
  assertEquals((await (await host()).run(script)).stdout.split("\n").slice(-2), ["gr\\xfcn", ""]);
});

test("records in ASCII are the same records", async () => {
  const name = async (words: string) => {
    const { stdout } = await (await host()).run(`--simulator list 0 --json${words}`);
    const lines = stdout.split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line)).find((record) => record.remote_domain === 1).remote_name;
  };
  assertEquals([await name(""), await name(" --ascii")], ["café", "café"]);
});

test("a picture in ASCII has the same text", async () => {
  const picture = async (words: string) =>
    (await (await host()).run(`--simulator wiring 1 --format svg${words}`)).stdout;
  const plain = (await picture(" --ascii")).replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
  assertEquals(plain, (await picture("")).replaceAll("&#45;", "-").replaceAll("&#160;", "\u00a0"));
});

test("top draws its bars with ASCII", async () => {
  const made = await host();
  made.stdout.terminal = true;
  const ended = made.start("--simulator --color never --ascii top virq:dom_exc");
  await made.screen.until(/q quit/);
  await settle();
  for (const count of [1, 3]) {
    for (let left = count; left > 0; left--) {
      made.world.raise(3);
      await settle();
    }
    made.clock.advance(1000);
    await settle();
  }
  const frame = made.screen.frame.join("\n");
  made.screen.type("q");
  await ended;
  assert(ASCII.test(frame) && frame.includes("#"), frame);
});

test("an error has no other characters either", async () => {
  const { status, stderr } = await (await host()).run(["--simulator", "--ascii", "list", "grün"]);
  assertEquals([status, ASCII.test(stderr)], [1, true], stderr);
});

test("any text has an ASCII form, and any JSON one that reads as the same", () => {
  assertEquals(asciiText("├─ ─╌│└ ▁▂▃▄▅▆▇█ é\u4e00\u{1f600}"), "|- -.|\` _.:-=+*# \\xe9\\u4e00\\u{1f600}");
  const text = JSON.stringify({ name: "é\u4e00\u{1f600}", ["ü"]: 1 });
  assert(ASCII.test(asciiJson(text)));
  assertEquals(JSON.parse(asciiJson(text)), JSON.parse(text));
});

test("at a prompt with --ascii what is printed above the line is ASCII too, and the prompt ends as ever", async () => {
  const made = await host();
  const ended = made.start("--simulator --ascii shell");
  const prompt = await made.prompted.promise;
  await prompt.type("print gr\u00fcn");
  await prompt.type("p = alloc-unbound self; q = bind-interdomain self $p; wiring 1");
  await settle();
  await prompt.type(undefined);
  await ended;
  const printed = made.stdout.text + made.stderr.text;
  assert(ASCII.test(printed) && printed.includes("gr\\xfcn\n") && printed.includes("#1"), printed);
  assert(prompt.closed);
});

test("with --ascii a file is read, a program runs and a terminal has its size as without", async () => {
  const made = await host();
  made.files["script"] = "print gr\u00fcn";
  assertEquals(await made.ok("--simulator --ascii run script"), "gr\\xfcn\n");
  made.onSpawn = (child) => child.end(child.args[0] === "gr\u00fcn" ? 7 : 1);
  assertEquals((await made.run("--ascii restrict 5 -- echo gr\u00fcn")).status, 7);
});

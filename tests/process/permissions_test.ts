/** What stops working without each permission of the first line of main.ts, and what evtchn gives up by itself. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { inFolder } from "../support/folder.ts";
import { COMMAND, run } from "../support/process.ts";
import { PseudoTerminal } from "../support/pseudo_terminal.ts";
import { test } from "../support/test.ts";

const PROJECT = new URL("../../", import.meta.url).pathname.slice(0, -1);

/** The command line of evtchn with `word` of the first line replaced, or left out. */
function withWord(word: string, other?: string): readonly string[] {
  assert(COMMAND.includes(word), `${word} is no word of the first line`);
  return COMMAND.flatMap((each) => each !== word ? [each] : other === undefined ? [] : [other]);
}

/** The word of the first line that begins so. */
const wordOf = (start: string) => COMMAND.find((word) => word.startsWith(start))!;

/** The command line of evtchn without `folder` in the list of folders that begins with `start`; `/` would allow it. */
function withoutFolder(folder: string, start: "-R=" | "-W="): readonly string[] {
  return COMMAND.map((word) => {
    if (!word.startsWith(start)) return word;
    const folders = word.slice(start.length).split(",");
    assert(folders.includes(folder), word);
    const others = folders.filter((each) => each !== folder);
    return start + (start === "-R=" ? [...others.filter((each) => each !== "/"), PROJECT] : others).join(",");
  });
}

/** Runs evtchn, which is refused, and returns which permission it lacks. */
async function lacking(words: readonly string[], command: readonly string[], env = {}): Promise<string> {
  const { status, stdout, stderr } = await run(words, { command, env });
  const [, message] = /^evtchn: [a-z ]+: (Requires .*)\nhint: Deno was not given this permission/m.exec(stderr) ?? [];
  assertEquals([status, stdout], [1, ""], stderr);
  assert(message !== undefined && !stderr.includes("run again"), stderr);
  return message;
}

/** A session that ends at once. Its program prints where the socket is. */
const SESSION = ["session", "run", "--simulator", "--", "sh", "-c", 'echo "$EVTCHN_SESSION"'];

/** No folder of the user: sessions are in a temporary one. */
const HOMELESS = { XDG_RUNTIME_DIR: "/none", TMPDIR: "/tmp" };

test("without reading, no command is loaded", async () => {
  assertMatch(await lacking(["virqs"], withWord(wordOf("-R="))), /^Requires read access to /);
});

test("without reading everywhere, files are read in the listed folders only", async () => {
  const command = withoutFolder("/", "-R=");
  assertEquals(
    await lacking(["decode", "/etc/passwd"], command),
    'Requires read access to "/etc/passwd"',
  );
  const { status, stderr } = await run(["decode", "/etc/passwd"]);
  assertEquals([status, stderr.split("\n")[0]], [
    2,
    "evtchn: decode: Cannot decode the input: there is no dump of event channels in it",
  ]);
});

for (const [start, access] of [["-R=", "read"], ["-W=", "write"]] as const) {
  test(`without ${access} access to /tmp, nobody has a session outside /run`, async () => {
    const command = withoutFolder("/tmp", start);
    assertMatch(await lacking(SESSION, command, HOMELESS), new RegExp(`^Requires ${access} access to `));
    assertMatch((await run(SESSION, { env: HOMELESS })).stdout, /^\/tmp\/evtchn-/);
  });

  test(`without ${access} access to /run, a session is in a temporary folder, and says why`, async () => {
    const command = withoutFolder("/run", start);
    const { status, stdout, stderr } = await run(SESSION, { command, env: { ...HOMELESS, XDG_RUNTIME_DIR: "/run" } });
    assertEquals(status, 0, stderr);
    assertMatch(stdout, /^\/tmp\/evtchn-/);
    assertMatch(
      stderr,
      /^evtchn: session run: XDG_RUNTIME_DIR="\/run" is outside the folders that Deno lets evtchn use/,
    );
  });
}

test("sockets outside the listed folders are refused, and the places of new ones replaced, in plain lines", async () => {
  const { status, stdout, stderr } = await run(SESSION, { env: { XDG_RUNTIME_DIR: "/var/x", TMPDIR: "/var/tmp" } });
  const outside = "is outside the folders that Deno lets evtchn use (/run and /tmp)";
  assertEquals([status, stderr.split("\n")], [0, [
    `evtchn: session run: XDG_RUNTIME_DIR="/var/x" ${outside}: the session's socket is in a fresh temporary folder`,
    `evtchn: session run: TMPDIR ${outside}: the session's socket is in /tmp`,
    "",
  ]]);
  assertMatch(stdout, /^\/tmp\/evtchn-[0-9a-f]+\/session\n$/);
  assertEquals((await run(["poll", "--session", "/var/x"])).stderr.split("\n"), [
    'evtchn: poll: Cannot reach the session at "/var/x": EACCES',
    `hint: it ${outside}; the README says how to add one`,
    "",
  ]);
});

test("without the network permission, there is no socket", async () => {
  assertMatch(await lacking(SESSION, withWord("-N"), HOMELESS), /^Requires net access to "unix:\/tmp\//);
});

test("without the user's id, no session is safe", async () => {
  assertMatch(await lacking(SESSION, withWord("-S=uid"), HOMELESS), /^Requires sys access to "uid"$/);
});

test("without running programs, there is no session for one and none in the background", async () => {
  const command = withWord("--allow-run");
  assertMatch(await lacking(SESSION, command, HOMELESS), /^Requires run access to "sh"$/);
  assertMatch(await lacking(["session", "start", "--simulator"], command, HOMELESS), /^Requires run access to /);
});

test("without the variables, they are not heeded", async () => {
  const command = withWord(wordOf("-E="), "-E=TERM");
  const poll = ["poll", "--events", "out"];
  const env = { EVTCHN_DEVICE: "sim:linux" };
  assertEquals((await run(poll, { env })).stdout, "POLLOUT POLLWRNORM\n");
  assertMatch((await run(poll, { env, command })).stderr, /Cannot open "\/dev\/xen\/evtchn": |Cannot use /);
  await inFolder(async (folder) => {
    const env = { ...HOMELESS, XDG_RUNTIME_DIR: folder };
    assert((await run(SESSION, { env })).stdout.startsWith(`${folder}/evtchn/session-`));
    assertMatch((await run(SESSION, { env, command })).stdout, /^(\/tmp\/evtchn-|\/run\/evtchn\/)/);
  });
});

test("without TERM, a terminal that has no colours gets colours", async () => {
  const colours = async (command: readonly string[]) => {
    const words = [...command, "virqs"].map((word) => `'${word}'`).join(" ");
    const at = ["script", "-qec", words, "/dev/null"];
    return (await run([], { command: at, env: { TERM: "dumb", SHELL: "/bin/sh" } })).stdout.includes("\x1b[");
  };
  assertEquals(await colours(COMMAND), false);
  assertEquals(await colours(withWord(wordOf("-E="), "-E=EVTCHN_*")), true);
});

test("without libc, there is no device, and the simulator does without", async () => {
  const command = withWord(wordOf("--allow-ffi="));
  assertMatch(await lacking(["poll", "-d", "/dev/null"], command), /^Requires ffi access to /);
  assertEquals((await run(["poll", "--simulator", "--events", "out"], { command })).stdout, "POLLOUT POLLWRNORM\n");
});

/** The permissions that {@linkcode kept} tells, as Deno is asked. */
const ASKED = [
  { name: "read", path: "/etc" },
  { name: "write", path: "/tmp" },
  { name: "write", path: `${Deno.env.get("HOME") ?? ""}/.local/state`, told: "history" },
  { name: "net", host: "[::1]" },
  { name: "sys", kind: "uid" },
  { name: "run" },
  { name: "ffi", path: "/lib64/libc.so.6" },
];

/** Copies evtchn to `folder`, as an installation that tells which permissions it keeps once it knows the command. */
async function install(folder: string): Promise<void> {
  for (const each of ["commands", "ffi", "lib", "main.ts", "deno.json", "deno.lock"]) {
    const { success } = await new Deno.Command("cp", { args: ["-r", `${PROJECT}/${each}`, folder] }).output();
    assert(success, each);
  }
  const path = `${folder}/main.ts`;
  const main = await Deno.readTextFile(path);
  await Deno.writeTextFile(
    path,
    `${main}
globalThis.addEventListener("unload", () => {
  const states = ${JSON.stringify(ASKED)}.filter((each) => Deno.permissions.querySync(each).state === "granted");
  Deno.stderr.writeSync(new TextEncoder().encode("kept:" + states.map(({ name, told = name }) => " " + told).join("") + "\\n"));
});
`.replace("if (import.meta.main) Deno.exit(await", "if (import.meta.main) Deno.exitCode = (await"),
  );
}

/** What the command of an installation in `folder` keeps. */
async function kept(folder: string, words: readonly string[]): Promise<string> {
  const command = [...COMMAND.slice(0, -1), `${folder}/main.ts`];
  const { stderr } = await run(words, { command, env: HOMELESS });
  return /kept:(.*)\n/.exec(stderr)?.[1].trim() ?? stderr;
}

test("a command gives up the permissions that it does not need", () =>
  inFolder(async (folder) => {
    await install(folder);
    for (
      const [words, permissions] of [
        ["virqs", "ffi"],
        ["poll --simulator", ""],
        ["poll --simulator --color always", ""],
        ["poll -d /dev/null", "ffi"],
        ["decode /etc/passwd", "read ffi"],
        ["replay /etc/passwd", "read ffi"],
        ["list --simulator", "write net sys"],
        ["poll --session /tmp/none", "write net sys ffi"],
        ["run --simulator -e virqs", "read write net sys"],
        ["shell --simulator", "read write history net sys run"],
        ["session run --simulator -- true", "write net sys run"],
        ["session run --simulator --world /dev/null -- true", "read write net sys run"],
        ["restrict 5 --simulator -- true", "run ffi"],
      ]
    ) assertEquals(await kept(folder, words.split(" ")), permissions, words);
  }));

test("an installation outside the listed folders goes on to read its own modules", () =>
  inFolder(async (folder) => {
    await install(folder);
    const path = `${folder}/main.ts`;
    const main = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, main.replace("-R=/,/opt/evtchn,/run,/tmp", "-R=/,/opt/evtchn"));
    assertEquals(await kept(folder, ["virqs"]), "read ffi");
    await Deno.writeTextFile(path, main.replace("/opt/evtchn,/run,/tmp", folder));
    assertEquals(await kept(folder, ["virqs"]), "ffi");
  }));

test("a permission that is missing is not asked for at a terminal", async () => {
  const command = COMMAND.filter((word) => !word.startsWith("--allow-ffi"));
  const line = [...command, "bind-virq", "tbuf"].map((word) => `'${word}'`).join(" ");
  const terminal = new PseudoTerminal(`${line}; echo "status=$?."`, { columns: 200, rows: 24 });
  await terminal.until((text) => /status=\d+\./.test(text));
  await terminal.close();
  assertMatch(terminal.text, /evtchn: bind-virq: Requires ffi access[^]*status=1\./);
});

import { assertEquals, assertMatch } from "@std/assert";
import { inFolder } from "../support/folder.ts";
import { COMMAND, commandFor, run } from "../support/process.ts";
import { PseudoTerminal, type Size } from "../support/pseudo_terminal.ts";
import { test } from "../support/test.ts";

const SIZE = { columns: 80, rows: 24 };
const NARROW = { columns: 40, rows: 12 };

/** `evtchn shell` at a terminal, started from an interactive sh with job control. */
async function shell(
  state: string,
  size: Size = SIZE,
  session?: Readonly<Record<string, string>>,
): Promise<PseudoTerminal> {
  const words = session === undefined ? ["--simulator", "shell"] : ["shell"];
  return await begin([...COMMAND, ...words], size, { XDG_STATE_HOME: state, ...session });
}

async function begin(
  words: readonly string[],
  size: Size,
  env: Readonly<Record<string, string>>,
): Promise<PseudoTerminal> {
  const command = words.map((word) => `'${word}'`).join(" ");
  const terminal = new PseudoTerminal("exec sh -im", size, {
    PS1: "$ ",
    ENV: "",
    PROMPT: `exec ${command}`,
    ...env,
  });
  await terminal.shows("$");
  await terminal.type(`clear; sh -c "$PROMPT"\r`);
  await terminal.shows("evtchn>");
  return terminal;
}

/** Leaves the prompt with `keys` and then sh, and returns the prompt's exit status. */
async function leave(terminal: PseudoTerminal, keys = "\x04"): Promise<number> {
  await terminal.type(keys);
  await terminal.shows("$");
  await terminal.type("echo status=$?; exit\r");
  await terminal.close();
  return Number(/status=(\d+)\r\n/.exec(terminal.text)![1]);
}

const history = (state: string) => Deno.readTextFileSync(`${state}/evtchn/history`);

test("the prompt goes on after ^Z and fg, each time, with the line that was typed", async () => {
  await inFolder(async (state) => {
    const terminal = await shell(state);
    for (const word of ["one", "two"]) {
      await terminal.type(`print ${word}`);
      await terminal.shows(`evtchn> print ${word}`);
      await terminal.type("\x1a");
      await terminal.until(() => terminal.screen.at(-1) === "$");
      await terminal.type("fg\r");
      await terminal.shows(`evtchn> print ${word}`);
      await terminal.type(" more\r");
      await terminal.shows(`evtchn> print ${word} more`, `${word} more`, "evtchn>");
    }
    assertEquals(await leave(terminal), 0);
  });
});

/** Runs `work` with a simulated session in whose domain 0 port 28 sends to port 27. */
async function inSession(work: (session: Record<string, string>) => Promise<void>): Promise<void> {
  const { stdout } = await run(["session", "start", "--simulator", "--json"]);
  const session = { EVTCHN_SESSION: (JSON.parse(stdout) as { session: string }).session };
  try {
    for (const words of ["alloc-unbound self", "bind-interdomain self 27", "watch -n 1 -q"]) {
      assertEquals((await run(words.split(" "), { env: session })).status, 0, words);
    }
    await work(session);
  } finally {
    await run(["session", "stop"], { env: session });
  }
}

test("in a session the events of others' ports are shown from the first prompt on", async () => {
  await inFolder((state) =>
    inSession(async (session) => {
      const terminal = await shell(state, SIZE, session);
      assertEquals((await run(["notify", "28"], { env: session })).status, 0);
      await terminal.until(() => /port 27 {2}self:any {2}#1$/.test(terminal.screen.at(-2)!));
      assertEquals(await leave(terminal), 0);
    })
  );
});

test("an event is shown above a line that wraps, which stays whole", async () => {
  await inFolder((state) =>
    inSession(async (session) => {
      const terminal = await shell(state, NARROW, session);
      const typed = "print a line that is longer than one row";
      const rows = ["evtchn> print a line that is longer than", " one row"];
      await terminal.type(typed);
      await terminal.shows(...rows);
      assertEquals((await run(["notify", "28"], { env: session })).status, 0);
      await terminal.until(() => terminal.screen.length === 5);
      const [banner, event, , ...line] = terminal.screen;
      assertEquals([banner.slice(-6), /port 27/.test(event), line], ["leaves", true, rows]);
      await terminal.type("\r");
      await terminal.shows("a line that is longer than one row", "evtchn>");
      assertEquals(await leave(terminal), 0);
    })
  );
});

test("a block that is pasted runs line by line, in order, and its last piece can be gone on with", async () => {
  await inFolder(async (state) => {
    const terminal = await shell(state);
    await terminal.type("sleep 20ms\rprint one\r\tprint two\rprint thr");
    await terminal.shows("evtchn> print one", "one", "evtchn>         print two", "two", "evtchn> print thr");
    await terminal.type("ee\r");
    await terminal.shows("three", "evtchn>");
    const long = "and words ".repeat(10).trim();
    await terminal.type(`sleep 200ms; print done\r# ${long}`); // typed while the statement runs
    await terminal.shows(
      "three",
      "evtchn> sleep 200ms; print done",
      "done",
      `evtchn> # ${long.slice(0, 70).trim()}`,
      long.slice(70),
    );
    await terminal.type("\x15");
    assertEquals(await leave(terminal, "exit\r"), 0);
    assertEquals(history(state), "sleep 20ms\nprint one\n\tprint two\nprint three\nsleep 200ms; print done\nexit\n");
  });
});

test("a new size of the window leaves the line whole, and nothing else of it", async () => {
  await inFolder(async (state) => {
    const terminal = await shell(state);
    await terminal.type("print a line that is longer than half of it is");
    await terminal.shows("evtchn> print a line that is longer than half of it is");
    for (
      const [size, lines] of [
        [{ columns: 40, rows: 24 }, ["evtchn> print a line that is longer than", " half of it is"]],
        [{ columns: 20, rows: 24 }, ["evtchn> print a line", " that is longer than", " half of it is"]],
        [SIZE, ["evtchn> print a line that is longer than half of it is"]],
      ] as const
    ) {
      const before = terminal.text.length;
      await terminal.resize(size);
      // deno-lint-ignore no-control-regex
      await terminal.until((text) => /half of it is\x1b\[\d+G$/.test(text.slice(before))); // drawn, and the cursor set
      await terminal.shows(...lines);
      assertEquals(terminal.screen.filter((line) => line.startsWith("evtchn>")).length, 1);
    }
    await terminal.type("\r");
    await terminal.shows("a line that is longer than half of it is", "evtchn>");
    assertEquals(await leave(terminal), 0);
  });
});

test("^R finds the lines that were typed before, here and at earlier prompts", async () => {
  await inFolder(async (state) => {
    const first = await shell(state);
    await first.type("print old; print words\r");
    await first.shows("old", "words", "evtchn>");
    assertEquals(await leave(first, "quit\r"), 0);
    const second = await shell(state);
    await second.type("print new words\r");
    await second.shows("new words", "evtchn>");
    await second.type("begun\x12wor");
    await second.shows("(search) wor: print new words");
    await second.type("\x12");
    await second.shows("(search) wor: print old; print words");
    await second.type("\x12");
    await second.shows("(failed search) wor: print old; print words");
    await second.type("\x07");
    await second.shows("evtchn> begun");
    await second.type("\x12old\x05!\r");
    await second.shows("evtchn> print old; print words!", "old", "words!", "evtchn>");
    assertEquals(await leave(second), 0);
  });
});

test("^\\ leaves, whatever runs", async () => {
  await inFolder(async (state) => {
    const terminal = await shell(state);
    await terminal.type("sleep 10m\r");
    await terminal.shows("evtchn> sleep 10m");
    assertEquals(await leave(terminal, "\x1c"), 131);
  });
});

test("a named bind says its port at a terminal", async () => {
  await inFolder(async (state) => {
    const terminal = await shell(state);
    await terminal.type("p = alloc-unbound 1; n = watch $p --timeout 1ms\r");
    await terminal.shows("p = 27", "n = no port", "evtchn>");
    assertEquals(await leave(terminal), 0);
  });
});

test("a piped shell prints no names, and ends with 1 if a statement failed", async () => {
  const piped = (lines: string) => run(["shell", "--simulator"], { sh: `printf '${lines}' | "$@"` });
  assertEquals(await piped("p = alloc-unbound 1\\nprint $p\\nquit\\nprint never\\n"), {
    status: 0,
    stdout: "27\n",
    stderr: "",
  });
  for (const wrong of ["unbind 99", "notfy 7", "unbind 99; print on", "print '", "help nothing"]) {
    const { status, stderr } = await piped(`${wrong.replace("'", '"')}\\nsleep 1us\\n`);
    assertEquals(status, 1, wrong);
    assertMatch(stderr, /^evtchn: /);
  }
});

test("without a place for its history the prompt says so in a line and goes on", async () => {
  const terminal = await shell("/proc/nowhere");
  await terminal.type("print on\r");
  await terminal.shows(
    "`help` lists the statements, ^D leaves",
    "evtchn> print on",
    "on",
    "evtchn>",
  );
  assertMatch(
    terminal.screen.join(""),
    /^evtchn: shell: lines are not kept for later: .*"\/proc\/nowhere\/evtchn"`help/,
  );
  assertEquals(await leave(terminal), 0);
});

/** Where Deno keeps packages: with another HOME it would load them anew. */
async function denoFolder(): Promise<string> {
  const { stdout } = await run([], { command: [Deno.execPath(), "info", "--json"] });
  return (JSON.parse(stdout) as { denoDir: string }).denoDir;
}

test("the history is kept below HOME with the first line's permission for that folder alone", async () => {
  await inFolder(async (home) => {
    const words = commandFor(home).map((word) => word.replace("-W=/run,/tmp,", "-W="));
    const env = { HOME: home, XDG_STATE_HOME: "", DENO_DIR: await denoFolder() };
    const terminal = await begin([...words, "--simulator", "shell"], SIZE, env);
    await terminal.type("print on\r");
    await terminal.shows("`help` lists the statements, ^D leaves", "evtchn> print on", "on", "evtchn>");
    assertEquals(await leave(terminal), 0);
    assertEquals(terminal.text.includes("not kept"), false);
    assertEquals(history(`${home}/.local/state`), "print on\n");
  });
});

test("statements at a terminal fit its width", async () => {
  await inFolder(async (state) => {
    const terminal = await shell(state, { columns: 60, rows: 24 });
    await terminal.type("device vbd 1 --fault closed; wiring 1\r");
    await terminal.until(() => terminal.screen.at(-1) === "evtchn>" && terminal.screen.length > 10);
    assertMatch(terminal.screen.join("\n"), /let go of it;\n {3}detach and attach the device/);
    assertEquals(await leave(terminal), 0);
  });
});

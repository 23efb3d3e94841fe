import { assertEquals } from "@std/assert";
import { HISTORY_LINES, openHistory } from "../../lib/host/history.ts";
import { inFolder } from "../support/folder.ts";
import { test } from "../support/test.ts";

/** A history below a folder, and what it said about lines that are not kept. */
function opened(state: string | undefined, home?: string) {
  const told: string[] = [];
  const variables: Record<string, string | undefined> = { XDG_STATE_HOME: state, HOME: home };
  const history = openHistory((name) => variables[name], (reason) => told.push(reason));
  return { history, told };
}

const text = (state: string) => Deno.readTextFileSync(`${state}/evtchn/history`);

test("lines are kept for later prompts, but not blank ones nor the same one again", async () => {
  await inFolder((state) => {
    const { history } = opened(state);
    for (const line of ["one", "", "  ", "one", "two", "one"]) history.add(line);
    history.close();
    assertEquals(text(state), "one\ntwo\none\n");
    const again = opened(state);
    again.history.add("one");
    assertEquals(again.history.lines, ["one", "two", "one"]);
    assertEquals(text(state), "one\ntwo\none\n");
    assertEquals(again.told, []);
    return Promise.resolve();
  });
});

test("without XDG_STATE_HOME the place is in the home, and a relative path is no place", async () => {
  await inFolder((home) => {
    for (const state of [undefined, "", "state"]) opened(state, home).history.add("one");
    assertEquals(text(`${home}/.local/state`), "one\n");
    for (const wrong of [undefined, "", "home"]) {
      assertEquals(opened(undefined, wrong).told, ["neither XDG_STATE_HOME nor HOME names a folder"]);
    }
    return Promise.resolve();
  });
});

test("folder and file are private, and are made so", async () => {
  await inFolder((state) => {
    const modes = () => ["", "/history"].map((name) => Deno.statSync(`${state}/evtchn${name}`).mode! & 0o777);
    opened(state).history.add("one");
    assertEquals(modes(), [0o700, 0o600]);
    Deno.chmodSync(`${state}/evtchn`, 0o755);
    Deno.chmodSync(`${state}/evtchn/history`, 0o644);
    opened(state);
    assertEquals(modes(), [0o700, 0o600]);
    return Promise.resolve();
  });
});

test("the newest thousand lines are kept", async () => {
  await inFolder((state) => {
    const lines = Array.from({ length: HISTORY_LINES + 7 }, (_, i) => `print ${i}`);
    const { history } = opened(state);
    for (const line of lines) history.add(line);
    history.close();
    assertEquals(text(state), lines.slice(7).map((line) => `${line}\n`).join(""));
    // More than is read of a file, its last line without an end.
    Deno.writeTextFileSync(`${state}/evtchn/history`, `${"x".repeat(3000)}\n`.repeat(500) + "last");
    assertEquals(opened(state).history.lines.at(-1), "last");
    assertEquals(text(state).endsWith("x\nlast\n"), true);
    assertEquals(text(state).split("\n").every((line) => [0, 4, 3000].includes(line.length)), true);
    return Promise.resolve();
  });
});

test("several prompts at once lose no line", async () => {
  await inFolder(async (state) => {
    const script = `
      import { openHistory } from ${JSON.stringify(new URL("../../lib/host/history.ts", import.meta.url).href)};
      const [state, name] = Deno.args;
      const history = openHistory(() => state, (reason) => { throw new Error(reason); });
      for (let i = 0; i < 100; i++) history.add(\`print \${name} \${i}\`);
      history.close();`;
    const processes = Array.from({ length: 4 }, (_, name) => {
      const args = ["eval", "--quiet", "--ext=ts", script, state, String(name)];
      return new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
    });
    assertEquals((await Promise.all(processes)).map(({ code }) => code), [0, 0, 0, 0]);
    const wanted = [0, 1, 2, 3].flatMap((name) => Array.from({ length: 100 }, (_, i) => `print ${name} ${i}`));
    assertEquals(text(state).trimEnd().split("\n").sort(), wanted.sort());
  });
});

test("a place that cannot be used is told once, and lines are taken all the same", async () => {
  await inFolder((state) => {
    Deno.writeTextFileSync(`${state}/evtchn`, "");
    assertEquals(opened(state).told.length, 1);
    Deno.removeSync(`${state}/evtchn`);
    const { history, told } = opened(state);
    history.add("one");
    Deno.removeSync(`${state}/evtchn`, { recursive: true });
    history.add("two");
    history.add("three");
    history.close();
    assertEquals(told, [`"${state}/evtchn/history": ENOENT`]);
    Deno.mkdirSync(`${state}/evtchn/history`, { recursive: true });
    assertEquals(opened(state).told, [`"${state}/evtchn/history": EISDIR`]);
    return Promise.resolve();
  });
});

test("a full disk leaves whole lines", async () => {
  await inFolder(async (state) => {
    const script = `
      import { openHistory } from ${JSON.stringify(new URL("../../lib/host/history.ts", import.meta.url).href)};
      const history = openHistory(() => Deno.args[0], (reason) => console.log(reason));
      history.add("one");
      history.add("x".repeat(4000));
      history.add("three");
      history.close();`;
    // A limit on the size of files stands for the disk; with its signal ignored, a write beyond it is EFBIG.
    const sh = 'trap "" XFSZ; ulimit -f 1; exec "$@"';
    const args = ["-c", sh, "sh", Deno.execPath(), "eval", "--quiet", "--ext=ts", "--no-lock", script, state];
    const { stdout } = await new Deno.Command("sh", { args, stderr: "inherit" }).output();
    assertEquals(new TextDecoder().decode(stdout), `"${state}/evtchn/history": File too large (os error 27)\n`);
    assertEquals(text(state), "one\n");
  });
});

Deno.test({
  name: "in the home of another user nothing is made",
  ignore: Deno.uid() !== 0, // only root can give a folder away
  sanitizeOps: true,
  sanitizeResources: true,
  fn: () =>
    inFolder((home) => {
      Deno.chownSync(home, 1, 1);
      assertEquals(opened(undefined, home).told, [`"${home}": it is another user's`]);
      assertEquals([...Deno.readDirSync(home)], []);
      Deno.mkdirSync(`${home}/state/evtchn`, { recursive: true });
      Deno.chownSync(`${home}/state/evtchn`, 1, 1);
      assertEquals(opened(`${home}/state`, home).told, [`"${home}/state/evtchn": it is another user's`]);
      return Promise.resolve();
    }),
});

import { assert, assertEquals, assertMatch } from "@std/assert";
import { inFolder } from "../support/folder.ts";
import { test } from "../support/test.ts";
import { COMMAND } from "../support/process.ts";
import { PseudoTerminal } from "../support/pseudo_terminal.ts";

/** The sequences that take and restore the terminal. */
const [TAKE, GIVE] = ["\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"];

/** How often a text is in another. */
const times = (text: string, part: string) => text.split(part).length - 1;

/** evtchn at a terminal, with the terminal's modes printed before and after. */
class AtTerminal extends PseudoTerminal {
  constructor(words: readonly string[]) {
    const command = [...COMMAND, ...words].map((word) => `'${word}'`).join(" ");
    // The trap keeps ^C from ending the shell too.
    const script = `trap : INT; stty -a; sh -c 'echo "pid=$$."; exec "$@"' sh ${command}; echo "status=$?."; stty -a`;
    super(script, { columns: 80, rows: 24 });
  }

  /** Waits until the terminal was taken that many times and shows the table. */
  async shown(taken = 1): Promise<void> {
    await this.until((text) => times(text, TAKE) === taken && text.slice(text.lastIndexOf(TAKE)).includes("q quit"));
  }

  get pid(): number {
    return Number(/pid=(\d+)\./.exec(this.text)![1]);
  }

  /** Waits for the end, checks that the terminal is restored, and returns the exit status. */
  async end(): Promise<number> {
    await this.until((text) => /status=\d+\.\r\n[^]*-echoprt[^]*\r\n/.test(text));
    await this.close();
    const [, before] = /tty=\S+\r\n([^]*?)pid=/.exec(this.text)!;
    const [, status, after] = /status=(\d+)\.\r\n([^]*)$/.exec(this.text)!;
    assert(before.includes("icanon") && before.includes("echo "), before);
    assertEquals(after, before);
    assertEquals([times(this.text, TAKE), this.text.lastIndexOf(GIVE) > this.text.lastIndexOf("q quit")], [
      times(this.text, GIVE),
      true,
    ]);
    return Number(status);
  }
}

const TOP = ["--simulator", "top", "virq:tbuf", "5:any"];

test("q restores the terminal", async () => {
  const terminal = new AtTerminal(TOP);
  await terminal.shown();
  await terminal.type("q");
  assertEquals(await terminal.end(), 0);
});

test("^C is a signal, and restores the terminal", async () => {
  const terminal = new AtTerminal(TOP);
  await terminal.shown();
  await terminal.type("\x03");
  assertEquals(await terminal.end(), 130);
});

test("SIGTERM and SIGHUP restore the terminal", async () => {
  for (const [signal, status] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    const terminal = new AtTerminal(TOP);
    await terminal.shown();
    Deno.kill(terminal.pid, signal);
    assertEquals(await terminal.end(), status);
  }
});

test("--refreshes restores the terminal, and so does ^Z", async () => {
  const counted = new AtTerminal([...TOP, "-n", "1", "--interval", "10ms"]);
  assertEquals(await counted.end(), 0);
  const stopped = new AtTerminal(TOP);
  await stopped.shown();
  Deno.kill(stopped.pid, "SIGTSTP");
  await stopped.until((text) => text.includes(GIVE));
  const state = () => /^\d+ \(.*\) (\w)/.exec(Deno.readTextFileSync(`/proc/${stopped.pid}/stat`))![1];
  while (state() !== "T") await new Promise((resolve) => setTimeout(resolve, 0));
  Deno.kill(stopped.pid, "SIGCONT");
  await stopped.shown(2);
  await stopped.type("q");
  assertEquals(await stopped.end(), 0);
});

test("a new terminal size is drawn at once", async () => {
  const terminal = new AtTerminal([...TOP, "--interval", "10m"]);
  await terminal.shown();
  const frames = times(terminal.text, "evtchn top");
  await terminal.resize({ columns: 30, rows: 6 });
  await terminal.until((text) => times(text, "evtchn top") > frames);
  await terminal.type("p");
  await terminal.until((text) => text.slice(-400).includes("evtchn top  2 ports\x1b[K"));
  await terminal.resize({ columns: 80, rows: 24 });
  await terminal.type("q");
  assertEquals(await terminal.end(), 0);
});

for (
  const [starter, hangup, end] of [
    ["a shell", ":", /^(status=129|evtchn: top: Cannot write the output: EIO\nstatus=1)\.\n$/], // which comes first
    ["nohup", "", /^evtchn: top: Cannot write the output: EIO\nstatus=1\.\n$/],
  ] as const
) {
  test(`top whose terminal is gone, started by ${starter}, ends with one line at most`, () =>
    inFolder(async (folder) => {
      const fifo = `${folder}/fifo`;
      await new Deno.Command("mkfifo", { args: [fifo] }).output();
      const told = Deno.readTextFile(fifo);
      const top = [...COMMAND, ...TOP].map((word) => `'${word}'`).join(" ");
      const script = `trap '${hangup}' HUP; { ${top} 2>&3; echo "status=$?." >&3; } 3>'${fifo}'`;
      const terminal = new PseudoTerminal(script, { columns: 80, rows: 24 });
      await terminal.until((text) => text.includes("q quit"));
      await terminal.hangUp();
      assertMatch(await told, end);
    }));
}

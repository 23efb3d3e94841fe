import { assertEquals } from "@std/assert";
import { start } from "../support/process.ts";
import { withShells } from "../support/session_shell.ts";
import { test } from "../support/test.ts";

test("SIGUSR1 opens no debugger and ends nothing", async () => {
  const { process, stderr } = start(["--simulator", "watch", "virq:tbuf", "--banner"]);
  await stderr.until(/watching/);
  process.kill("SIGUSR1");
  process.kill("SIGTERM");
  assertEquals(await stderr.rest(), "");
  assertEquals((await process.status).code, 143);
});

/** Starts a program with SIGHUP ignored, as nohup(1) does. */
const NOHUP = 'trap "" HUP; exec "$@"';

/** Whether a process catches SIGHUP, from its mask in proc(5). */
function catchesHup(pid: number): boolean {
  const [, mask] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))!;
  return (BigInt(`0x${mask}`) & 1n) === 1n;
}

test("under nohup SIGHUP does not end a command, on the simulator as on a device", async () => {
  for (const [sh, catches, status] of [[NOHUP, false, 143], ['exec "$@"', true, 129]] as const) {
    const { process, stderr } = start(["--simulator", "watch", "virq:tbuf", "--banner"], { sh });
    await stderr.until(/watching/);
    assertEquals(catchesHup(process.pid), catches);
    process.kill("SIGHUP");
    if (!catches) process.kill("SIGTERM");
    assertEquals([await stderr.rest(), (await process.status).code], ["", status]);
  }
});

test("under nohup SIGHUP does not end the client of a session", () =>
  withShells(async (shells) => {
    const { stdout } = await shells.run("evtchn session start --simulator --json");
    const env = { EVTCHN_SESSION: JSON.parse(stdout).session };
    const watching = shells.start('trap "" HUP; exec evtchn watch virq:tbuf --banner', env);
    await watching.stderr.until(/watching/);
    assertEquals(catchesHup(watching.process.pid), false);
    watching.process.kill("SIGHUP");
    await watching.endsBy("SIGTERM", 143);
  }));

test("under nohup the programs that a command starts ignore SIGHUP as well", async () => {
  const words = ["--simulator", "session", "run", "--", "grep", "SigIgn", "/proc/self/status"];
  const { stdout } = await start(words, { sh: NOHUP }).end();
  assertEquals(BigInt(`0x${stdout.trim().split("\t")[1]}`) & 1n, 1n);
});

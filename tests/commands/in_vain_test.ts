import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { shellHost } from "../support/handles.ts";
import { script } from "../support/scripts.ts";
import { withSession } from "../support/sessions.ts";
import { TestHost } from "../support/test_host.ts";

const VIRQ = "evtchn: notify: nothing was sent on virq:tbuf: only Xen raises a VIRQ\n";
const NEW = "evtchn: notify: nobody can have bound port 27 (1:any): it was new, and closed with this command; " +
  "a script or a session keeps it\n";
const RESTRICT = "evtchn: restrict: the handle was closed with this command, so nobody is restricted: " +
  "`restrict DOM -- COMMAND` runs a program with it; --fd and a session keep theirs\n";

/** What a command that goes well says on stderr. */
async function said(words: string, host = new TestHost()): Promise<string> {
  const { status, stderr } = await host.run(words);
  assertEquals(status, 0, stderr);
  return stderr;
}

test("a command of its own says that nothing can come of what it did", async () => {
  for (const where of ["sim:linux", "sim:illumos"]) {
    assertEquals(await said(`-d ${where} notify virq:tbuf`), VIRQ);
    assertEquals(await said(`-d ${where} notify 1:any`), NEW);
    assertEquals(await said(`-d ${where} notify 1:any virq:tbuf --count 3`), NEW + VIRQ);
  }
  assertEquals(await said("restrict 5"), RESTRICT);
});

test("with time between two events somebody may bind the new port, and a record says no more than it did", async () => {
  const host = new TestHost();
  const ended = host.start("-d sim:linux notify 1:any --count 2 --interval 1s");
  await host.clock.asleep();
  host.clock.advance(1000);
  assertEquals([await ended, host.stderr.text], [0, ""]);
  assertEquals(await said("--json notify virq:tbuf 1:any"), "");
  assertEquals(await said("--json restrict 5"), "");
});

test("a handle that lives on keeps a new port and its restriction; a VIRQ is still Xen's alone", async () => {
  const { host, on } = shellHost();
  assertEquals(await said(`${on} notify 1:any virq:tbuf`, host), VIRQ);
  assertEquals(await said(`${on} restrict 5`, host), "");
  assertEquals((await script("notify 1:any virq:tbuf; unbind 27 28; restrict 5")).stderr, VIRQ);
  await withSession(async ({ socket }) => {
    assertEquals(await said(`--session ${socket} notify 1:any virq:tbuf`), VIRQ);
    assertEquals(await said(`--session ${socket} restrict 5`), "");
  });
});

test("a VIRQ that nobody has bound is raised in vain, in a session too", () =>
  withSession(async ({ socket }) => {
    const lost = "evtchn: raise: nobody has bound virq:tbuf: it is lost\n";
    assertEquals(await said(`--session ${socket} raise tbuf`), lost);
    assertEquals(await said(`--session ${socket} --json raise tbuf`), "");
    assertEquals(await said(`--session ${socket} bind-virq tbuf`), "");
    assertEquals(await said(`--session ${socket} raise tbuf`), "");
  }));

import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../support/test.ts";
import { simulatedSource, withSession } from "../support/sessions.ts";
import { lines, results, script } from "../support/scripts.ts";
import { TestHost } from "../support/test_host.ts";

const STATIC = ["-d", "sim:linux?privcmd=unrestricted&static=1:9-2:11,1:10-0:27"];

/** A host on which Xen made a channel between port 9 of domain 1 and port 11 of domain 2. */
function hostWithStatic(): TestHost {
  const host = new TestHost();
  host.world.hypervisor.connectAtBoot([{ domain: 1, port: 9 }, { domain: 2, port: 11 }]);
  return host;
}

test("bind-static prints the port and holds it; Xen keeps the channel", async () => {
  const host = hostWithStatic();
  const bound = host.left();
  const ended = host.start("--simulator --as 1 bind-static 9");
  await host.clock.asleep();
  assertEquals([host.stdout.take(), host.stderr.take()], [
    "9\n",
    "evtchn: holding port 9 until a signal: Xen keeps its channel when this process ends\n",
  ]);
  host.signal("SIGTERM");
  assertEquals([await ended, host.left()], [143, bound]);
  assertEquals(
    await host.ok("--simulator --as 1 --json bind-static 9 --hold 0s"),
    '{"op":"bind-static","port":9,"channel":"9"}\n',
  );
});

test("a refused bind-static names the port, with a hint", async () => {
  const host = hostWithStatic();
  assertEquals(await host.run("--simulator --as 1 bind-static 3"), {
    status: 1,
    stdout: "",
    stderr: "evtchn: bind-static: Cannot bind port 3: EBUSY\nhint: the kernel or another handle has bound this port\n",
  });
});

test("the trace names the call", async () => {
  const { stderr } = await hostWithStatic().run("--simulator --as 1 --trace bind-static 9 --hold 0s");
  assertStringIncludes(stderr, "ioctl(3, IOCTL_EVTCHN_BIND_STATIC, {port=9}) = 0\n");
});

test("in a script the two ends of a static channel notify and watch each other, before and after an unbind", async () => {
  const text = "@1 p = bind-static 9; @2 q = bind-static 11; @1 notify $p; @2 watch $q -n 1 -t none; " +
    "@1 unbind $p; @1 r = bind-static 9; @2 unmask $q; @2 notify $q; @1 expect $r within 1s; @1 status";
  assertEquals(await lines(text, ...STATIC), [
    "@2 port 11  #1",
    "PORT  CHANNEL  STATE        REMOTE            MASKED  EVENTS",
    "   9  9        interdomain  domain 2 port 11  no           1",
  ]);
  assertEquals(await results("@1 p = bind-static 9", ...STATIC), [
    { op: "bind-static", port: 9, channel: "9", line: 1 },
  ]);
});

test("list shows a static channel from the boot on, also when nobody has bound it", async () => {
  const listed = (await lines("@1 bind-static 9; @1 close; list 1", ...STATIC)).filter((line) =>
    /^ +(9|10) /.test(line)
  );
  assertEquals(listed.map((line) => line.trimEnd()), [
    "   9     0  interdomain  domain 2 (guest2) port 11",
    "  10     0  interdomain  domain 0 (Domain-0) port 27",
  ]);
});

test("a setting that no world can have is refused, with the reason", async () => {
  const { status, stderr } = await script("print x", "-d", "sim:linux?static=1:3-2:11");
  assertEquals([status, stderr], [
    2,
    'evtchn: run: Cannot simulate with "static=1:3-2:11"\n' +
    "hint: port 3 of domain 1 is taken or does not exist: a kernel takes the lowest ones when it starts\n",
  ]);
});

test("a session binds a static port, holds it, and shows it", async () => {
  await withSession(async ({ socket }) => {
    const host = new TestHost();
    host.variables.EVTCHN_SESSION = socket;
    assertEquals(await host.ok("bind-static 40"), "40\n");
    assertStringIncludes(await host.ok("status"), "\n  40  40       interdomain  domain 2 port 11");
    assertEquals(
      (await host.run("bind-static 40")).stderr.split("\n")[0],
      "evtchn: bind-static: Cannot bind port 40: EISCONN",
    );
  }, await simulatedSource("linux?static=0:40-2:11"));
});

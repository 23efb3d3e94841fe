import { assertEquals } from "@std/assert";
import { settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { type FakeChild, TestHost } from "../support/test_host.ts";

/** A host that keeps the last program that was started. */
function spawningHost(onSpawn: (child: FakeChild) => void = () => {}) {
  const host = new TestHost();
  const started = Promise.withResolvers<FakeChild>();
  host.onSpawn = (child) => {
    onSpawn(child);
    started.resolve(child);
  };
  return { host, started: started.promise };
}

test("a program runs with the restricted handle, its number in EVTCHN_FD", async () => {
  const { host, started } = spawningHost();
  const ended = host.start("restrict 5 -- qemu -device x --json -- y");
  const child = await started;
  assertEquals([child.command, child.args], ["qemu", ["-device", "x", "--json", "--", "y"]]);
  const fd = Number(child.env.EVTCHN_FD);
  assertEquals(Object.keys(child.env), ["EVTCHN_FD"]);
  assertEquals(
    (await host.run(`--fd ${fd} bind-virq tbuf`)).stderr.split("\n")[0],
    "evtchn: bind-virq: Cannot bind virq:tbuf: EACCES",
  );
  assertEquals(await host.ok(`--fd ${fd} poll --events out`), "POLLOUT POLLWRNORM\n");
  child.end(0);
  assertEquals(await ended, 0);
  assertEquals([host.shell.blocks(fd), host.shell.blocks(3), host.listening], ["EBADF", "EBADF", 0]);
});

test("the program's exit status is passed on, after a signal 128 plus its number", async () => {
  for (
    const [code, signal, status] of [[0, null, 0], [7, null, 7], [255, null, 255], [143, "SIGTERM", 143], [
      137,
      "SIGKILL",
      137,
    ], [139, "SIGSEGV", 139]] as const
  ) {
    const { host } = spawningHost((child) => child.end(code, signal));
    assertEquals(await host.run("restrict 5 -- true"), { status, stdout: "", stderr: "" });
  }
});

test("signals except SIGINT are passed on to the program", async () => {
  const { host, started } = spawningHost();
  const ended = host.start("restrict 5 -- sleep 100");
  const child = await started;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) host.signal(signal);
  await settle();
  assertEquals(child.kills, ["SIGTERM", "SIGHUP"]);
  child.end(0, "SIGTERM");
  assertEquals(await ended, 143);
});

test("a missing program is 127, one that cannot be run 126, and nothing stays open", async () => {
  const failures: readonly [Error, number, string][] = [
    [new Deno.errors.NotFound("x"), 127, "there is no such program"],
    [new Deno.errors.PermissionDenied("x"), 126, "it is not executable"],
    [Object.assign(new Error("x"), { code: "ENOTDIR" }), 126, "ENOTDIR"],
  ];
  for (const [error, status, says] of failures) {
    const { host } = spawningHost(() => {
      throw error;
    });
    const message = `evtchn: restrict: Cannot run "prog": ${says}\n`;
    assertEquals(await host.run("restrict 5 -- prog"), { status, stdout: "", stderr: message });
    assertEquals([host.shell.blocks(3), host.shell.blocks(4), host.listening], ["EBADF", "EBADF", 0]);
  }
});

test("no program is started when the restriction is refused", async () => {
  const host = new TestHost();
  host.onSpawn = () => {
    throw new TypeError("started all the same");
  };
  assertEquals((await host.run("restrict 0 -- true")).status, 1);
});

test("an empty program after -- is refused, and any program on the simulator", async () => {
  const usage = async (line: string) => {
    const host = new TestHost();
    const { status, stdout, stderr } = await host.run(line);
    assertEquals([status, stdout, host.kernels], [2, "", []]);
    return stderr.split("\n")[0];
  };
  assertEquals(await usage("restrict 5 --"), "evtchn: restrict: Cannot run a program: there is none after --");
  assertEquals(
    await usage("--simulator restrict 5 -- true"),
    "evtchn: restrict: Cannot run a program with a simulated handle: no program can inherit it",
  );
  assertEquals(await usage("restrict -- true"), "evtchn: restrict: DOM is missing");
});

test("with --json the record of restrict comes before the program's output", async () => {
  const { host } = spawningHost((child) => child.end(3));
  assertEquals(await host.run("--json restrict 5 -- true"), {
    status: 3,
    stdout: '{"op":"restrict","domain":5}\n',
    stderr: "",
  });
});

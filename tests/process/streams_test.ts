import { assert, assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { run, start } from "../support/process.ts";

test("the version and the help are printed", async () => {
  const { default: config } = await import("../../deno.json", { with: { type: "json" } });
  assertEquals(await run(["--version"]), { status: 0, stdout: `${config.version}\n`, stderr: "" });
  const help = await run(["--help"]);
  assertEquals([help.status, help.stderr], [0, ""]);
  for (const command of ["bind-virq", "watch", "notify", "restrict", "virqs"]) assert(help.stdout.includes(command));
});

test("an unknown command is status 2, with a suggestion", async () => {
  assertEquals(await run(["notfy", "7"]), {
    status: 2,
    stdout: "",
    stderr: 'evtchn: notfy: There is no command "notfy"\nhint: did you mean notify?\n',
  });
});

test("a bind on the simulator prints only its port", async () => {
  assertEquals(await run(["--simulator", "bind-virq", "tbuf", "--hold", "0s"]), {
    status: 0,
    stdout: "27\n",
    stderr: "",
  });
});

test("a closed pipe ends evtchn with 141 and no message", async () => {
  const process = start(["--simulator", "--json", "notify", "0:any", "--count", "100000000"]);
  await process.stdout.until(/\n/);
  await process.stdout.leave();
  assertEquals(await process.stderr.rest(), "");
  assertEquals((await process.process.status).code, 141);
});

test("a pipe that is closed before the first event ends a watch with 141 and no message", async () => {
  const process = start(["--simulator", "watch", "self:any", "self:27"]);
  await process.stdout.leave();
  assertEquals(await process.stderr.rest(), "");
  assertEquals((await process.process.status).code, 141);
});

test("a full disk is one line and status 1", async () => {
  for (const words of [["--simulator", "watch", "self:any", "self:27"], ["virqs"], ["--simulator", "poll"]]) {
    assertEquals(await run(words, { sh: '"$@" >/dev/full' }), {
      status: 1,
      stdout: "",
      stderr: `evtchn: ${words.at(words[0] === "--simulator" ? 1 : 0)}: Cannot write the output: ENOSPC\n`,
    });
  }
  assertEquals((await run(["--help"], { sh: '"$@" >/dev/full' })).status, 1);
});

test("a shell whose reader has left ends with 141, and one with a full disk with one line and status 1", async () => {
  const shell = ["--simulator", "shell"];
  const process = start(shell, { sh: 'while echo "print x"; do :; done | "$@"' });
  await process.stdout.until(/x\n/);
  await process.stdout.leave();
  assertEquals((await process.process.status).code, 141);
  assertEquals(await process.stderr.rest(), "");
  assertEquals(await run(shell, { sh: 'echo "print x" | "$@" >/dev/full' }), {
    status: 1,
    stdout: "",
    stderr: "evtchn: shell: Cannot write the output: ENOSPC\n",
  });
});

test("an error that cannot be printed still gives its exit status in a process", async () => {
  assertEquals(await run(["--simulator", "notify", "7"], { sh: '"$@" 2>/dev/full' }), {
    status: 1,
    stdout: "",
    stderr: "",
  });
});

test("closed standard streams do no harm", async () => {
  assertEquals(await run(["--simulator", "unmask", "7"], { sh: '"$@" <&- >&- 2>&-' }), {
    status: 0,
    stdout: "",
    stderr: "",
  });
  assertEquals((await run(["--simulator", "notify", "7"], { sh: '"$@" <&- >&- 2>&-' })).status, 1);
  assertEquals(
    (await run(["--simulator", "poll", "--events", "out"], { sh: '"$@" <&-' })).stdout,
    "POLLOUT POLLWRNORM\n",
  );
});

test("a port is held until a signal", async () => {
  for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    const process = start(["--simulator", "bind-virq", "tbuf"]);
    await process.stderr.until(/holding port 27 .*\n/);
    await process.endsBy(signal, status);
  }
});

test("a watch that waits ends at once by a signal", async () => {
  const process = start(["--simulator", "watch", "virq:tbuf", "--banner"]);
  await process.stderr.until(/watching port 27 .*\n/);
  await process.endsBy("SIGINT", 130);
});

test("signals are handled while events are sent without pauses", async () => {
  const process = start(["--simulator", "--json", "notify", "0:any", "--count", "4000000000"]);
  await process.stdout.until(/\n/);
  await process.endsBy("SIGINT", 130);
});

test("a hold ends in time if a script has read its port", async () => {
  const { status, stdout, stderr } = await run(["--simulator", "alloc-unbound", "5", "--hold", "1ms"]);
  assertEquals([status, stdout], [0, "27\n"]);
  assert(stderr.startsWith("evtchn: holding port 27 (5:any) for 0.001 s"), stderr);
});

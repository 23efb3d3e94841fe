import { assertEquals } from "@std/assert";
import { outcome } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { evtchn, TestHost } from "../support/test_host.ts";

test("a bind prints only its port", async () => {
  const host = new TestHost();
  assertEquals(await host.ok("--simulator bind-virq tbuf --hold 0s"), "27\n");
  assertEquals(await host.ok("--simulator alloc-unbound 5 --hold 0s"), "27\n");
  const offered = host.exec().allocUnbound(0);
  assertEquals(await host.ok(`bind-interdomain 0 ${offered} --hold 0s`), "28\n");
  assertEquals(await host.ok(`bind-interdomain self:${offered} --hold 0s`), "28\n");
});

test("a bind's record has its port and its channel", async () => {
  const host = new TestHost();
  const offered = host.exec().allocUnbound(0);
  const record = async (line: string) => JSON.parse(await host.ok(`--json ${line} --hold 0s`));
  assertEquals(await record("bind-virq VIRQ_TBUF"), { op: "bind-virq", port: 28, channel: "virq:tbuf" });
  assertEquals(await record(`bind-interdomain 0 ${offered}`), {
    op: "bind-interdomain",
    port: 28,
    channel: `0:${offered}`,
  });
  assertEquals(await record("alloc-unbound self"), { op: "alloc-unbound", port: 28, channel: "self:any" });
});

for (
  const [line, channel] of [
    ["bind-virq tbuf", "virq:tbuf"],
    ["alloc-unbound 5", "5:any"],
  ]
) {
  test(`${line} holds its port until a signal, and the port is closed then`, async () => {
    for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
      const host = new TestHost();
      const ended = host.start(`--simulator ${line}`);
      await host.clock.asleep();
      assertEquals(host.stdout.text, "27\n");
      assertEquals(
        host.stderr.text,
        `evtchn: holding port 27 (${channel}) until a signal: it closes when this process ends\n`,
      );
      assertEquals(host.left().length, 1);
      host.clock.advance(1e9);
      assertEquals(await outcome(ended), "waiting");
      host.signal(signal);
      assertEquals(await ended, status);
      assertEquals(host.left(), []);
      assertEquals(host.listening, 0);
    }
  });
}

test("--hold holds the port for that time and ends with 0", async () => {
  const host = new TestHost();
  const ended = host.start("--simulator bind-virq tbuf --hold 5s");
  await host.clock.asleep();
  assertEquals(host.stderr.text, "evtchn: holding port 27 (virq:tbuf) for 5 s: it closes when this process ends\n");
  host.clock.advance(4999);
  assertEquals(await outcome(ended), "waiting");
  assertEquals(host.left(), ["0:27 virq"]);
  host.clock.advance(1);
  assertEquals(await ended, 0);
  assertEquals(host.left(), []);
});

test("a signal ends a hold before its time", async () => {
  const host = new TestHost();
  const ended = host.start("--simulator bind-virq tbuf --hold 5s");
  await host.clock.asleep();
  host.signal("SIGTERM");
  assertEquals(await ended, 143);
  assertEquals(host.clock.sleeping, 0);
});

test("--hold 0s prints no message and leaves nothing bound", async () => {
  const host = new TestHost();
  assertEquals(await host.run("--simulator bind-virq tbuf --hold 0s"), { status: 0, stdout: "27\n", stderr: "" });
  assertEquals(host.left(), []);
});

test("with --json a hold prints nothing on stderr", async () => {
  const host = new TestHost();
  const ended = host.start("--simulator --json bind-virq tbuf --hold 5s");
  await host.clock.asleep();
  assertEquals(host.stderr.text, "");
  host.clock.advance(5000);
  assertEquals(await ended, 0);
});

test("on the shell's descriptor a bind returns at once, and the port stays bound", async () => {
  const host = new TestHost();
  const { fd } = host.exec();
  assertEquals(await host.run(`--fd ${fd} bind-virq tbuf`), { status: 0, stdout: "27\n", stderr: "" });
  assertEquals(await host.ok(`--fd ${fd} alloc-unbound 5 --hold 5s`), "28\n");
  assertEquals(host.left(), ["0:27 virq", "0:28 unbound"]);
  host.shell.close(fd);
  assertEquals(host.left(), []);
});

test("a refused bind gives an error with a hint, and leaves nothing bound", async () => {
  const refused: readonly [string, string, RegExp][] = [
    ["bind-virq timer", "bind-virq: Cannot bind virq:timer: EEXIST", /one holder a domain or vCPU/],
    ["bind-virq 99", "bind-virq: Cannot bind virq:99: EINVAL", /Xen knows VIRQs 0 to 23/],
    ["--as 1 bind-virq tbuf", "bind-virq: Cannot bind virq:tbuf: EBUSY", /another domain is its handler/],
    ["bind-interdomain 99 1", "bind-interdomain: Cannot bind port 1 of domain 99: ESRCH", /no such domain/],
    ["bind-interdomain 5:12", "bind-interdomain: Cannot bind port 12 of domain 5: EINVAL", /remote port is free/],
    ["bind-interdomain self 4000", "bind-interdomain: Cannot bind port 4000 of domain self: EINVAL", /remote port/],
  ];
  for (const [line, message, hint] of refused) {
    const host = new TestHost();
    const { status, stdout, stderr } = await host.run(`--simulator ${line}`);
    assertEquals({ status, stdout }, { status: 1, stdout: "" });
    const [first, second, ...rest] = stderr.split("\n");
    assertEquals([first, rest], [`evtchn: ${message}`, [""]]);
    assertEquals(hint.test(second) && second.startsWith("hint: "), true, second);
    assertEquals([host.left(), host.listening], [[], 0]);
  }
});

test("an invalid domain, port, VIRQ or channel is refused before any system call", async () => {
  for (
    const line of [
      "bind-virq nothing",
      "bind-virq -1",
      "alloc-unbound 65536",
      "alloc-unbound 0x7FF0",
      "bind-interdomain 5",
      "bind-interdomain 5 any",
      "bind-interdomain 5:any",
      "bind-interdomain virq:3",
      "bind-interdomain 5:12 7",
      "bind-interdomain 1e3 7",
      "bind-virq tbuf --hold 5",
    ]
  ) {
    const host = new TestHost();
    const { status, stdout, stderr } = await host.run(`--simulator ${line}`);
    assertEquals([status, stdout, host.kernels], [2, "", []], `${line}: ${stderr}`);
  }
});

test("a simulated caller that is not root cannot open the device", async () => {
  const { status, stderr } = await evtchn("--device sim:linux?privileged=no bind-virq tbuf");
  assertEquals(status, 1);
  assertEquals(stderr.split("\n")[0], 'evtchn: bind-virq: Cannot open "/dev/xen/evtchn": EACCES');
});

test("output that cannot be written ends a bind, and its port is closed", async () => {
  const host = new TestHost();
  host.stdout.broken = new Deno.errors.BrokenPipe("gone");
  assertEquals(await host.run("--simulator bind-virq tbuf"), { status: 141, stdout: "", stderr: "" });
  host.stdout.broken = Object.assign(new Error("full"), { code: "ENOSPC" });
  assertEquals(await host.run("--simulator bind-virq tbuf"), {
    status: 1,
    stdout: "",
    stderr: "evtchn: bind-virq: Cannot write the output: ENOSPC\n",
  });
  assertEquals([host.left(), host.listening], [[], 0]);
});

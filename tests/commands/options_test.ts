import { assert, assertEquals } from "@std/assert";
import { takeCommonOptions } from "../../lib/cli/options.ts";
import { test } from "../support/test.ts";
import { evtchn, TestHost } from "../support/test_host.ts";

/** Which kernel a command line asked for. */
async function kernelOf(line: string, variables: Record<string, string> = {}) {
  const host = new TestHost();
  Object.assign(host.variables, variables);
  await host.start(line);
  return host.kernels[0];
}

/** The error and the hint of a wrong command line. */
async function usage(line: string, variables: Record<string, string> = {}): Promise<string[]> {
  const { status, stdout, stderr } = await evtchn(line, variables);
  assertEquals({ status, stdout }, { status: 2, stdout: "" }, `${line}: ${stderr}`);
  return stderr.trimEnd().split("\n");
}

const sim = (spec: string, domain = 0) => ({ kind: "simulated", spec, domain, bare: true });
const RUNNING = { kind: "running" };

test("without an option the device is the running kernel's", async () => {
  const host = new TestHost();
  assertEquals(await host.ok("poll --events out"), "POLLOUT POLLWRNORM\n");
  assertEquals(host.kernels, [RUNNING as never]);
});

test("an option for the device takes precedence over the environment, and an empty variable counts as unset", async () => {
  assertEquals(await kernelOf("--simulator poll"), sim("linux") as never);
  assertEquals(await kernelOf("--device sim:linux?ports=131072 poll"), sim("linux?ports=131072") as never);
  assertEquals(await kernelOf("poll", { EVTCHN_DEVICE: "sim:linux" }), sim("linux") as never);
  assertEquals(await kernelOf("poll", { EVTCHN_DEVICE: "" }), RUNNING as never);
  assertEquals(await kernelOf("poll -d /dev/xen/evtchn", { EVTCHN_DEVICE: "sim:linux" }), RUNNING as never);
  assertEquals(await kernelOf("poll --simulator", { EVTCHN_DEVICE: "/dev/x", EVTCHN_FD: "3" }), sim("linux") as never);
});

test("EVTCHN_FD takes precedence over EVTCHN_DEVICE, an option over both", async () => {
  const host = new TestHost();
  const { fd } = host.exec();
  host.variables.EVTCHN_FD = String(fd);
  host.variables.EVTCHN_DEVICE = "/dev/nothing";
  assertEquals(await host.ok("poll --events out"), "POLLOUT POLLWRNORM\n");
  const { stderr } = await host.run("--device /dev/elsewhere poll");
  assertEquals(stderr.split("\n")[0], 'evtchn: poll: Cannot open "/dev/elsewhere": ENOENT');
});

test("two options that choose a handle contradict each other", async () => {
  for (
    const [line, named] of [
      ["--device /x --simulator poll", "--device and --simulator"],
      ["--fd 3 poll --simulator", "--simulator and --fd"],
      ["poll -d /x --fd 3", "--device and --fd"],
      ["poll -d /x --fd 3 --simulator", "--device and --simulator and --fd"],
    ]
  ) {
    const [message] = await usage(line);
    assertEquals(message, `evtchn: poll: Cannot use ${named} together: each says where the handle is`);
  }
});

test("--as acts as another domain of the simulator, and is refused elsewhere", async () => {
  assertEquals(await kernelOf("--simulator --as 5 poll"), sim("linux", 5) as never);
  assertEquals(await kernelOf("poll --as 0x5", { EVTCHN_DEVICE: "sim:linux" }), sim("linux", 5) as never);
  assertEquals(await kernelOf("--simulator --as self poll"), await kernelOf("--simulator poll"));
  assertEquals(await kernelOf("--as self poll"), await kernelOf("poll"));
  for (const line of ["--as 5 poll", "--fd 3 --as 5 poll", "--device /x poll --as 5"]) {
    assertEquals(await usage(line), [
      "evtchn: poll: Cannot act as another domain on a real device",
      "hint: --as is for the simulator: add --simulator",
    ]);
  }
});

test("options may be before or after the command, with the value as the next word or after =", async () => {
  for (
    const line of [
      "--simulator --json poll --events out",
      "poll --events out --simulator --json",
      "--simulator poll --json --events=out",
      "--device=sim:linux --json --color=never poll --events=out",
      "-d sim:linux poll --events out --json",
      "--color never --as=3 --device sim:linux --json poll --events out",
    ]
  ) {
    assertEquals((await evtchn(line)).stdout, '{"op":"poll","revents":["POLLOUT","POLLWRNORM"]}\n', line);
  }
});

test("help and version are words too", async () => {
  assertEquals(await evtchn("version"), await evtchn("--version"));
  assertEquals(await evtchn("help"), await evtchn("--help"));
  assertEquals(await evtchn("help watch"), await evtchn("watch --help"));
});

test("a flag takes no value", async () => {
  assertEquals((await usage("list --all=0"))[0], 'evtchn: list: Cannot use "--all=0": --all takes no value');
});

test("a value may be joined to a short option, with = or without", async () => {
  for (const word of ["-n1", "-n=1", "-n 1", "-qn1"]) {
    assertEquals((await evtchn(`--simulator ping --timeout 1s ${word}`)).status, 0, word);
  }
  assertEquals((await evtchn("-d=sim:linux virqs")).status, 0);
});

test("short options may stand together and with their values, the common ones too", async () => {
  for (
    const line of [
      "watch virq:tbuf --timeout 10ms -n1 -tnone -dsim:linux",
      "-dsim:linux watch virq:tbuf --timeout 10ms -qn5",
      "watch -qdsim:linux virq:tbuf --timeout 10ms -n5",
      "watch -qd sim:linux virq:tbuf --timeout 10ms -n=5",
      "watch -qd=sim:linux virq:tbuf --timeout 10ms -n 5",
    ]
  ) {
    const host = new TestHost();
    const ended = host.start(line);
    await host.clock.asleep();
    host.clock.advance(10);
    assertEquals([await ended, host.stderr.text], [124, ""], line);
    assertEquals(host.kernels, [sim("linux") as never], line);
  }
  assertEquals((await usage("list -ad sim:linux -dsim:linux"))[0], "evtchn: list: The option --device is given twice");
  assertEquals((await usage("list -ax"))[0], 'evtchn: list: There is no option "-x"');
  assertEquals((await usage("--device -x list"))[0], "evtchn: list: The option --device needs a value");
});

test("short options may stand together in scripts", async () => {
  const script = "p = alloc-unbound self; q = bind-interdomain self $p; notify $q; watch -qn1 $q; watch -n1 -F%p";
  assertEquals(await evtchn(["run", "-kdsim:linux", "-e", script]), { status: 0, stdout: "27\n", stderr: "" });
});

test("an option of a command in front of it is refused, and the hint says where it stands", async () => {
  assertEquals(await usage("-qn5 watch virq:tbuf"), [
    'evtchn: There is no option "-qn5"',
    "hint: a command's own options stand behind it: evtchn watch -qn5",
  ]);
});

test("words after -- are no options", async () => {
  assertEquals(await evtchn("--simulator unmask -- 1 2"), { status: 0, stdout: "", stderr: "" });
  const [message] = await usage("--simulator unmask 1 -- --json");
  assertEquals(
    message,
    'evtchn: unmask: Cannot use "--json" as a port: expected a number from 0 to 4294967295, decimal or 0x',
  );
});

test("a missing or unknown command is an error", async () => {
  for (const line of ["", "--json", "--device /x", "--simulator --"]) {
    const [message] = (await evtchn(line)).stderr.split("\n");
    assert(message.includes("Cannot do anything without a command"), `${line}: ${message}`);
  }
  assertEquals(await usage("bind-vrq 3"), [
    'evtchn: bind-vrq: There is no command "bind-vrq"',
    "hint: did you mean bind-virq?",
  ]);
  for (
    const [typed, meant] of [
      ["tpo", "top"],
      ["bind-v", "bind-virq"],
      ["sess", "session"],
      ["session strat", "start"],
      ["wir", "wiring"],
      ["bind", "bind-virq or bind-interdomain or bind-static"],
    ]
  ) {
    assertEquals((await usage(typed))[1], `hint: did you mean ${meant}?`);
  }
  assertEquals(await usage("xyzzyplugh"), [
    'evtchn: xyzzyplugh: There is no command "xyzzyplugh"',
    "hint: `evtchn --help` lists the commands",
  ]);
});

test("an error in a command line is one sentence and a hint", async () => {
  const HELP = "hint: `evtchn poll --help` shows what it takes";
  const wrong: readonly [string, string, string][] = [
    ["poll --bogus", 'There is no option "--bogus"', HELP],
    ["poll -x", 'There is no option "-x"', HELP],
    ["poll --simulater", 'There is no option "--simulater"', "hint: did you mean --simulator?"],
    ["poll --json=true", 'Cannot use "--json=true": --json takes no value', HELP],
    ["poll extra", 'Cannot make sense of "extra": there is a word too many', HELP],
    ["poll --timeout", "The option --timeout needs a value", HELP],
    ["poll --events some", 'Cannot use "some" as --events: expected in, out, all', HELP],
    ["poll --color maybe", 'Cannot use "maybe" as --color: expected auto, always, never', HELP],
    ["poll --trace --trace", "The option --trace is given twice", HELP],
    ["poll --fd x", 'Cannot use "x" as a descriptor: expected a whole number', HELP],
    ["poll --fd 2147483648", 'Cannot use "2147483648" as a descriptor: expected a whole number', HELP],
  ];
  for (const [line, message, hint] of wrong) {
    assertEquals(await usage(line), [`evtchn: poll: ${message}`, hint], line);
  }
  const { status, stderr } = await new TestHost().run(["-d", "", "poll"]);
  assertEquals([status, /The option --device needs a value$/m.test(stderr)], [2, true]);
  assertEquals(await usage("unbind"), [
    "evtchn: unbind: PORT is missing",
    "hint: `evtchn unbind --help` shows what it takes",
  ]);
  assertEquals(await usage("--bogus poll"), [
    'evtchn: There is no option "--bogus"',
    "hint: a command's own options stand behind it: evtchn poll --bogus",
  ]);
});

test("EVTCHN_FD that is no number is refused", async () => {
  assertEquals(
    (await usage("poll", { EVTCHN_FD: "abc" }))[0],
    'evtchn: poll: Cannot use "abc" as a descriptor: expected a whole number',
  );
});

test("an unknown simulation is refused, and the hint lists the known ones", async () => {
  assertEquals(await usage("--device sim:beos poll"), [
    'evtchn: poll: Cannot simulate "beos"',
    "hint: the simulated systems are sim:linux, sim:illumos",
  ]);
  assertEquals((await usage("--device sim:linux?ports=7 poll"))[0], 'evtchn: poll: Cannot simulate with "ports=7"');
});

test("with --json at any place an error is one object on stderr", async () => {
  for (const line of ["--json --simulator notify 7", "--simulator notify 7 --json"]) {
    const { status, stdout, stderr } = await evtchn(line);
    assertEquals({ status, stdout }, { status: 1, stdout: "" });
    assertEquals(stderr.indexOf("\n"), stderr.length - 1);
    const { hint, ...rest } = JSON.parse(stderr);
    assertEquals(rest, { op: "notify", error: "ENOTCONN", subject: "7", message: "Cannot notify port 7: ENOTCONN" });
    assert(hint.startsWith("this port is not bound on this handle"));
  }
  const wrong = await evtchn("--json poll --bogus");
  assertEquals(wrong.status, 2);
  assertEquals(JSON.parse(wrong.stderr).error, "usage");
});

test("--trace shows every system call, the close included", async () => {
  const { stdout, stderr } = await evtchn("--simulator --trace bind-virq tbuf --hold 0s");
  assertEquals(stdout, "27\n");
  assertEquals(stderr.split("\n"), [
    'open("/dev/xen/evtchn", O_RDWR|O_NONBLOCK|O_CLOEXEC) = 3',
    "ioctl(3, IOCTL_EVTCHN_BIND_VIRQ, {virq=4}) = 27",
    "close(3) = 0",
    "",
  ]);
});

test("--trace=CALLS shows those system calls alone, and a wrong name is refused with a near one", async () => {
  const { stdout, stderr } = await evtchn("--simulator --trace=ioctl,close bind-virq tbuf --hold 0s");
  assertEquals(stdout, "27\n");
  assertEquals(stderr.split("\n"), [
    "ioctl(3, IOCTL_EVTCHN_BIND_VIRQ, {virq=4}) = 27",
    "close(3) = 0",
    "",
  ]);
  assertEquals(await usage("--simulator virqs --trace=read,iotcl"), [
    'evtchn: virqs: Cannot trace "iotcl": evtchn makes no such system call',
    "hint: did you mean ioctl?",
  ]);
  assertEquals(await usage("--trace=sendfile virqs"), [
    'evtchn: virqs: Cannot trace "sendfile": evtchn makes no such system call',
    "hint: it makes open, close, dup, fcntl, ioctl, read, write, getdents64, readlink, mmap, munmap, poll",
  ]);
  assertEquals((await usage("--trace= virqs"))[0], "evtchn: virqs: The option --trace needs a value");
});

test("--trace-time shows when each call began and how long it took, in a script by the script's clock", async () => {
  const host = new TestHost();
  const ended = host.start("--simulator poll --timeout 20ms --trace-time --trace=poll");
  await host.clock.asleep();
  host.clock.advance(20);
  await ended;
  assertEquals(
    host.stderr.text,
    "1767323045.678901 poll([{fd=3, events=POLLIN|POLLRDNORM}], 1, 20) = 0 (Timeout) <0.020000>\n",
  );
  const { stderr } = await evtchn(["run", "-dsim:linux", "--trace-time", "-e", "sleep 5m; bind-virq tbuf"]);
  assertEquals(
    stderr.split("\n")[1],
    "1767225900.000000 ioctl(3, IOCTL_EVTCHN_BIND_VIRQ, {virq=4}) = 27 <0.000000>",
  );
});

test("help and version need no device", async () => {
  const host = new TestHost();
  assert((await host.ok("--help")).includes("BIND AND SEND"));
  assert((await host.ok("watch --help")).includes("--idle-timeout"));
  assert(/^\d+\.\d+\.\d+\n$/.test(await host.ok("--version")));
  assertEquals(host.kernels, []);
});

test("with --json an error of a command of two words has the op of its record", async () => {
  const { status, stderr } = await new TestHost().run("--json session stop");
  assertEquals([status, JSON.parse(stderr).op], [2, "session-stop"]);
});

test("an option takes a value that its own name ends with", () => {
  assertEquals(takeCommonOptions(["watch", "--format", "format", "--simulator", "--map=map"]).rest, [
    "watch",
    "--format",
    "format",
    "--map=map",
  ]);
});

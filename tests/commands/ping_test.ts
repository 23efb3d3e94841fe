import { assert, assertEquals, assertMatch } from "@std/assert";
import { Device, settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { evtchn, TestHost } from "../support/test_host.ts";

/** A ping of domain 1, which offers a port; `reply` sends answers. */
function pinging(options: string) {
  const host = new TestHost();
  const guest = new Device(host.world.process(1));
  const port = guest.allocUnbound(0);
  const ended = host.start(`--simulator ping 1:${port} ${options}`);
  const reply = async () => {
    await host.clock.asleep();
    assertEquals(guest.read(), [port]);
    guest.write(port);
    guest.notify(port);
    await settle();
  };
  /** Lets a timeout pass. */
  const wait = async (milliseconds: number) => {
    await host.clock.asleep();
    host.clock.advance(milliseconds);
    await settle();
  };
  const ignore = () => {
    guest.read();
    guest.write(port);
  };
  return { host, name: `1:${port}`, ended, reply, wait, ignore };
}

test("a loopback answers every request, and leaves nothing bound", async () => {
  const host = new TestHost();
  assertEquals(
    await host.ok("--simulator ping -n 2 --interval 0us"),
    [
      "answer from self: seq=1 time=0.0000 ms",
      "answer from self: seq=2 time=0.0000 ms",
      "--- ping self ---",
      "2 sent, 2 answered, 0 lost",
      "min 0.0000, median 0.0000, p99 0.0000, max 0.0000 ms",
      "mean 0.0000, stddev 0.0000 ms",
      "0-1 us  2  ##################################################",
      "",
    ].join("\n"),
  );
  assertEquals([host.left(), host.listening], [[], 0]);
});

test("on a handle that stays open a loopback is unbound again", async () => {
  const host = new TestHost();
  const { fd } = host.exec();
  assertEquals(
    await host.ok(`--fd ${fd} ping -q -n 1000 --interval 0us`).then((text) => text.split("\n")[1]),
    "1000 sent, 1000 answered, 0 lost",
  );
  assertEquals(host.left(), []);
});

test("each answer of a peer is a line, followed by the summary", async () => {
  const { host, name, ended, reply, wait } = pinging("-n 3");
  await reply(); // the first is not counted
  await host.clock.asleep();
  host.clock.spend(0.2);
  await reply();
  await wait(1000);
  host.clock.spend(12);
  await reply();
  await wait(1000);
  host.clock.spend(0.25);
  await reply();
  assertEquals(await ended, 0);
  const bar = "#".repeat(50);
  assertEquals(host.stdout.take().split("\n"), [
    `answer from ${name}: seq=1 time=0.200 ms`,
    `answer from ${name}: seq=2 time=12.000 ms`,
    `answer from ${name}: seq=3 time=0.250 ms`,
    `--- ping ${name} ---`,
    "3 sent, 3 answered, 0 lost",
    "min 0.200, median 0.250, p99 12.000, max 12.000 ms",
    "mean 4.150, stddev 5.551 ms",
    `   128-256 us  2  ${bar}`,
    "   256-512 us  0",
    "  512-1024 us  0",
    " 1024-2048 us  0",
    " 2048-4096 us  0",
    " 4096-8192 us  0",
    `8192-16384 us  1  ${bar.slice(25)}`,
    "",
  ]);
  assertEquals(host.stderr.text, "");
});

test("lost and late answers are printed as they occur, and status is 124 if none was in time", async () => {
  const { host, name, ended, reply, wait, ignore } = pinging("-n 2 --timeout 500ms");
  await wait(500);
  ignore();
  await wait(500); // the warm-up is lost
  await wait(500);
  assertEquals(host.stdout.take(), "seq=1 timed out\n");
  ignore();
  await wait(500);
  await wait(500);
  assertEquals(host.stdout.take(), "seq=2 timed out\n");
  await reply();
  assertEquals(await ended, 124);
  assertEquals(
    host.stdout.take(),
    [
      `answer from ${name}: seq=2 time=500.000 ms (late)`,
      `--- ping ${name} ---`,
      "2 sent, 0 answered, 1 late, 1 lost (50.0 %)",
      "",
    ].join("\n"),
  );
});

test("no answer at all gives a message about the other end", async () => {
  const { host, ended, wait } = pinging("-n 1");
  for (let i = 0; i < 4; i++) await wait(1000);
  assertEquals(await ended, 124);
  assertEquals(
    host.stderr.text,
    "evtchn: nobody answered: `evtchn ping --answer` has to run at the other end of this channel\n",
  );
});

test("with --json each answer is a record, and so is the summary", async () => {
  const { host, ended, reply, wait, ignore } = pinging("-n 3 --json --timeout 500ms --interval 2s");
  await reply();
  await host.clock.asleep();
  host.clock.spend(0.25 + 2 ** -12); // a sum of powers of two: no rounding on the way
  await reply();
  await wait(2000);
  await wait(500);
  ignore();
  await wait(500);
  await wait(1000);
  await wait(500);
  await reply();
  assertEquals(await ended, 0);
  assertEquals(host.stdout.take().trimEnd().split("\n").map((line) => JSON.parse(line)), [
    { op: "ping", seq: 1, duration_us: 250.2 },
    { op: "ping", seq: 2, timed_out: true },
    { op: "ping", seq: 3, timed_out: true },
    { op: "ping", seq: 3, duration_us: 500000, too_late: true },
    {
      op: "ping",
      sent: 3,
      answered: 1,
      late: 1,
      lost: 1,
      unasked: 0,
      min_us: 250.2,
      median_us: 250.2,
      p99_us: 250.2,
      max_us: 250.2,
      mean_us: 250.2,
      stddev_us: 0,
      histogram: [{ from_us: 128, to_us: 256, count: 1 }],
    },
  ]);
  assertEquals(host.stderr.text, "");
});

test("a signal ends it with the summary and the signal's status", async () => {
  const { host, name, ended, reply } = pinging("");
  await reply();
  await reply();
  await host.clock.asleep();
  host.signal("SIGINT");
  assertEquals(await ended, 130);
  assertMatch(host.stdout.text, new RegExp(`--- ping ${name} ---\n1 sent, 1 answered, 0 lost\n`));
  assertEquals([host.listening, host.clock.sleeping], [0, 0]);
});

test("a signal before the first answer is no timeout", async () => {
  const { host, ended, wait } = pinging("-n 5");
  for (let i = 0; i < 3; i++) await wait(1000);
  await host.clock.asleep();
  host.signal("SIGTERM");
  assertEquals(await ended, 143);
});

test("a histogram fits a narrow terminal", async () => {
  const host = new TestHost();
  Object.assign(host.stdout, { columns: 30, terminal: true });
  host.variables.NO_COLOR = "1";
  const text = await host.ok("--simulator ping -q -n 100 --interval 0us");
  assertEquals(text.split("\n").at(-2), `0-1 us  100  ${"#".repeat(17)}`);
});

test("--answer prints its port on stdout and a message on stderr, and ends by --count or a signal", async () => {
  const host = new TestHost();
  const offerer = host.exec();
  const offered = offerer.allocUnbound(0);
  const ended = host.start(`--simulator ping --answer 0:${offered} -n 2`);
  await host.clock.asleep();
  const port = host.stdout.take().trimEnd();
  assertEquals(host.stderr.take(), `evtchn: answering on port ${port} (0:${offered}) until a signal\n`);
  for (let i = 0; i < 2; i++) {
    offerer.notify(offered);
    await settle();
    assertEquals(offerer.read(), [offered]);
    offerer.write(offered);
  }
  assertEquals(await ended, 0);
  assertEquals([host.stdout.text, host.stderr.text], ["", "evtchn: answered 2 events\n"]);
  const other = new TestHost();
  const signalled = other.start("--simulator --json ping --answer 1:any");
  await other.clock.asleep();
  other.signal("SIGTERM");
  assertEquals(await signalled, 143);
  assertEquals(
    other.stdout.text,
    '{"op":"ping-answer","port":27,"channel":"1:any"}\n{"op":"ping-answer","answered":0}\n',
  );
  assertEquals([other.stderr.text, other.left()], ["", []]);
});

test("a ping that allocates a port waits until a peer binds it and answers", async () => {
  const host = new TestHost();
  const ended = host.start("--simulator ping 1:any -n 1 -q");
  await host.stderr.until(/waiting on port 27 \(1:any\) for somebody to bind it and answer\n/);
  for (let i = 0; i < 5; i++) {
    await host.clock.asleep();
    host.clock.advance(1000);
    await settle();
  }
  assertEquals(host.stdout.text, "");
  const answerer = host.start("--simulator --as 1 ping --answer 0:27");
  await settle();
  for (let turn = 0; turn < 50 && host.stdout.text.split("\n").length < 3; turn++) {
    if (host.clock.sleeping > 0) host.clock.advance(500);
    await settle();
  }
  assertEquals(await ended, 0);
  host.signal("SIGINT");
  assertEquals(await answerer, 130);
});

test("with --json a ping that allocates a port tells it in its first record, in a script too", async () => {
  const host = new TestHost();
  const ended = host.start("--simulator --json ping 1:any");
  await host.stdout.until(/\n/);
  assertEquals(host.stdout.text, '{"op":"ping","port":27,"channel":"1:any"}\n');
  await host.clock.asleep();
  host.signal("SIGTERM");
  host.clock.advance(5000);
  assertEquals([await ended, host.stderr.text], [143, ""]);
  const { stdout } = await evtchn(["run", "-d", "sim:linux", "--json", "-e", "ping 1:any -n 1"]);
  assertEquals(stdout.split("\n")[0], '{"op":"ping","port":27,"channel":"1:any","line":1}');
});

test("channels that cannot be pinged are refused", async () => {
  const refused: readonly [string, number, string][] = [
    ["ping virq:timer", 2, "Cannot ping a VIRQ: nobody answers there"],
    ["ping --answer", 2, "Cannot answer on no channel"],
    ["ping --answer 0:any --interval 2s", 2, "Cannot use --answer and --interval together: the end that asks sets it"],
    ["ping --answer 0:any --warmup 2", 2, "Cannot use --answer and --warmup together: the end that asks sets it"],
    ["ping --timeout 0s", 2, "Cannot wait 0 s for an answer: expected at least 1us"],
    ["ping 1:9 1:10", 2, 'Cannot make sense of "1:10": there is a word too many'],
    ["ping 27", 1, "Cannot ping port 27: ENOTCONN"],
    ["ping 1234:5", 1, "Cannot bind port 5 of domain 1234: ESRCH"],
  ];
  for (const [line, wanted, message] of refused) {
    const { status, stdout, stderr } = await evtchn(`--simulator ${line}`);
    assertEquals([status, stdout], [wanted, ""]);
    assert(stderr.startsWith(`evtchn: ping: ${message}\n`), stderr);
  }
});

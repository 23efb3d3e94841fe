import { assertEquals } from "@std/assert";
import { Poll } from "../../ffi/syscalls.ts";
import { Device, outcome } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { TestHost } from "../support/test_host.ts";

/** The start of the test clock, UTC. */
const TIME = "2026-01-02T03:04:05.678901Z";

/** A host on which domain 5 offers a port to domain 0. */
function offered() {
  const host = new TestHost();
  const guest = new Device(host.world.process(5));
  const port = guest.allocUnbound(0) as number;
  return { host, guest, port, channel: `5:${port}` };
}

/** A waiting watch on the shell's handle with one channel; `fire` makes it pending. */
async function watching(options: string) {
  const host = new TestHost();
  const handle = host.exec();
  const port = handle.allocUnbound(0) as number;
  const peer = host.exec();
  const sender = peer.bindInterdomain(0, port);
  const ended = host.start(`--fd ${handle.fd} watch ${port} ${options}`);
  await host.clock.asleep();
  return { host, handle, port, ended, fire: () => peer.notify(sender) };
}

test("events are printed a line each as they arrive", async () => {
  const { host, guest, port, channel } = offered();
  const ended = host.start(`--simulator watch ${channel} -n 2`);
  await host.stdout.until(/\n/);
  assertEquals(host.stdout.take(), `${TIME}  port 27  ${channel}  #1  initial: caused by the bind\n`);
  await host.clock.asleep();
  guest.notify(port);
  assertEquals(await ended, 0);
  assertEquals(host.stdout.take(), `${TIME}  port 27  ${channel}  #2\n`);
  assertEquals([host.stderr.text, host.left(), host.listening], ["", [`5:${port} unbound`], 0]);
});

test("with --json each event is a record", async () => {
  const { host, channel } = offered();
  assertEquals(
    await host.ok(`--simulator --json watch ${channel} -n 1`),
    `{"event":"pending","time":"${TIME}","port":27,"channel":"${channel}","seq":1,"initial":true}\n`,
  );
});

test("a format lays lines out, a time style changes the time", async () => {
  const first = async (options: string) => {
    const { host, channel } = offered();
    return (await host.ok(`--simulator watch ${channel} -n 1 ${options}`)).trimEnd();
  };
  const rest = "port 27  5:9  #1  initial: caused by the bind";
  assertEquals(
    await first("--format %n:%p:%c:%k:%d:%r:%S:%D:%%"),
    "1:27:5:9:interdomain:5:9:1767323045.678901:0.000000:%",
  );
  assertEquals(await first("-F %U"), TIME);
  assertEquals(await first("-t unix"), `1767323045.678901  ${rest}`);
  assertEquals(await first("--time delta"), `0.000000  ${rest}`);
  assertEquals(await first("--time elapsed"), `0.000000  ${rest}`);
  assertEquals(await first("--time none"), rest);
});

test("contradictory or invalid options are refused before anything is bound", async () => {
  const refused: readonly [string, string][] = [
    ["--json watch virq:4 --format %p", "Cannot use --json and --format together: records have one form"],
    ["--json watch virq:4 --time unix", "Cannot use --json and --time together: records have one form"],
    ["watch virq:4 -F %p -t unix", "Cannot use --format and --time together"],
    ["watch virq:4 -F %z", 'Cannot use "%z" as a format: "%z" is none of %p %c %k %d %r %n %N %S %U %L %D %%'],
    ["watch virq:4 -n 0", 'Cannot use "0" as a count: expected a whole number from 1'],
    ["watch virq:4 --time noon", 'Cannot use "noon" as --time: expected unix, utc, local, delta, elapsed, none'],
    ["watch virq:4 --timeout 5", 'Cannot use "5" as a period'],
    ["watch dom_exc", 'Cannot use "dom_exc" as a channel'],
  ];
  for (const [line, message] of refused) {
    const host = new TestHost();
    const { status, stderr } = await host.run(`--simulator ${line}`);
    assertEquals(
      [status, stderr.includes(line.startsWith("--json") ? JSON.stringify(message) : message)],
      [2, true],
      stderr,
    );
    assertEquals(host.kernels, []);
  }
});

test("a new handle has nothing to watch without channels", async () => {
  const { status, stderr } = await new TestHost().run("--simulator watch");
  assertEquals([status, stderr.split("\n")[0]], [
    2,
    "evtchn: watch: Cannot watch nothing: this handle is new and has no ports",
  ]);
});

test("a channel that cannot be bound ends the watch, and those before it are closed", async () => {
  const host = new TestHost();
  const { status, stdout, stderr } = await host.run("--simulator watch virq:tbuf 5:any virq:timer --banner");
  assertEquals([status, stdout, stderr.split("\n")[0]], [1, "", "evtchn: watch: Cannot bind virq:timer: EEXIST"]);
  assertEquals([host.left(), host.listening], [[], 0]);
  const other = await host.run("--simulator watch 27");
  assertEquals(other.stderr.split("\n")[0], "evtchn: watch: Cannot watch port 27: ENOTCONN");
});

test("the banner comes once everything is bound", async () => {
  const host = new TestHost();
  const ended = host.start("--simulator watch virq:tbuf 5:any --banner");
  await host.stderr.until(/\n/);
  assertEquals(host.stderr.text, "evtchn: watching port 27 (virq:tbuf), port 28 (5:any)\n");
  await host.clock.asleep();
  host.signal("SIGINT");
  assertEquals(await ended, 130);
});

test("the banner of a watch on all ports, and on a port of another handle", async () => {
  const host = new TestHost();
  const { fd } = host.exec();
  await host.start(`--fd ${fd} watch --banner --timeout 0s`);
  await host.start(`--fd ${fd} watch 7 --banner --timeout 0s`);
  assertEquals(host.stderr.text, "evtchn: watching every port of the handle\nevtchn: watching port 7\n");
});

test("a signal ends a watch with its status, and its ports are closed", async () => {
  for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    const host = new TestHost();
    const ended = host.start("--simulator watch virq:tbuf");
    await host.clock.asleep();
    assertEquals(host.left(), ["0:27 virq"]);
    host.signal(signal);
    assertEquals(await ended, status);
    assertEquals([host.left(), host.listening, host.clock.sleeping], [[], 0, 0]);
  }
});

test("a timeout is success, and 124 when fewer events came than were asked for", async () => {
  for (const [options, status] of [["", 0], ["-n 2", 124]] as const) {
    for (const timeout of ["--timeout 5s", "--idle-timeout 5s"]) {
      const { host, ended, fire } = await watching(`${options} ${timeout}`);
      fire();
      assertEquals(await outcome(ended), "waiting");
      host.clock.advance(5000);
      assertEquals(await ended, status);
    }
  }
});

test("--quiet prints no events but counts them", async () => {
  const { host, ended, fire } = await watching("-q -n 1");
  fire();
  assertEquals(await ended, 0);
  assertEquals([host.stdout.text, host.stderr.text], ["", ""]);
});

test("the events of one read are one write", async () => {
  const host = new TestHost();
  const handle = host.exec();
  for (let i = 0; i < 50; i++) handle.bindInterdomain(0, handle.allocUnbound(0));
  await host.start(`--fd ${handle.fd} watch -n 50`);
  assertEquals([host.stdout.text.split("\n").length, host.stdout.writes], [51, 1]);
});

test("a port is unmasked after its line, or not at all with --no-unmask", async () => {
  for (const [options, fired] of [["", 2], ["--no-unmask", 1]] as const) {
    const { host, ended, fire } = await watching(`-t none --timeout 1s ${options}`);
    fire();
    await host.stdout.until(/#1/);
    await host.clock.asleep();
    fire();
    host.clock.advance(1000);
    assertEquals(await ended, 0);
    assertEquals(host.stdout.text.trimEnd().split("\n").length, fired);
  }
});

test("a port whose line could not be written stays masked", async () => {
  const { host, handle, port, ended, fire } = await watching("");
  host.stdout.broken = new Deno.errors.BrokenPipe("gone");
  fire();
  assertEquals(await ended, 141);
  assertEquals(host.stderr.text, "");
  fire();
  assertEquals(handle.poll(Poll.IN), 0);
  handle.write(port);
  assertEquals(handle.read(), [port]);
});

/** Overflows the ring of a handle. */
function overflown() {
  const host = new TestHost();
  const handle = host.exec();
  const port = handle.allocUnbound(0) as number;
  const sender = handle.bindInterdomain(0, port);
  for (let i = 0; i < 65; i++) {
    handle.notify(sender);
    handle.write(port);
  }
  return { host, handle, port, sender, on: `--fd ${handle.fd}` };
}

const LOST = "evtchn: watch: events were lost: the ring overflowed\n";

test("an overflow is told, and the watch goes on", async () => {
  const { host, handle, port, sender, on } = overflown();
  const ended = host.start(`${on} watch -n 1 -t none`);
  await host.clock.asleep();
  assertEquals([host.stdout.take(), host.stderr.take()], ["overflow: the ring was full and events were lost\n", ""]);
  handle.notify(sender);
  assertEquals(await ended, 0);
  assertEquals(host.stdout.text, `port ${port}  #1\n`);
});

test("an overflow is a record with --json, and on stderr with --quiet", async () => {
  const told = async (options: string) => {
    const { host, on } = overflown();
    const { status, stdout, stderr } = await host.run(`${on} watch --timeout 0s ${options}`);
    assertEquals(status, 0);
    return [stdout, stderr];
  };
  assertEquals(await told("--json"), [`{"event":"overflow","time":"${TIME}"}\n`, ""]);
  assertEquals(await told("--quiet"), ["", LOST]);
  assertEquals(await told("--json --quiet"), ["", LOST]);
});

test("a port that fires but was not asked for is reported once", async () => {
  const host = new TestHost();
  const handle = host.exec();
  const [watched, other] = [handle.allocUnbound(0), handle.allocUnbound(0)];
  const [sender, otherSender] = [watched, other].map((port) => handle.bindInterdomain(0, port));
  handle.read();
  const ended = host.start(`--fd ${handle.fd} watch ${watched} -n 1 -t none`);
  for (let i = 0; i < 2; i++) {
    await host.clock.asleep();
    handle.notify(otherSender);
    handle.write(other);
  }
  handle.notify(sender);
  assertEquals(await ended, 0);
  assertEquals(host.stdout.text, `port ${watched}  #1\n`);
  assertEquals(host.stderr.text.match(/port \d+ fired too/g), [`port ${other} fired too`]);
});

test("a blocked reader blocks a watch; a signal ends it after two seconds, a second signal at once", async () => {
  for (const again of [false, true]) {
    const host = new TestHost();
    const stuck = Promise.withResolvers<void>();
    host.stdout.write = () => (stuck.resolve(), new Promise(() => {}));
    const ended = host.start("--simulator watch self:any self:27");
    await stuck.promise;
    host.signal("SIGTERM");
    if (again) host.signal("SIGTERM");
    else host.clock.advance(2000);
    assertEquals([await ended, host.left(), host.clock.sleeping], [143, [], 0]);
  }
});

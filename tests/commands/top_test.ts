import { assert, assertEquals } from "@std/assert";
import { settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { evtchn, TestHost } from "../support/test_host.ts";

/** A live table of a handle with some channels; `fire` makes their ports pending. */
async function topping(options: string, { terminal = true, ports = 2, term = "xterm" } = {}) {
  const host = new TestHost();
  host.stdout.terminal = terminal;
  Object.assign(host.variables, { NO_COLOR: "1", TERM: term });
  Object.assign(host.screen, { columns: 70, rows: 6 });
  const handle = host.exec();
  const peer = host.exec();
  const heard = Array.from({ length: ports }, () => handle.allocUnbound(0) as number);
  const senders = heard.map((port) => peer.bindInterdomain(0, port));
  const ended = host.start(`--fd ${handle.fd} top ${options}`.replace("PORTS", heard.join(" ")));
  await (terminal && term !== "dumb" && !options.includes("--json")
    ? host.screen.until(/q quit/)
    : host.clock.asleep());
  await settle(); // until the table sleeps
  /** Sends events, each read on its own. */
  const fire = async (index: number, times: number) => {
    for (let i = 0; i < times; i++) {
      peer.notify(senders[index]);
      await settle();
    }
  };
  /** Overflows the ring: more events in one turn than it holds. */
  const overflow = () => {
    for (let i = 0; i < 2000; i++) {
      peer.notify(senders[0]);
      handle.write(heard[0]);
    }
  };
  const tick = async (milliseconds = 1000) => {
    host.clock.advance(milliseconds);
    await settle();
  };
  return { host, heard, ended, fire, tick, overflow };
}

test("a terminal shows a live table and is restored at the end", async () => {
  const { host, heard: [a, b], ended, fire, tick } = await topping("PORTS");
  assertEquals(host.screen.frame[0], "evtchn top  2 ports  0.0 events/s  every 1 s  by rate");
  await fire(1, 3);
  await fire(0, 1);
  await tick();
  assertEquals(host.screen.frame, [
    "evtchn top  2 ports  4.0 events/s  every 1 s  by rate",
    "  PORT  CHANNEL  EVENTS/S       TOTAL    LAST  LATELY",
    `    ${b}  ${b}            3.0           3    1.0s                        █`,
    `    ${a}  ${a}            1.0           1    1.0s                        █`,
    "",
    "q quit  r t l p sort  space pause  + - interval",
  ]);
  host.screen.type("q");
  assertEquals(await ended, 0);
  assertEquals([host.screen.log, host.stdout.text, host.stderr.text], [["open", "close"], "", ""]);
  assertEquals([host.listening, host.clock.sleeping], [0, 0]);
});

test("keys sort, reverse on a second press, pause, and change the interval", async () => {
  const { host, heard, ended, fire, tick } = await topping("PORTS");
  await fire(1, 3);
  await tick();
  const shown = () => [
    host.screen.frame[0].split("  ").slice(3).join(" "),
    ...host.screen.frame.slice(2, 4).map((line) => line.trim().split(" ")[0]),
  ];
  const [a, b] = heard.map(String);
  host.screen.type("p");
  assertEquals(shown(), ["every 1 s by port", a, b]);
  host.screen.type("P");
  assertEquals(shown(), ["every 1 s by port reversed", b, a]);
  host.screen.type("t");
  assertEquals(shown(), ["every 1 s by total", b, a]);
  host.screen.type("l");
  assertEquals(shown(), ["every 1 s by last", b, a]);
  host.screen.type("++");
  assertEquals(shown(), ["every 5 s by last", b, a]);
  host.screen.type("-x");
  assertEquals(shown(), ["every 2 s by last", b, a]);
  host.screen.type(" ");
  await fire(0, 1);
  await tick(2000);
  assertEquals(shown(), ["every 2 s by last PAUSED", b, a]);
  host.screen.type(" ");
  await tick(2000);
  assertEquals(shown(), ["every 2 s by last", a, b]);
  host.screen.type("q");
  await ended;
});

test("a new size is drawn at once", async () => {
  const { host, ended } = await topping("PORTS");
  host.screen.resize(28, 4);
  assertEquals(host.screen.frame.length, 4);
  assert(host.screen.frame.every((line) => line.length <= 28));
  host.signal("SIGINT");
  assertEquals(await ended, 130);
});

test("a signal, --refreshes and a failure restore the terminal", async () => {
  for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    const { host, ended } = await topping("PORTS");
    host.signal(signal);
    assertEquals([await ended, host.screen.log, host.listening], [status, ["open", "close"], 0]);
  }
  const counted = await topping("PORTS -n 2");
  await counted.tick();
  await counted.tick();
  assertEquals([await counted.ended, counted.host.screen.log], [0, ["open", "close"]]);
  const failing = await topping("PORTS");
  failing.host.shell.read = () => "EIO";
  await failing.fire(0, 1);
  assertEquals([await failing.ended, failing.host.screen.log], [1, ["open", "close"]]);
  assertEquals(failing.host.stderr.text.split("\n")[0], "evtchn: top: Cannot read events: EIO");
});

test("an error while drawing ends top and restores the terminal", async () => {
  const { host, ended, tick } = await topping("PORTS");
  host.screen.show = () => {
    throw new Deno.errors.BrokenPipe();
  };
  host.screen.type("p");
  await tick();
  assertEquals([await ended, host.screen.log], [141, ["open", "close"]]);
});

test("without a terminal each interval writes a line for each port, in one write", async () => {
  const { host, heard: [a, b], ended, fire, tick } = await topping("PORTS --interval 2s -n 2 --sort port", {
    terminal: false,
  });
  await fire(1, 3);
  await tick(2000);
  assertEquals(
    host.stdout.take(),
    [
      `2026-01-02T03:04:07.678901Z  port ${a}  0.0/s  total 0  last -`,
      `2026-01-02T03:04:07.678901Z  port ${b}  1.5/s  total 3  last 2.0s`,
      "",
    ].join("\n"),
  );
  assertEquals(host.stdout.writes, 1);
  await tick(2000);
  assertEquals(await ended, 0);
  assertEquals([host.screen.log, host.stdout.text.split("\n").length], [[], 3]);
});

test("a dumb terminal gets lines as well", async () => {
  const { host, heard: [a], ended, tick } = await topping("PORTS -n 1", { term: "dumb", ports: 1 });
  await tick();
  assertEquals(await ended, 0);
  assertEquals(host.screen.log, []);
  assertEquals(host.stdout.text, `2026-01-02T03:04:06.678901Z  port ${a}  0.0/s  total 0  last -\n`);
});

test("with --json a port is a record, on a terminal too", async () => {
  const { host, heard: [a], ended, fire, tick } = await topping("PORTS --json -n 1", { ports: 1 });
  await fire(0, 1);
  await tick();
  assertEquals(await ended, 0);
  assertEquals(JSON.parse(host.stdout.text), {
    op: "top",
    time: "2026-01-02T03:04:06.678901Z",
    port: a,
    channel: String(a),
    rate_per_s: 1,
    total: 1,
    last: "2026-01-02T03:04:05.678901Z",
  });
  assertEquals(host.screen.log, []);
});

test("the event that binding causes is not counted", async () => {
  const host = new TestHost();
  const ended = host.start("--simulator top self:any self:27 --json -n 1");
  await host.clock.asleep();
  host.clock.advance(1000);
  assertEquals(await ended, 0);
  assertEquals(host.stdout.text.trimEnd().split("\n").map((line) => JSON.parse(line).total), [0, 0]);
});

test("without channels it shows every port of the handle that fires", async () => {
  const { host, heard: [a], ended, fire, tick } = await topping("-n 1 --json");
  await fire(0, 2);
  await tick();
  assertEquals(await ended, 0);
  assertEquals(
    host.stdout.text.trimEnd().split("\n").map((line) => JSON.parse(line)).map(({ port, total }) => [port, total]),
    [[a, 2]],
  );
});

test("lost events are reported on the screen, or on stderr without a screen", async () => {
  for (const terminal of [true, false]) {
    const { host, ended, tick, overflow } = await topping("PORTS", { terminal, ports: 1 });
    overflow();
    await settle();
    await tick();
    host.signal("SIGINT");
    assertEquals(await ended, 130);
    const told = terminal ? host.screen.frame.at(-1) : host.stderr.text.trimEnd().replace("evtchn: top: ", "");
    assertEquals(told?.replace(" once", ""), "events were lost: the ring overflowed");
  }
});

test("with --json lost events give the same record as watch", async () => {
  const { host, ended, tick, overflow } = await topping("PORTS --json -n 1", { ports: 1 });
  overflow();
  await settle();
  await tick();
  assertEquals(await ended, 0);
  assertEquals(host.stdout.text.split("\n")[0], '{"event":"overflow","time":"2026-01-02T03:04:06.678901Z"}');
});

test("impossible options are refused before anything is bound", async () => {
  const refused: readonly [string, string][] = [
    ["top", "Cannot top nothing: this handle is new and has no ports"],
    ["top virq:tbuf --interval 1ms", "Cannot look every 1 ms: expected at least 10ms"],
    ["top virq:tbuf --sort size", 'Cannot use "size" as --sort: expected rate, total, last, port'],
    ["top tbuf", 'Cannot use "tbuf" as a channel: expected PORT, virq:NAME, DOMAIN:PORT or DOMAIN:any'],
  ];
  for (const [line, message] of refused) {
    const { status, stdout, stderr } = await evtchn(`--simulator ${line}`);
    assertEquals([status, stdout, stderr.split("\n")[0]], [2, "", `evtchn: top: ${message}`]);
  }
});

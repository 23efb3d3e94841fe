import { assertEquals, assertStringIncludes } from "@std/assert";
import type { EventChannelDevice } from "../../lib/handle/handle.ts";
import { parseRecording } from "../../lib/replay/recording.ts";
import { parseMapping, planReplay, play } from "../../lib/replay/replay.ts";
import { connected } from "../support/handles.ts";
import { TestHost } from "../support/test_host.ts";
import { TestClock } from "../support/test_clock.ts";
import { WRITABLE } from "../support/simulated.ts";
import { test } from "../support/test.ts";

const at = (milliseconds: number) => new Date(Date.UTC(2026, 0, 2) + milliseconds).toISOString().replace("Z", "000Z");

/** A record of an event, so many milliseconds after the start. */
const event = (milliseconds: number, channel: string, more: object = {}) =>
  JSON.stringify({ event: "pending", time: at(milliseconds), port: 7, channel, seq: 1, ...more }) + "\n";

/** A shell with a recording, and a handle that has both ends of a channel. */
function shell(recording: string) {
  const all = connected();
  all.host.files["rec"] = recording;
  return { ...all, replay: (words: string) => all.host.start(`${all.on} replay rec ${words}`) };
}

test("events are sent on the mapped channels with the recorded spacing", async () => {
  const { host, handle, hearer, sender, replay } = shell(event(0, "5:12") + event(40, "5:12") + event(100, "5:12"));
  const ended = replay(`--map 5:12=${sender}`);
  for (const wait of [40, 60]) {
    await host.clock.asleep();
    assertEquals([handle.read(), handle.write(hearer)], [[hearer], 4]);
    host.clock.advance(wait - 1);
    assertEquals(handle.poll(), WRITABLE);
    host.clock.advance(1);
  }
  assertEquals([await ended, handle.read()], [0, [hearer]]);
  assertEquals([host.stdout.text, host.stderr.text, host.listening], ["", "", 0]);
});

test("with --json the result is a record", async () => {
  const { host, on } = shell(event(0, "28") + event(0, "28", { initial: true }) + event(0, "28"));
  assertEquals(
    await host.ok(`${on} --json replay rec`),
    '{"op":"replay","events":2,"skipped":1,"overflows":0,"others":0}\n',
  );
});

test("a recording may come from standard input, and an empty one ends at once", async () => {
  const { host, on } = shell("");
  host.files["-"] = "";
  assertEquals(
    await host.ok(`${on} --json replay -`),
    '{"op":"replay","events":0,"skipped":0,"overflows":0,"others":0}\n',
  );
});

test("what `watch --json` prints is a recording", async () => {
  const { host, handle, sender, on } = shell("");
  handle.notify(sender);
  host.files["rec"] = await host.ok(`${on} watch --json -n 1`);
  assertEquals(await host.ok(`${on} replay rec --map 27=${sender}`), "");
});

test("what `run --json` prints with a `watch` in it is a recording: its other records are counted and left out", async () => {
  const { host, handle, sender, on } = shell("");
  handle.notify(sender);
  const script = "bind-virq tbuf; notify 99; watch 27 -n 1; print end";
  const { status, stdout } = await host.run([...on.split(" "), "--json", "run", "-k", "-e", script]);
  assertEquals(status, 1);
  host.files["rec"] = stdout;
  const { stdout: sent } = await host.run(`${on} --json replay rec --map 27=${sender}`);
  assertEquals(sent, '{"op":"replay","events":1,"skipped":0,"overflows":0,"others":3}\n');
});

test("a recording's events may have a domain and a line, or not", async () => {
  const mixed = event(0, "5:12", { domain: 1, line: 3 }) + event(0, "5:12") + event(0, "5:12", { domain: 0 }) +
    JSON.stringify({ event: "overflow", time: at(0), domain: 1, line: 3 }) + "\n";
  const { host, on, sender } = shell(mixed);
  assertEquals(
    await host.ok(`${on} --json replay rec --map 5:12=${sender}`),
    '{"op":"replay","events":3,"skipped":0,"overflows":1,"others":0}\n',
  );
});

test("what a script of two domains prints of its events is a recording", async () => {
  const { host, on, sender } = shell("");
  const events = "p = alloc-unbound 1; @1 q = bind-interdomain 0:$p; @1 notify $q; watch";
  const { stdout } = await host.run(["--simulator", "run", "--json", "-e", events]);
  host.files["rec"] = stdout.split("\n").filter((line) => line.startsWith('{"event"')).join("\n");
  assertEquals(host.files["rec"].includes('"domain":0,"line":1'), true);
  assertEquals(await host.ok(`${on} replay rec --map 1:any=${sender}`), "");
});

test("channels are bound and reported before the first event is sent", async () => {
  const host = new TestHost();
  host.files["rec"] = event(0, "5:12") + event(0, "5:13");
  assertEquals(await host.run("replay rec --map 5:12=1:any --map 5:13=2:any --no-wait"), {
    status: 0,
    stdout: "",
    stderr: "evtchn: replay: port 27 (1:any)\nevtchn: replay: port 28 (2:any)\n",
  });
  assertEquals(host.left(), []);
});

test("--delay gives peers time to bind", async () => {
  const host = new TestHost();
  host.files["rec"] = event(0, "5:12") + event(1, "5:12");
  const ended = host.start("replay rec --map 5:12=0:any --no-wait --delay 3s");
  await host.clock.asleep();
  const peer = host.exec();
  const port = peer.bindInterdomain(0, 27) as number;
  assertEquals([peer.read(), peer.write(port)], [[port], 4]);
  host.clock.advance(3000);
  assertEquals([await ended, peer.read()], [0, [port]]);
});

test("a channel that cannot be sent on is refused before anything is sent", async () => {
  const refusal = async (recording: string, words = "") => {
    const { host, handle, on } = shell(recording);
    const { status, stdout, stderr } = await host.run(`${on} replay rec ${words}`);
    assertEquals([stdout, handle.poll(), host.left().length], ["", WRITABLE, 2], words);
    return `${status} ${stderr.split("\n")[0].replace("evtchn: replay: ", "")}`;
  };
  const good = event(0, "28");
  assertEquals(
    await refusal(good + event(1, "virq:tbuf")),
    "2 rec:2: Cannot send on virq:tbuf: only Xen raises a VIRQ",
  );
  assertEquals(await refusal(good, "--map 5:12=28"), "2 Cannot map 5:12: the recording has no event of it to send");
  assertEquals(await refusal(good, "--map 28=virq:tbuf"), "2 Cannot send on virq:tbuf: only Xen raises a VIRQ");
  assertEquals(
    await refusal(good, "--map 28"),
    '2 Cannot use "28" as a mapping: expected FROM=TO, such as 5:12=1:any',
  );
  assertEquals(
    await refusal(good, "--no-wait --speed 2"),
    "2 Cannot use --no-wait with --speed or --max-gap: there is no spacing to change",
  );
  assertEquals(
    await refusal(good, "--speed 0"),
    '2 Cannot use "0" as a speed: expected a number above 0, such as 10 or 0.5',
  );
  assertEquals(await refusal(good + event(1, "9:9")), "1 Cannot bind port 9 of domain 9: ESRCH");
});

test("a port that a new handle cannot have is refused", async () => {
  const host = new TestHost();
  host.files["rec"] = event(0, "5:any") + event(1, "28");
  const { status, stderr } = await host.run("replay rec");
  assertEquals([status, stderr.split("\n")[0]], [1, "evtchn: replay: Cannot replay port 28: ENOTCONN"]);
  assertEquals(host.left(), []);
});

test("a line that is no record of an event is refused with its line number", () => {
  const good = event(0, "5:12");
  const message = (line: string) => {
    try {
      parseRecording(good + line, "rec");
    } catch (error) {
      return (error as Error).message.replace("rec:2: Cannot read the recording: ", "");
    }
  };
  const bad = (change: object) => message(JSON.stringify({ ...JSON.parse(good), ...change }));
  assertEquals(message("x"), 'expected a record of an event, not "x"');
  assertEquals(message("\n"), 'expected a record of an event, not ""');
  assertEquals(message("[1]"), 'expected a record of an event, not "[1]"');
  assertEquals(message(good.slice(0, 40)), `expected a record of an event, not "${good.slice(0, 40)}"`);
  assertEquals(message(`"${"x".repeat(100)}"`), `expected a record of an event, not ""${"x".repeat(79)}..."`);
  assertEquals(message('{"port":7}'), 'expected "event":"pending" or "event":"overflow"');
  assertEquals(message('{"event":"toString"}'), 'expected "event":"pending" or "event":"overflow"');
  assertEquals(message('{"event":"overflow"}'), 'its "time" is missing');
  assertEquals(bad({ extra: 1 }), 'an event has no "extra"');
  assertEquals(bad({ seq: undefined }), 'its "seq" is missing');
  assertEquals(bad({ port: -1 }), '-1 cannot be its "port"');
  assertEquals(bad({ port: "7" }), '"7" cannot be its "port"');
  assertEquals(bad({ seq: 1.5 }), '1.5 cannot be its "seq"');
  assertEquals(bad({ initial: false }), 'false cannot be its "initial"');
  assertEquals(bad({ time: "now" }), '"now" cannot be its "time"');
  assertEquals(bad({ time: "2026-13-02T00:00:00.000000Z" }), '"2026-13-02T00:00:00.000000Z" cannot be its "time"');
  assertEquals(bad({ channel: "$(reboot)" }), '"$(reboot)" cannot be its "channel"');
  assertEquals(bad({ channel: "0x5:12" }), '"0x5:12" cannot be its "channel"');
});

test("the spacing is kept, divided by --speed, limited by --max-gap, or ignored", () => {
  const recording = parseRecording(event(0, "1:2") + event(100, "1:3") + event(100, "1:2") + event(5100, "1:2"), "rec");
  const plan = (spacing: object) => planReplay(recording, new Map(), { wait: true, ...spacing });
  assertEquals([...plan({}).times], [0, 100, 100, 5100]);
  assertEquals([...plan({ speed: 10 }).times], [0, 10, 10, 510]);
  assertEquals([...plan({ speed: 0.5 }).times], [0, 200, 200, 10200]);
  assertEquals([...plan({ maxGap: 1000 }).times], [0, 100, 100, 1100]);
  assertEquals([...plan({ maxGap: 1000, speed: 10 }).times], [0, 10, 10, 110]);
  assertEquals([...plan({ wait: false, delay: 50 }).times], [50, 50, 50, 50]);
  assertEquals([...plan({}).targets], [0, 1, 0, 0]);
});

test("a recording across a clock set back has no gap there", () => {
  const recording = parseRecording(event(100, "1:2") + event(0, "1:2") + event(10, "1:2"), "rec");
  assertEquals([...planReplay(recording, new Map(), { wait: true }).times], [0, 0, 10]);
});

test("events that a bind caused are left out, but the first one's time is the start", () => {
  const text = event(0, "5:12", { initial: true }) + event(250, "5:12") + `{"event":"overflow","time":"${at(300)}"}\n`;
  const recording = parseRecording(text, "rec");
  assertEquals([recording.skipped, recording.overflows, recording.events.length], [1, 1, 1]);
  assertEquals([...planReplay(recording, new Map(), { wait: true }).times], [250]);
});

test("a recording that lacks events gives a warning", async () => {
  const { host, on } = shell(event(0, "28") + `{"event":"overflow","time":"${at(300)}"}\n`);
  const { status, stderr } = await host.run(`${on} replay rec`);
  assertEquals([status, stderr], [
    0,
    "evtchn: replay: the recording lacks events at 1 place: a ring overflowed there\n",
  ]);
});

test("--map names a channel once, however it is written", async () => {
  const { host } = shell(event(0, "5:12"));
  for (const twice of ["5:12=1:any --map 0x5:12=2:any", "virq:tbuf=1:any --map 5:12=1:any --map virq:4=web:any"]) {
    const { status, stderr } = await host.run(`replay rec --map ${twice}`);
    const channel = twice.startsWith("virq") ? "virq:tbuf" : "5:12";
    assertEquals([status, stderr.split("\n")[0]], [
      2,
      `evtchn: replay: Cannot map ${channel} twice: its events go to one channel`,
    ]);
  }
});

test("--map needs two channels", () => {
  assertEquals(parseMapping("0x5:12=1:any"), ["5:12", { kind: "unbound", domain: 1 }]);
  assertEquals(parseMapping("virq:TBUF=7"), ["virq:tbuf", { kind: "port", port: 7 }]);
});

test("progress is shown on a terminal", async () => {
  const { host, replay } = shell(event(0, "28") + event(250, "28"));
  host.stderr.terminal = true;
  const ended = replay("");
  for (const wait of [100, 100, 50]) {
    await host.clock.asleep();
    host.clock.advance(wait);
  }
  assertEquals(await ended, 0);
  assertStringIncludes(host.stderr.text, "\r0 of 2 events\x1b[K\r1 of 2 events\x1b[K");
  assertEquals(host.stderr.text.endsWith("\r\x1b[K"), true);
});

test("a signal ends a replay and closes its channels", async () => {
  const host = new TestHost();
  host.files["rec"] = event(0, "5:any") + event(60_000, "5:any");
  const ended = host.start("replay rec");
  await host.clock.asleep();
  host.signal("SIGINT");
  assertEquals([await ended, host.left(), host.clock.sleeping, host.listening], [130, [], 0, 0]);
});

test("signals are handled while many events are due at once", async () => {
  const abort = new AbortController();
  const clock = new TestClock();
  clock.sleep = () => {
    abort.abort(); // what comes in a turn
    return Promise.resolve(true);
  };
  const device = { notify: () => {} } as Partial<EventChannelDevice> as EventChannelDevice;
  const plan = {
    channels: [],
    ports: [7],
    bindings: [],
    targets: new Uint32Array(1000),
    times: new Float64Array(1000),
  };
  assertEquals(await play(device, plan, { clock, signal: abort.signal }), 255);
});

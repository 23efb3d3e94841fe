import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { SimulatedProcess } from "../../lib/sim/kernel.ts";
import { LINUX } from "../../ffi/abi.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { DeviceError } from "../../lib/errors.ts";
import type { EventChannelDevice } from "../../lib/handle/handle.ts";
import { answer, ping, type PingOptions } from "../../lib/ping/ping.ts";
import { HandleListener, type Listener } from "../../lib/ping/listener.ts";
import { RoundTrips } from "../../lib/ping/statistics.ts";
import { loopback } from "../../lib/ping/target.ts";
import { PLAIN } from "../../lib/render/human.ts";
import { summaryLines } from "../../lib/render/ping.ts";
import { DOMID_SELF, type Port } from "../../lib/types.ts";
import { createWorld, Device, settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { Bench } from "../support/fake_device.ts";
import { TestClock } from "../support/test_clock.ts";

const ONE: PingOptions = { count: 1, interval: 1000, timeout: 1000, warmup: 0, patient: false };

/** Opens a handle in a simulated process. */
const open = (process: SimulatedProcess) => LocalDevice.open(LINUX.devicePath, { syscalls: process, abi: LINUX });

/** Domain 0 pings domain 1, which the test controls. The log has the calls of the sink. */
function withPeer() {
  const clock = new TestClock();
  const world = createWorld({ clock });
  const peer = new Device(world.process(1));
  const offered = peer.allocUnbound(0);
  const device = open(world.process(0));
  const port = device.bindInterdomain(1, offered as number);
  const skipped: Port[] = [];
  const listener = new HandleListener(device, new Set([port]), clock, (ports) => skipped.push(...ports));
  const abort = new AbortController();
  const log: string[] = [];
  const run = (options: Partial<PingOptions> = {}) =>
    ping(
      { device, listener, hops: [{ send: port, hear: port }], clock, signal: abort.signal },
      { ...ONE, ...options },
      {
        answered: (seq, micros) => log.push(`${seq} ${micros}`),
        overdue: (seq) => log.push(`${seq} overdue`),
        late: (seq, micros) => log.push(`${seq} late ${micros}`),
      },
    );
  /** Answers the request, which must have come. */
  const reply = () => {
    assertEquals(peer.read(), [offered]);
    peer.write(offered);
    peer.notify(offered);
  };
  return { clock, peer, offered, device, port, skipped, abort, log, run, reply };
}

test("ping: the time from the request to its answer is reported and counted", async () => {
  const { clock, log, run, reply } = withPeer();
  const done = run({ count: 2 });
  await clock.asleep(); // in poll(2)
  clock.spend(0.25);
  reply();
  await settle();
  assertEquals(log, ["1 250"]);
  clock.advance(1000); // the interval
  await settle();
  clock.spend(0.5);
  reply();
  const { sent, answered, late, lost, unasked, times } = await done;
  assertEquals({ sent, answered, late, lost, unasked }, { sent: 2, answered: 2, late: 0, lost: 0, unasked: 0 });
  assertEquals([log, times.mean], [["1 250", "2 500"], 375]);
});

test("ping: the event that binding causes is no answer", async () => {
  const { clock, run } = withPeer();
  const done = run();
  await clock.asleep();
  clock.advance(1000);
  await settle();
  clock.advance(1000);
  const { answered, lost, unasked } = await done;
  assertEquals([answered, lost, unasked], [0, 1, 0]);
});

test("ping: a request without answer is overdue after the timeout, and lost after another one", async () => {
  const { clock, log, run, reply, peer, offered } = withPeer();
  const done = run({ count: 2 });
  await clock.asleep();
  clock.advance(1000);
  await settle();
  assertEquals(log, ["1 overdue"]);
  assertEquals(peer.read(), [offered]);
  peer.write(offered);
  assertEquals(peer.read(), "EAGAIN"); // the second request is not sent yet
  clock.advance(1000);
  await settle();
  reply();
  const { sent, answered, lost } = await done;
  assertEquals([sent, answered, lost, log.at(-1)], [2, 1, 1, "2 0"]);
});

test("ping: a late answer is reported as late and is not the answer of the next request", async () => {
  const { clock, log, run, reply } = withPeer();
  const done = run({ count: 2 });
  await clock.asleep();
  clock.advance(1000);
  await settle();
  clock.advance(200);
  reply();
  await settle();
  assertEquals(log, ["1 overdue", "1 late 1200000"]);
  clock.spend(0.25);
  reply();
  const { sent, answered, late, lost, times } = await done;
  assertEquals([sent, answered, late, lost, times.count], [2, 1, 1, 0, 1]);
  assertEquals(log.at(-1), "2 250");
});

test("ping: an unasked event is counted and is no answer", async () => {
  const { clock, peer, offered, log, run, reply } = withPeer();
  const done = run({ count: 2 });
  await clock.asleep();
  reply();
  await settle();
  peer.notify(offered); // between two requests
  clock.advance(1000);
  await settle();
  assertEquals(log, ["1 0"]);
  reply();
  const { answered, unasked } = await done;
  assertEquals([answered, unasked], [2, 1]);
});

test("ping: warm-up rounds are not counted, and an unanswered one is not repeated", async () => {
  const { clock, log, run, reply } = withPeer();
  const done = run({ count: 1, warmup: 2 });
  for (let i = 0; i < 3; i++) {
    await clock.asleep();
    reply();
    await settle();
  }
  assertEquals([(await done).sent, log], [1, ["1 0"]]);
  const dead = withPeer();
  const lost = dead.run({ warmup: 2 });
  for (let i = 0; i < 4; i++) {
    await dead.clock.asleep();
    dead.clock.advance(1000);
    await settle();
  }
  assertEquals([(await lost).lost, dead.log], [1, ["1 overdue"]]);
});

test("ping: a patient warm-up is repeated until it is answered", async () => {
  const { clock, log, run, reply, peer, offered } = withPeer();
  const done = run({ warmup: 1, patient: true });
  for (let attempt = 0; attempt < 6; attempt++) {
    await clock.asleep();
    assertEquals(peer.read(), [offered]); // and does not answer
    peer.write(offered);
    for (const _wait of ["time-out", "late answer", "interval"]) {
      clock.advance(1000);
      await settle();
    }
  }
  assertEquals(log, []);
  reply();
  await settle();
  reply();
  assertEquals([(await done).answered, log], [1, ["1 0"]]);
});

test("ping: a signal ends it at once, and the interrupted request is not counted", async () => {
  const { clock, abort, run } = withPeer();
  const done = run({ count: 5 });
  await clock.asleep();
  abort.abort();
  const { sent, lost } = await done;
  assertEquals([sent, lost, clock.sleeping], [0, 0, 0]);
});

test("ping: other ports of the handle are reported and stay masked", async () => {
  const { clock, device, run, reply, skipped } = withPeer();
  const other = device.allocUnbound(DOMID_SELF);
  const sender = device.bindInterdomain(DOMID_SELF, other);
  const done = run();
  await clock.asleep();
  device.notify(sender);
  await settle();
  reply();
  await done;
  assertEquals(skipped, [sender, other]);
  device.notify(sender);
  assertEquals(device.read(), "EAGAIN");
});

test("ping: answer() answers each event except the first one of the bind, up to the count", async () => {
  const { clock, device, port, peer, offered } = withPeer();
  const listener = new HandleListener(device, new Set([port]), clock, () => {});
  const signal = new AbortController().signal;
  const done = answer(device, listener, port, 2, clock, signal);
  await clock.asleep();
  assertEquals(peer.read(), "EAGAIN");
  for (let i = 0; i < 2; i++) {
    peer.notify(offered);
    await settle();
    assertEquals(peer.read(), [offered]);
    peer.write(offered);
  }
  assertEquals(await done, 2);
});

test("ping: ping() and answer() do thousands of round trips", async () => {
  const clock = new TestClock();
  const world = createWorld({ clock });
  const guest = open(world.process(1));
  const offered = guest.allocUnbound(0);
  const device = open(world.process(0));
  const port = device.bindInterdomain(1, offered);
  const listener = (device: LocalDevice, port: Port) => new HandleListener(device, new Set([port]), clock, () => {});
  const { signal } = new AbortController();
  const answered = answer(guest, listener(guest, offered), offered, 5000, clock, signal);
  const result = await ping(
    { device, listener: listener(device, port), hops: [{ send: port, hear: port }], clock, signal },
    { ...ONE, count: 5000, interval: 0 },
    { answered: () => {}, overdue: () => {}, late: () => {} },
  );
  assertEquals([await answered, result.answered, result.unasked], [5000, 5000, 0]);
});

/** A listener that always returns these ports. */
const hearing = (...ports: Port[]): Listener => ({
  tries: 1,
  now: () => ports,
  wait: (_end, signal) => Promise.resolve(!signal.aborted),
  rearm: () => Promise.resolve(),
  close: () => {},
});

/** A handle that accepts every notify. */
const taking = { notify: () => {} } as unknown as EventChannelDevice;

test("ping: answer() gives turns to the event loop during endless events", async () => {
  const clock = new TestClock();
  let turns = 0;
  clock.sleep = () => Promise.resolve(++turns > 0);
  assertEquals(await answer(taking, hearing(7), 7, 1000, clock, new AbortController().signal), 1000);
  assertEquals(turns, 3); // one in 256 steps
});

test("ping: answer() ends when the wait of its listener ends", async () => {
  const listener: Listener = { ...hearing(), now: () => undefined, wait: () => Promise.resolve(false) };
  assertEquals(await answer(taking, listener, 7, 1, new TestClock(), new AbortController().signal), 0);
});

test("ping: endless events of other ports do not block the signal", async () => {
  const clock = new TestClock();
  const abort = new AbortController();
  clock.sleep = () => {
    abort.abort(); // a signal arrives during a turn
    return Promise.resolve(true);
  };
  let reads = 0;
  const listener: Listener = { ...hearing(), now: () => ++reads % 2 === 0 ? [9] : undefined };
  const { sent, answered } = await ping(
    { device: taking, listener, hops: [{ send: 7, hear: 7 }], clock, signal: abort.signal },
    { ...ONE, timeout: Infinity },
    { answered: () => {}, overdue: () => {}, late: () => {} },
  );
  assertEquals([sent, answered], [0, 0]);
});

test("ping: the second answer in one read is unasked", async () => {
  const heard = [undefined, [7, 7, 9]];
  const listener: Listener = { ...hearing(), now: () => heard.shift() };
  const { answered, unasked } = await ping(
    {
      device: taking,
      listener,
      hops: [{ send: 7, hear: 7 }],
      clock: new TestClock(),
      signal: new AbortController().signal,
    },
    ONE,
    { answered: () => {}, overdue: () => {}, late: () => {} },
  );
  assertEquals([answered, unasked], [1, 2]);
});

test("ping: a read without wanted ports is no event; a failed read is thrown", async () => {
  const bench = new Bench("EAGAIN", "EINTR", [], [9], [8, 7], "EIO");
  const listener = new HandleListener(bench.device, new Set([7]), bench.clock, (ports) => bench.skipped(ports));
  const now = () => listener.now() as ArrayLike<Port> | undefined;
  assertEquals([now(), now(), now(), now()], [undefined, undefined, undefined, undefined]);
  assertEquals([Array.from(now()!), bench.log.filter((line) => line.startsWith("skipped"))], [[7], [
    "skipped 9",
    "skipped 8",
  ]]);
  assertEquals(assertThrows(now, DeviceError).errno, "EIO");
  const read = () => Promise.resolve(Uint32Array.of(7));
  const remote = Object.assign(Object.create(bench.device) as EventChannelDevice, { read });
  assertEquals(await new HandleListener(remote, new Set([7]), bench.clock, () => {}).now(), Uint32Array.of(7));
});

test("ping: a loopback whose second end cannot be bound leaves no port", async () => {
  const { device } = withPeer();
  const before = [...device.bindings.keys()];
  const refusal = new DeviceError("bind-interdomain", "ENOSPC", "self", "Cannot bind it");
  const half = Object.assign(Object.create(device) as EventChannelDevice, {
    allocUnbound: (domain: number) => device.allocUnbound(domain),
    unbind: (port: Port) => device.unbind(port),
    bindInterdomain: () => {
      throw refusal;
    },
  });
  assertEquals(await assertRejects(() => loopback(half)), refusal);
  assertEquals([...device.bindings.keys()], before);
});

test("ping: the summary has the number of unasked events", () => {
  const result = { sent: 1, answered: 0, late: 0, lost: 1, unasked: 2, times: new RoundTrips() };
  assertEquals(summaryLines("1:9", result, undefined, PLAIN), [
    "--- ping 1:9 ---",
    "1 sent, 0 answered, 1 lost (100.0 %), 2 not asked for",
  ]);
});

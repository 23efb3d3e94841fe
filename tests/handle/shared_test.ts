import { assertEquals, assertRejects } from "@std/assert";
import { LINUX } from "../../ffi/abi.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { DeviceError } from "../../lib/errors.ts";
import type { Subscription } from "../../lib/handle/shared.ts";
import { SharedDevice } from "../../lib/handle/shared_device.ts";
import { QUEUE_LIMIT, Watcher } from "../../lib/handle/watcher.ts";
import { createWorld, Device, outcome, settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { Bench } from "../support/fake_device.ts";
import { TestClock } from "../support/test_clock.ts";

const NEVER = new Promise<never>(() => {});

/** A shared handle of domain 1 with quiet ports, and what fires the first, the second and so on. */
function shared(ports = 2) {
  const clock = new TestClock();
  const world = createWorld({ clock });
  const process = world.process(1);
  const handle = new SharedDevice(LocalDevice.open(LINUX.devicePath, { syscalls: process, abi: LINUX }), clock);
  const heard = Array.from({ length: ports }, () => handle.allocUnbound(1) as number);
  const sender = new Device(process);
  const ends = heard.map((port) => sender.bindInterdomain(1, port));
  return { clock, world, handle, heard, process, fire: (i: number) => void sender.notify(ends[i]) };
}

/** What a subscription has by now, as `port#seq`. */
async function taken(subscription: Subscription): Promise<string[]> {
  const all: string[] = [];
  for (;;) {
    await settle();
    const delivery = await subscription.next(Promise.resolve());
    if (delivery === undefined) return all;
    if (delivery.kind === "overflow") all.push("overflow");
    else all.push(...delivery.events.map(({ port, seq, stale }) => `${port}#${seq}${stale ? " stale" : ""}`));
  }
}

test("every watcher gets every event that it wants, numbered for itself, and the port fires again", async () => {
  const { handle, heard: [a, b], fire } = shared();
  const all = await handle.subscribe({});
  const one = await handle.subscribe({ ports: new Set([b]) });
  fire(0);
  fire(1);
  assertEquals(await taken(all), [`${a}#1`, `${b}#2`]);
  assertEquals(await taken(one), [`${b}#1`]);
  fire(1);
  assertEquals([await taken(all), await taken(one)], [[`${b}#3`], [`${b}#2`]]);
  assertEquals(handle.status().map(({ events, masked }) => [events, masked]), [[1, false], [2, false]]);
  await handle.close();
});

test("the ring is read only while somebody watches", async () => {
  const { handle, heard: [a], fire } = shared();
  fire(0);
  await settle();
  assertEquals(await handle.read(), new Uint32Array([a]));
  await handle.unmask([a]);
  const watch = await handle.subscribe({});
  await watch.close();
  fire(0);
  await settle();
  assertEquals(await handle.read(), new Uint32Array([a]));
  assertEquals(handle.status()[0], { port: a, channel: "1:any", kind: "unbound", masked: true, events: 2 });
  await handle.close();
});

test("the ring is not read on for a watcher that has all it wanted", async () => {
  const { handle, heard: [a], fire } = shared();
  const watch = await handle.subscribe({ limit: 1 });
  fire(0);
  assertEquals(await taken(watch), [`${a}#1`]);
  fire(0);
  await settle();
  assertEquals(await handle.read(), new Uint32Array([a]));
  await watch.close();
  await handle.close();
});

test("an event that nobody wants is kept, its port masked, for who does", async () => {
  const { handle, heard: [a, b], fire } = shared();
  const watch = await handle.subscribe({ ports: new Set([b]), limit: 1 });
  fire(0);
  fire(1);
  assertEquals(await taken(watch), [`${b}#1`]);
  assertEquals(handle.status().map(({ masked }) => masked), [true, false]);
  fire(0); // one more while it is masked: Xen keeps it
  const late = await handle.subscribe({ ports: new Set([a]) });
  assertEquals(await taken(late), [`${a}#1`, `${a}#2`]);
  assertEquals(handle.status().map(({ masked }) => masked), [false, false]);
  await handle.close();
});

test("a kept event of a port that was closed is a stale one, bound anew or not", async () => {
  const { handle, heard: [a, b], fire } = shared();
  const watch = await handle.subscribe({ ports: new Set([b]) });
  fire(0);
  await settle();
  await watch.close();
  await handle.unbind(a);
  assertEquals(handle.allocUnbound(1), a);
  assertEquals(await taken(await handle.subscribe({})), [`${a}#1 stale`]);
  await handle.close();
});

test("a reset drops what was kept, as the driver drops the ring", async () => {
  const { handle, heard: [, b], fire } = shared();
  const watch = await handle.subscribe({ ports: new Set([b]) });
  fire(0);
  await settle();
  await handle.reset();
  assertEquals([await taken(watch), await taken(await handle.subscribe({}))], [[], []]);
  await handle.close();
});

test("a port stays masked if none of those who got its event would have it fire again", async () => {
  const { handle, heard: [a], fire } = shared(1);
  const quiet = await handle.subscribe({ unmask: false });
  fire(0);
  assertEquals([await taken(quiet), handle.status()[0].masked], [[`${a}#1`], true]);
  await handle.unmask([a]);
  const other = await handle.subscribe({});
  fire(0);
  assertEquals([await taken(quiet), await taken(other), handle.status()[0].masked], [[`${a}#2`], [`${a}#1`], false]);
  await handle.close();
});

test("a wait ends with what wakes it, with the end of the watch, and with an event", async () => {
  const { handle, heard: [a], fire } = shared(1);
  const watch = await handle.subscribe({});
  const wake = Promise.withResolvers<void>();
  const waiting = watch.next(wake.promise);
  assertEquals(await outcome(waiting), "waiting");
  wake.resolve();
  assertEquals(await waiting, undefined);
  const event = watch.next(NEVER);
  fire(0);
  assertEquals((await event)?.kind, "events");
  const last = watch.next(NEVER);
  fire(0);
  await settle();
  await watch.close();
  assertEquals([(await last)?.kind, await watch.next(NEVER)], ["events", undefined]);
  assertEquals(handle.status()[0].port, a);
  await handle.close();
});

test("closing the handle ends every watch and every port", async () => {
  const { handle, world, heard } = shared();
  const waits = [await handle.subscribe({}), await handle.subscribe({})].map((watch) => watch.next(NEVER));
  await handle.close();
  assertEquals(await Promise.all(waits), [undefined, undefined]);
  assertEquals(heard.map((port) => world.hypervisor.domain(1)!.channel(port)!.state), ["free", "free"]);
});

test("a handle that fails says so to all who watch it", async () => {
  const { handle, process } = shared();
  const watches = [await handle.subscribe({}), await handle.subscribe({})];
  process.exit();
  for (const watch of watches) await assertRejects(async () => void await watch.next(NEVER), DeviceError);
  await handle.close();
});

test("a subscription that cannot begin leaves nobody behind", async () => {
  const bench = new Bench();
  const handle = new SharedDevice(bench.device, bench.clock);
  const [a, b] = [4, 5];
  bench.bind([a, "1:any"], [b, "1:any"]);
  const watch = await handle.subscribe({ ports: new Set([b]) });
  bench.device.fire([a]);
  await settle();
  await watch.close();
  bench.device.refuse.unmask = "EIO";
  await assertRejects(async () => void await handle.subscribe({}), DeviceError);
  bench.device.fire([b]);
  await settle();
  assertEquals(bench.device.ring.length, 1, "nobody reads");
});

test("a watcher who does not take its events is told of the ones that found no room", async () => {
  const watcher = new Watcher({}, () => undefined);
  const event = {
    port: 1,
    channel: { kind: "port", port: 1 },
    name: "1",
    seq: 0,
    initial: false,
    stale: false,
  } as const;
  for (let i = 0; i < QUEUE_LIMIT + 10; i++) assertEquals(watcher.offer(i < QUEUE_LIMIT ? 1 : 2, event), true);
  const first = await watcher.next(NEVER);
  assertEquals(first?.kind === "events" && first.events.length, QUEUE_LIMIT);
  assertEquals(await watcher.next(NEVER), { kind: "overflow", time: 2 });
  watcher.offer(3, event);
  const next = await watcher.next(NEVER);
  assertEquals(next?.kind === "events" && next.events[0].seq, QUEUE_LIMIT + 1);
});

test("what binding is said to have caused is the handle's, and so is what a program inherits", async () => {
  const { handle, process } = shared();
  assertEquals([...handle.firstEvents], []);
  const port = handle.bindInterdomain(1, handle.allocUnbound(1) as number) as number;
  assertEquals([...handle.firstEvents], [port]);
  const inherited = handle.inheritable();
  assertEquals(process.blocks(inherited.fd), false);
  inherited.close();
  assertEquals(process.blocks(inherited.fd), "EBADF");
  await handle.close();
});

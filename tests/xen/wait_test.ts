/**
 * Waiting on the real driver: polls that an event or an abort ends, and descriptors whose reads would wait.
 */
import { assertEquals } from "@std/assert";
import { Poll } from "../../ffi/syscalls.ts";
import { systemClock } from "../../lib/clock.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { type PendingEvent, watch } from "../../lib/handle/watch.ts";
import { KERNEL, quietLoopbacks, type Rig, sys, test, until } from "./device.ts";

const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 0));

test("wait: an event ends a poll that waits, and timers run meanwhile", async (rig) => {
  const device = rig.open();
  const [{ hearer, sender }] = await quietLoopbacks(device, 1);
  const ready = device.poll(Poll.IN | Poll.RDNORM, -1);
  for (let turn = 0; turn < 20; turn++) await nextTurn();
  device.notify(sender);
  assertEquals(await ready, Poll.IN | Poll.RDNORM);
  assertEquals([...device.read() as Uint32Array], [hearer]);
});

test("wait: an abort ends a poll that waits, and the next poll is not woken by it", async (rig) => {
  const device = rig.open();
  const [{ hearer, sender }] = await quietLoopbacks(device, 1);
  const abort = new AbortController();
  const ready = device.poll(Poll.IN, -1, abort.signal);
  await nextTurn();
  abort.abort();
  assertEquals(await ready, "EINTR");
  assertEquals(await device.poll(Poll.IN, 5), 0);
  device.notify(sender);
  assertEquals(await device.poll(Poll.IN, -1), Poll.IN);
  assertEquals([...device.read() as Uint32Array], [hearer]);
});

test("wait: polls of several handles end each by its own event", async (rig) => {
  const handles = Array.from({ length: 6 }, () => rig.open());
  const loopbacks = [];
  for (const device of handles) loopbacks.push((await quietLoopbacks(device, 1))[0]);
  const ready = handles.map((device) => device.poll(Poll.IN, -1));
  for (const i of [3, 0, 5, 1, 4, 2]) {
    handles[i].notify(loopbacks[i].sender);
    assertEquals(await ready[i], Poll.IN);
    assertEquals([...handles[i].read() as Uint32Array], [loopbacks[i].hearer]);
  }
});

test("wait: reading an empty handle that the shell opened to wait answers at once", async (rig) => {
  const fd = rig.shellDescriptor();
  assertEquals(sys.blocks(fd), true);
  const device = LocalDevice.adopt(fd, KERNEL);
  const [{ hearer, sender }] = await quietLoopbacks(device, 1);
  assertEquals(device.read(), "EAGAIN");
  const ready = device.poll(Poll.IN, -1);
  await nextTurn();
  device.notify(sender);
  assertEquals(await ready, Poll.IN);
  assertEquals([...device.read() as Uint32Array], [hearer]);
  assertEquals(device.read(), "EAGAIN");
});

/** Watches a handle until `limit` events have come; what came so far is in `seen`. */
function watching(device: LocalDevice, limit: number, signal = new AbortController().signal) {
  const seen: PendingEvent[] = [];
  const sink = { pending: (_: number, events: readonly PendingEvent[]) => void seen.push(...events), ...SILENT };
  return { seen, end: watch(device, { bindings: [], limit, unmask: true }, sink, systemClock(), signal) };
}

const SILENT = { overflow: () => {}, skipped: () => {} };

/** Notifies, and waits until the watch has told it, over and over. */
async function pingPong(rig: Rig, device: LocalDevice, rounds: number): Promise<void> {
  const [{ hearer, sender }] = await quietLoopbacks(device, 1);
  const { seen, end } = watching(device, rounds);
  for (let round = 1; round <= rounds; round++) {
    device.notify(sender);
    await until(() => seen.length === round);
    await rig.settle();
    assertEquals([seen[round - 1].port, seen[round - 1].seq, seen.length], [hearer, round, round]);
  }
  assertEquals(await end, "limit");
}

test("wait: a watch tells every event, each once, on a handle of its own", (rig) => pingPong(rig, rig.open(), 50));

test("wait: a watch tells every event, each once, on a handle that the shell opened to wait", (rig) =>
  pingPong(rig, LocalDevice.adopt(rig.shellDescriptor(), KERNEL), 50));

test("wait: an abort ends a watch that waits, and its handle goes on", async (rig) => {
  const device = rig.open();
  const [{ hearer, sender }] = await quietLoopbacks(device, 1);
  const abort = new AbortController();
  const { end } = watching(device, Infinity, abort.signal);
  await nextTurn();
  abort.abort();
  assertEquals(await end, "aborted");
  device.notify(sender);
  await device.poll(Poll.IN, -1);
  assertEquals([...device.read() as Uint32Array], [hearer]);
});

test("wait: a watch that meets an overflow tells it and goes on with every port", async (rig) => {
  const device = rig.open();
  const loopbacks = await quietLoopbacks(device, 32);
  for (let burst = 0; burst < 4; burst++) { // unmasked and not read, the ring of 64 is full after two
    for (const { sender } of loopbacks) device.notify(sender);
    await rig.settle();
    device.unmask(loopbacks.map(({ hearer }) => hearer));
  }
  await rig.settle();
  const told: string[] = [];
  const missing = new Set(loopbacks.map(({ hearer }) => hearer));
  const abort = new AbortController();
  const sink = {
    ...SILENT,
    overflow: () => void told.push("overflow"),
    pending: (_: number, events: readonly PendingEvent[]) => events.forEach(({ port }) => missing.delete(port)),
  };
  const end = watch(device, { bindings: [], unmask: true }, sink, systemClock(), abort.signal);
  await until(() => told.length > 0);
  for (const { sender } of loopbacks) device.notify(sender);
  await until(() => missing.size === 0); // every port fired after the overflow
  abort.abort();
  assertEquals(await end, "aborted");
  assertEquals(told, ["overflow"]);
});

/**
 * The ring of a handle on the real driver: how it grows, overflows and comes back.
 */
import { assertEquals } from "@std/assert";
import { PORT_BYTES } from "../../ffi/abi.ts";
import { Poll } from "../../ffi/syscalls.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import type { Port } from "../../lib/types.ts";
import {
  ascending,
  bindLoopbacks,
  bothEnds,
  KERNEL,
  type Loopback,
  quietLoopbacks,
  receive,
  type Rig,
  test,
} from "./device.ts";

/** What a ring begins with (drivers/xen/evtchn.c:321). */
const FIRST_RING = 64;

const ALL_EVENTS = Poll.IN | Poll.OUT | Poll.RDNORM | Poll.WRNORM;

/** Notifies every port, so that each one's peer fires, and waits until all of it is in the ring. */
async function fireAll(rig: Rig, device: LocalDevice, ports: readonly Port[]): Promise<void> {
  for (const port of ports) device.notify(port);
  await rig.settle();
}

for (const ports of [64, 128, 256, 512]) {
  test(`ring: with ${ports} ports bound, a burst of ${ports} events comes back complete`, async (rig) => {
    const device = rig.open();
    const all = bothEnds(await quietLoopbacks(device, ports / 2));
    for (let round = 0; round < 3; round++) {
      await fireAll(rig, device, all);
      const read = device.read(); // one read takes them all
      assertEquals(ascending([...read as Uint32Array]), ascending(all));
      assertEquals(device.read(), "EAGAIN");
      assertEquals(device.unmask(all), ports * PORT_BYTES);
    }
  });
}

test("ring: what is in it when it grows stays in it, before what comes later", async (rig) => {
  const device = rig.open();
  const first = await quietLoopbacks(device, FIRST_RING / 2);
  await fireAll(rig, device, first.map(({ sender }) => sender));
  const taken = [...device.read(20 * PORT_BYTES) as Uint32Array];
  const later: Loopback[] = bindLoopbacks(device, 200); // it grows three times
  await rig.settle();
  const rest = await receive(device, first.length - taken.length + later.length);
  const old = first.length - taken.length;
  assertEquals(ascending([...taken, ...rest.slice(0, old)]), ascending(first.map(({ hearer }) => hearer)));
  assertEquals(ascending(rest.slice(old)), ascending(later.map(({ sender }) => sender)));
});

test("ring: over a thousand ports are read and unmasked across pages, none left out", async (rig) => {
  const device = rig.open();
  const all = bothEnds(await quietLoopbacks(device, 600));
  for (let round = 0; round < 2; round++) {
    await fireAll(rig, device, all);
    const pages = [1024, all.length - 1024].map((count) => {
      const read = [...device.read() as Uint32Array];
      assertEquals(read.length, count);
      return read;
    });
    assertEquals(ascending(pages.flat()), ascending(all));
    assertEquals(device.unmask(all), all.length * PORT_BYTES);
  }
  await rig.settle();
  assertEquals(device.read(), "EAGAIN");
});

/** Fills a first ring, then lets its ports fire again unread. */
async function overflow(rig: Rig, device: LocalDevice): Promise<Port[]> {
  const all = bothEnds(await quietLoopbacks(device, FIRST_RING / 2));
  await fireAll(rig, device, all);
  assertEquals(await device.poll(ALL_EVENTS, 0), ALL_EVENTS);
  device.unmask(all);
  await fireAll(rig, device, all);
  return all;
}

/** Every port of a handle fires once and is read: none of them is silent. */
async function allAnswer(rig: Rig, device: LocalDevice, all: readonly Port[]): Promise<void> {
  const pending = device.read(); // what Xen kept while the ports were masked
  if (pending !== "EAGAIN") device.unmask(pending as Uint32Array);
  await fireAll(rig, device, all);
  assertEquals(ascending(await receive(device, all.length)), ascending(all));
  assertEquals(device.read(), "EAGAIN");
}

test("ring: an overflow is POLLERR alone and EFBIG, until a reset", async (rig) => {
  const device = rig.open();
  await overflow(rig, device);
  assertEquals(await device.poll(ALL_EVENTS, 0), Poll.ERR);
  assertEquals(await device.poll(0, -1), Poll.ERR);
  assertEquals([device.read(), device.read(8)], ["EFBIG", "EFBIG"]);
  assertEquals([...device.read(3) as Uint32Array], []);
  device.reset();
  assertEquals(device.read(), "EAGAIN");
  assertEquals(await device.poll(ALL_EVENTS, 0), Poll.OUT | Poll.WRNORM);
});

test("ring: after an overflow a reset alone leaves ports silent, and unmaskAll brings every one back", async (rig) => {
  const device = rig.open();
  const all = await overflow(rig, device);
  device.reset();
  await fireAll(rig, device, all);
  assertEquals(device.read(), "EAGAIN");
  device.unmaskAll();
  await rig.settle();
  await allAnswer(rig, device, all);
});

test("ring: unmaskAll reaches ports that somebody else bound on a shared handle", async (rig) => {
  const fd = rig.shellDescriptor();
  const all = await overflow(rig, LocalDevice.adopt(fd, KERNEL));
  const other = LocalDevice.adopt(fd, KERNEL);
  assertEquals(other.read(), "EFBIG");
  other.reset();
  other.unmaskAll();
  await rig.settle();
  await allAnswer(rig, other, all);
});

test("ring: a burst without an overflow survives one reader after another on a shared handle", async (rig) => {
  const fd = rig.shellDescriptor();
  const readers = [LocalDevice.adopt(fd, KERNEL), LocalDevice.adopt(fd, KERNEL)];
  const all = bothEnds(await quietLoopbacks(readers[0], 40));
  await fireAll(rig, readers[0], all);
  const read: Port[] = [];
  for (let turn = 0; read.length < all.length; turn++) {
    read.push(...readers[turn % 2].read(7 * PORT_BYTES) as Uint32Array);
  }
  assertEquals(ascending(read), ascending(all));
});

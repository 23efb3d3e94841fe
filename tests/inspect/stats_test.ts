/** Devices, counters and interrupts joined: whose they are, and what came between two looks. */
import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError } from "../../lib/errors.ts";
import { type HostStats, isSilent, isUncounted, lookAtStats, onlyProcessor } from "../../lib/inspect/stats.ts";
import { gainsBetween, interruptsGained, isStorm } from "../../lib/inspect/stats_rates.ts";
import { FakeView } from "../support/fake_view.ts";
import { test } from "../support/test.ts";
import { TestClock } from "../support/test_clock.ts";

const BACKENDS = "/sys/bus/xen-backend/devices";
const FRONTENDS = "/sys/bus/xen/devices";

type Counts = readonly [channels: number, events: number, spurious: number, delayed: number];

type InterruptLine = readonly [name: string, ...counts: number[]];

/** A kernel with devices; an undefined count: it is older than Linux 5.12. */
class Kernel extends FakeView {
  readonly clock = new TestClock();

  device(path: string, counts: Counts | undefined, state = "Connected"): this {
    this.texts.set(`${path}/state`, `${state}\n`).set(`${path}/nodename`, "x\n");
    this.drivers.add(path);
    const names = ["event_channels", "events", "spurious_events", "jiffies_eoi_delayed"];
    if (counts !== undefined) names.forEach((name, i) => this.texts.set(`${path}/xenbus/${name}`, `${counts[i]}\n`));
    return this;
  }

  readonly drivers = new Set<string>();

  override files() {
    const files = super.files();
    const link = (path: string) =>
      this.drivers.has(path.replace(/\/driver$/, "")) ? { text: "../../bus/xen-backend/drivers/x" } : "ENOENT" as const;
    return { ...files, link };
  }

  interrupts(...lines: readonly InterruptLine[]): this {
    const processors = (lines[0]?.length ?? 2) - 1;
    const heading = Array.from({ length: processors }, (_, i) => `CPU${i}`).join("       ");
    const text = lines.map(([name, ...counts], i) =>
      ` ${40 + i}: ${
        counts.map((count) => String(count).padStart(10)).join(" ")
      }  xen-dyn-lateeoi    -event     ${name}`
    );
    this.texts.set("/proc/interrupts", [`           ${heading}`, ...text].join("\n") + "\n");
    return this;
  }

  look = (...domains: number[]) => lookAtStats(this, domains, this.clock);
}

const names = (stats: HostStats) => stats.devices.map(({ end, device, other }) => `${end} ${device} ${other}`);

test("a row for each device that a driver of this kernel serves, by domain, kind and number", async () => {
  const kernel = new Kernel()
    .device(`${BACKENDS}/vif-10-2`, [2, 5, 0, 0])
    .device(`${BACKENDS}/vif-2-10`, [2, 5, 0, 0])
    .device(`${BACKENDS}/vif-2-9`, [2, 5, 0, 0])
    .device(`${BACKENDS}/vbd-2-51712`, [1, 5, 0, 0])
    .device(`${FRONTENDS}/vbd-51728`, [0, 0, 0, 0])
    .put("device/vbd/51728", { "backend-id": "7" });
  kernel.texts.set(`${BACKENDS}/console-2-0/state`, "Initialising\n"); // xenconsoled's
  assertEquals(names(await kernel.look()), [
    "frontend vbd/51728 7",
    "backend vbd/51712 2",
    "backend vif/9 2",
    "backend vif/10 2",
    "backend vif/2 10",
  ]);
  assertEquals(names(await kernel.look(7, 10)), ["frontend vbd/51728 7", "backend vif/2 10"]);
  assertEquals(names(await kernel.look(3)), []);
});

test("counters that the kernel prints as negative are those above 2^31", async () => {
  const kernel = new Kernel().device(`${BACKENDS}/vif-1-0`, [4, -1, -2147483648, 2147483647]);
  const [{ counters }] = (await kernel.look()).devices;
  assertEquals(counters, { channels: 4, events: 4294967295, spurious: 2147483648, delayedJiffies: 2147483647 });
  kernel.texts.set(`${BACKENDS}/vif-1-0/xenbus/events`, "many\n");
  assertEquals((await kernel.look()).devices[0].counters, "EPROTO");
});

test("names come from xenstore, and are left out where it does not answer", async () => {
  const kernel = new Kernel().device(`${BACKENDS}/vif-1-0`, [1, 1, 0, 0]).device(`${FRONTENDS}/vif-0`, [0, 0, 0, 0]);
  kernel.put("/local/domain/1", { name: "web" }).put("device/vif/0", { "backend-id": "1" });
  const others = async () => (await kernel.look()).devices.map(({ other, otherName }) => [other, otherName]);
  assertEquals(await others(), [[1, "web"], [1, "web"]]);
  kernel.refuse.store = new DeviceError("xenstore", "ENOENT", "xenbus", "Cannot reach xenstore");
  assertEquals(await others(), [[undefined, undefined], [1, undefined]]);
});

test("an interrupt belongs to the device whose name it has, and to no other", async () => {
  const kernel = new Kernel()
    .device(`${BACKENDS}/vif-1-0`, [4, 1, 0, 0])
    .device(`${BACKENDS}/vif-1-1`, [1, 1, 0, 0])
    .device(`${BACKENDS}/vbd-1-51712`, [1, 1, 0, 0])
    .device(`${FRONTENDS}/vif-0`, [0, 0, 0, 0])
    .interrupts(
      ["vif1.0-q0-tx", 5, 0],
      ["vif1.0-q0-rx", 0, 6],
      ["vif1.0-q1", 7, 0],
      ["vif1.1-q0-tx", 1, 0],
      ["uplink-q0-tx", 2, 0],
      ["vif1.00-q0-tx", 3, 0],
      ["evtchn:vif1.0-q0-tx", 4, 0],
      ["blkif-backend", 8, 1],
      ["vif0-q0-tx", 9, 0],
      ["eth0-q0-tx", 3, 3],
      ["xenbus", 1, 1],
    );
  kernel.texts.set(`${BACKENDS}/vif-1-1/net/uplink/ifindex`, "7\n").set(`${FRONTENDS}/vif-0/net/eth0/ifindex`, "8\n");
  const { devices, shared } = await kernel.look();
  const found = devices.map((
    { end, device, queues },
  ) => [`${end} ${device}`, ...queues.map(({ name, queue, counts }) => `${name} (${queue}) ${counts}`)]);
  assertEquals(found, [
    ["frontend vif/0", "vif0-q0-tx (q0 tx) 9,0", "eth0-q0-tx (q0 tx) 3,3"],
    ["backend vbd/51712", "blkif-backend () 8,1"],
    ["backend vif/0", "vif1.0-q0-tx (q0 tx) 5,0", "vif1.0-q0-rx (q0 rx) 0,6", "vif1.0-q1 (q1) 7,0"],
    ["backend vif/1", "vif1.1-q0-tx (q0 tx) 1,0", "uplink-q0-tx (q0 tx) 2,0"],
  ]);
  assertEquals(shared, []);
});

test("of interrupts that several disks have in common nothing is claimed", async () => {
  const kernel = new Kernel()
    .device(`${BACKENDS}/vbd-1-51712`, [1, 1, 0, 0])
    .device(`${BACKENDS}/vbd-2-51712`, [1, 1, 0, 0])
    .interrupts(["blkif-backend", 8, 1], ["blkif-backend", 2, 0]);
  const { devices, shared } = await kernel.look();
  assertEquals(devices.map(({ queues }) => queues), [[], []]);
  assertEquals(shared.map(({ name, devices, interrupts }) => [name, devices.length, interrupts.length]), [
    ["blkif-backend", 2, 2],
  ]);
  assertEquals((await kernel.look(7)).shared, []);
});

test("a kernel without Xen devices, without counters, without interrupts", async () => {
  const kernel = new Kernel();
  const error = await assertRejects(() => kernel.look(), DeviceError);
  assertEquals([error.message, error.op], ["Cannot list the Xen devices of this kernel: ENOENT", "stats"]);
  kernel.device(`${BACKENDS}/vif-1-0`, undefined);
  const old = await kernel.look();
  assertEquals([old.devices[0].counters, old.interrupts, onlyProcessor(old)], ["ENOENT", undefined, undefined]);
});

test("a device that goes while it is looked at is left out", async () => {
  const kernel = new Kernel().device(`${BACKENDS}/vif-1-0`, [1, 1, 0, 0]);
  kernel.drivers.clear();
  for (const path of [...kernel.texts.keys()]) if (path.includes("/xenbus/")) kernel.texts.delete(path);
  assertEquals((await kernel.look()).devices, []);
});

/** What a device gained between two looks that are so many seconds apart. */
async function gained(before: Counts | undefined, after: Counts, seconds: number) {
  const [kernel, path] = [new Kernel().device(`${BACKENDS}/vif-9-0`, [1, 1, 0, 0]), `${BACKENDS}/vif-1-0`];
  if (before !== undefined) kernel.device(path, before);
  const first = await kernel.look();
  kernel.clock.advance(seconds * 1000);
  kernel.device(path, after);
  const { events, spurious, delayedJiffies, anew, seconds: took } = gainsBetween(first, await kernel.look()).get(path)!;
  return [events, spurious, delayedJiffies, anew, took];
}

test("counters that come round go on: their rates are right", async () => {
  assertEquals(await gained([1, 10, 2, 3], [1, 110, 4, 3], 2), [100, 2, 0, false, 2]);
  assertEquals(await gained([1, -6, -1, -2], [1, 94, 1, 250], 1), [100, 2, 252, false, 1]);
  assertEquals(await gained([1, 2147483640, 0, 0], [1, -2147483648, 0, 0], 1), [8, 0, 0, false, 1]);
});

test("a counter that is smaller and cannot have come round belongs to a new device", async () => {
  assertEquals(await gained([1, 1000, 2, 3], [1, 7, 1, 0], 1), [7, 1, 0, true, 1]);
  assertEquals(await gained([1, 7, 2, 3], [1, 9, 1, 3], 1), [9, 1, 3, true, 1]);
  assertEquals(await gained([1, 7, 2, 3], [1, 9, 2, 0], 0.01), [9, 2, 0, true, 0.01]);
  assertEquals(await gained(undefined, [1, 9, 1, 0], 1), [9, 1, 0, true, 1]);
});

test("an interrupt's counts come round, begin anew with another device, and go with their processors", () => {
  const of = (...counts: number[]) => ({ irq: 77, name: "vif1.0-q0-tx", counts });
  const top = 2 ** 32 - 1;
  assertEquals([
    interruptsGained(of(5, 7), of(6, 9), 1),
    interruptsGained(undefined, of(6, 9), 1),
    interruptsGained(of(top, 7), of(4, 9), 1),
    interruptsGained(of(9_000, 7), of(6, 9), 1),
    interruptsGained(of(9_000, 7), of(9_001), 1),
  ], [3, 15, 7, 15, undefined]);
});

test("a storm is a delay that rises", () => {
  const gain = { seconds: 1, events: 9, spurious: 9, anew: false };
  assertEquals([isStorm({ ...gain, delayedJiffies: 1 }), isStorm({ ...gain, delayedJiffies: 0 })], [true, false]);
});

test("silent is connected without a single event; of frontends nothing is counted", async () => {
  const kernel = new Kernel()
    .device(`${BACKENDS}/vif-1-0`, [2, 0, 0, 0])
    .device(`${BACKENDS}/vif-2-0`, [2, 1, 1, 0])
    .device(`${BACKENDS}/vif-3-0`, [0, 0, 0, 0])
    .device(`${BACKENDS}/vif-4-0`, [2, 0, 0, 0], "InitWait")
    .device(`${BACKENDS}/vif-5-0`, undefined)
    .device(`${FRONTENDS}/vif-0`, [0, 0, 0, 0]);
  const { devices } = await kernel.look();
  assertEquals(devices.filter(isSilent).map(({ path }) => path), [`${BACKENDS}/vif-1-0`]);
  assertEquals(devices.filter(isUncounted).map(({ path }) => path), [`${FRONTENDS}/vif-0`]);
});

test("one processor for all channels is told only where others idle and there are several channels", async () => {
  const only = async (...lines: readonly InterruptLine[]) => {
    return onlyProcessor(await new Kernel().device(`${BACKENDS}/vif-1-0`, [1, 1, 0, 0]).interrupts(...lines).look());
  };
  assertEquals(await only(["xenbus", 0, 9], ["blkif-backend", 0, 3]), 1);
  assertEquals(await only(["xenbus", 0, 9], ["blkif-backend", 1, 3]), undefined);
  assertEquals(await only(["xenbus", 0, 9], ["blkif-backend", 0, 0]), undefined);
  assertEquals(await only(["xenbus", 9], ["blkif-backend", 3]), undefined);
});

test("in an interval only its own interrupts count", async () => {
  const kernel = new Kernel().device(`${BACKENDS}/vif-1-0`, [1, 1, 0, 0]);
  const before = await kernel.interrupts(["xenbus", 5, 9], ["blkif-backend", 0, 3]).look();
  const now = await kernel.interrupts(["xenbus", 6, 9], ["blkif-backend", 4, 3]).look();
  assertEquals([onlyProcessor(now, before), onlyProcessor(now)], [0, undefined]);
});

test("the length of a jiffy is asked for only where there are any", async () => {
  const kernel = new Kernel().device(`${BACKENDS}/vif-1-0`, [1, 1, 0, 0]);
  kernel.texts.set("/proc/schedstat", `version 15\ntimestamp ${2 ** 32 + 700 * 1000}\n`).set(
    "/proc/uptime",
    "1000.00 1\n",
  );
  assertEquals((await kernel.look()).hz, undefined);
  kernel.device(`${BACKENDS}/vif-1-0`, [1, 1, 1, 4]);
  assertEquals((await kernel.look()).hz, 1000);
});

/** What a simulated kernel shows of its interrupts, its devices and its time. */
import { assertEquals, assertMatch } from "@std/assert";
import { LINUX } from "../../ffi/abi.ts";
import { systemClock } from "../../lib/clock.ts";
import { parseInterrupts } from "../../lib/inspect/interrupts.ts";
import { kernelHz } from "../../lib/inspect/kernel_hz.ts";
import { delayedJiffies } from "../../lib/sim/linux/storm.ts";
import type { DeviceRequest, MadeDevice } from "../../lib/sim/toolstack/devices.ts";
import type { World } from "../../lib/sim/world.ts";
import type { SyscallFiles } from "../../lib/view/syscall_files.ts";
import { KernelView } from "../../lib/view/kernel_view.ts";
import { createWorld, Device } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { TestClock } from "../support/test_clock.ts";

/** The files of a domain's kernel. */
const filesOf = (world: World, domain = 0): SyscallFiles =>
  new KernelView({ abi: LINUX, syscalls: world.process(domain) }, systemClock()).files();

function text(files: SyscallFiles, path: string): string {
  const file = files.read(path);
  return typeof file === "string" ? file : file.text.trimEnd();
}

const make = async (world: World, request: Partial<DeviceRequest> = {}) =>
  await world.createDevice({ kind: "vif", domain: 1, backend: 0, ...request }) as MadeDevice;

const BACKENDS = "/sys/bus/xen-backend/devices";

test("the buses have the devices of xenstore, by the names and the links of a real kernel", async () => {
  const world = createWorld();
  await make(world);
  await make(world, { kind: "vbd", domain: 2 });
  const [dom0, guest] = [filesOf(world), filesOf(world, 1)];
  const consoles = [1, 2, 3, 4, 5, 6, 7].map((domain) => `console-${domain}-0`);
  const names = await dom0.list(BACKENDS) as string[];
  assertEquals(names.toSorted(), [...consoles, "vbd-2-51712", "vif-1-0"]);
  assertEquals(await guest.list("/sys/bus/xen/devices"), ["vif-0"]);
  assertEquals(await dom0.list("/sys/bus/xen/devices"), []);
  assertEquals(dom0.link(`${BACKENDS}/vif-1-0`), { text: "../../../devices/vif-1-0" });
  assertEquals(dom0.link(`${BACKENDS}/vif-1-0/driver`), { text: "../../bus/xen-backend/drivers/vif" });
  assertEquals(["nodename", "devtype", "modalias", "state"].map((name) => text(dom0, `${BACKENDS}/vif-1-0/${name}`)), [
    "backend/vif/1/0",
    "vif",
    "xen-backend:vif",
    "Connected",
  ]);
  assertEquals(text(guest, "/sys/bus/xen/devices/vif-0/nodename"), "device/vif/0");
  assertEquals(dom0.link(`${BACKENDS}/console-1-0/driver`), "ENOENT");
  for (const none of ["vif-1-1", "vif-9-0", "vif", "suspend-0"]) {
    assertEquals(dom0.list(`${BACKENDS}/${none}`), "ENOENT", none);
  }
});

test("a device is gone from the bus with its folder in xenstore, or with its domain", async () => {
  const world = createWorld();
  await make(world);
  await make(world, { domain: 2 });
  const files = filesOf(world);
  const vifs = () => (files.list(BACKENDS) as string[]).filter((name) => name.startsWith("vif"));
  assertEquals(vifs().length, 2);
  world.removeStore(0, "/local/domain/0/backend/vif/1/0");
  assertEquals([vifs(), files.list(`${BACKENDS}/vif-1-0`)], [["vif-2-0"], "ENOENT"]);
  world.destroyDomain(2);
  assertEquals(vifs(), []);
});

test("counters count what reached the backend: each bind's event, and what the guest sends", async () => {
  const world = createWorld();
  const { ports: [port] } = await make(world, { kind: "vbd" });
  const files = filesOf(world);
  const counters = () =>
    ["event_channels", "events", "spurious_events", "jiffies_eoi_delayed", "spurious_threshold"]
      .map((name) => text(files, `${BACKENDS}/vbd-1-51712/xenbus/${name}`));
  assertEquals(counters(), ["1", "1", "1", "0", "1"]);
  const guest = world.hypervisor.domain(1)!;
  for (let i = 0; i < 3; i++) world.hypervisor.send(guest, port);
  assertEquals(counters(), ["1", "4", "4", "7", "1"]);
  assertEquals(text(filesOf(world, 1), "/sys/bus/xen/devices/vbd-51712/xenbus/events"), "0");
});

test("events without work are made to wait ever longer, at most a second each", () => {
  assertEquals([0, 1, 2, 3, 4, 10, 11, 12].map(delayedJiffies), [0, 0, 1, 3, 7, 505, 755, 1005]);
  assertEquals(delayedJiffies(1_000_011), 755 + 1_000_000 * 250);
});

test("a storm rises with the world's clock, and comes round at 32 bits as a negative number", async () => {
  const clock = new TestClock();
  const world = createWorld({ clock });
  await make(world, { fault: "storm" });
  const files = filesOf(world);
  const counter = (name: string) => Number(text(files, `${BACKENDS}/vif-1-0/xenbus/${name}`));
  assertEquals([counter("events"), counter("jiffies_eoi_delayed")], [2, 0]);
  clock.advance(10_000);
  assertEquals([counter("events"), counter("spurious_events"), counter("jiffies_eoi_delayed")], [502, 502, 2400]);
  clock.advance(100 * 86_400_000);
  assertEquals(counter("jiffies_eoi_delayed"), (2400 + 100 * 86_400 * 240) | 0);
});

test("of a silent device no event is ever counted", async () => {
  const world = createWorld();
  await make(world, { fault: "silent" });
  const files = filesOf(world);
  const state = text(files, `${BACKENDS}/vif-1-0/state`);
  const counter = (name: string) => text(files, `${BACKENDS}/vif-1-0/xenbus/${name}`);
  assertEquals([state, counter("event_channels"), counter("events")], ["Connected", "2", "0"]);
});

test("interrupts have the names of the drivers, and the counts of their channels", async () => {
  const world = createWorld();
  await make(world, { queues: 2 });
  await make(world, { kind: "vbd" });
  const handle = new Device(world.process(0));
  handle.bindVirq(4);
  const names = (domain: number) =>
    parseInterrupts(text(filesOf(world, domain), "/proc/interrupts") + "\n").channels
      .map(({ name, counts }) => `${name} ${counts}`).filter((line) => !line.startsWith("evtchn:xen"));
  assertEquals(names(0), [
    "mce 0",
    "xen-pcpu 0",
    "hvc_console 0",
    "vif1.0-q0-tx 1",
    "vif1.0-q0-rx 1",
    "vif1.0-q1-tx 1",
    "vif1.0-q1-rx 1",
    "blkif-backend 1",
    "evtchn:evtchn 0",
  ]);
  assertEquals(names(1), [
    "xenbus 0",
    "hvc_console 0",
    "vif0-q0-tx 0",
    "vif0-q0-rx 0",
    "vif0-q1-tx 0",
    "vif0-q1-rx 0",
    "blkif 0",
  ]);
  handle.close();
  assertEquals(names(0).includes("evtchn:evtchn 0"), false);
});

test("the daemons of domain 0 hold a port for each guest", () => {
  const { channels } = parseInterrupts(text(filesOf(createWorld()), "/proc/interrupts"));
  const held = (name: string) => channels.filter((each) => each.name === name).length;
  assertEquals([held("evtchn:xenstored"), held("evtchn:xenconsoled")], [7, 7]);
});

test("a kernel tells how long its jiffies are", async () => {
  const files = filesOf(createWorld({ clock: new TestClock() }));
  assertMatch(text(files, "/proc/schedstat"), /^timestamp \d+$/m);
  assertEquals(await kernelHz(files), 250);
});

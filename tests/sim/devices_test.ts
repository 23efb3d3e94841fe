import { assert, assertEquals } from "@std/assert";
import type { Errno } from "../../ffi/syscalls.ts";
import { DEVICE_KIND_NAMES, type DeviceKindName, type Fault, FAULTS } from "../../lib/sim/toolstack/names.ts";
import type { DeviceRequest, MadeDevice } from "../../lib/sim/toolstack/devices.ts";
import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos/personality.ts";
import type { World } from "../../lib/sim/world.ts";
import { decodeText } from "../../lib/xenstore/wire.ts";
import { test } from "../support/test.ts";
import { createWorld } from "../support/simulated.ts";

function value(world: World, path: string): string | Errno {
  const value = world.store!.read(0, path);
  return typeof value === "string" ? value : decodeText(value);
}

function names(world: World, path: string): readonly string[] {
  const folder = world.store!.directory(0, path);
  return typeof folder === "string" ? [] : folder.names;
}

async function made(world: World, request: Partial<DeviceRequest>): Promise<MadeDevice> {
  const device = await world.createDevice({ kind: "vif", domain: 1, backend: 0, ...request });
  if (typeof device === "string") throw new Error(device);
  return device;
}

/** The keys below a frontend that hold its ports, and the ports. */
function portKeys(world: World, folder: string): [key: string, port: number][] {
  const below = (path: string, key: string): [string, number][] =>
    /(^|\/)(port|(\w+-)?event-channel(-\w+)?)$/.test(key)
      ? [[key, Number(value(world, path))]]
      : names(world, path).flatMap((name) => below(`${path}/${name}`, key === "" ? name : `${key}/${name}`));
  return below(folder, "");
}

const KEYS: Readonly<Record<DeviceKindName, readonly string[]>> = {
  vif: ["event-channel-tx", "event-channel-rx"],
  vbd: ["event-channel"],
  console: ["port"],
  "9pfs": ["event-channel-0", "event-channel-1"],
  pvcalls: ["port"],
  vkbd: ["event-channel"],
  vfb: ["event-channel"],
  vusb: ["event-channel"],
  vscsi: ["event-channel"],
  vtpm: ["event-channel"],
  pci: ["event-channel"],
  vdispl: ["0/req-event-channel", "0/evt-event-channel"],
  vsnd: ["0/0/event-channel", "0/0/evt-event-channel"],
};

for (const kind of DEVICE_KIND_NAMES) {
  test(`${kind}: each port in the frontend's folder is connected to its backend, and both ends are connected`, async () => {
    const world = createWorld();
    const { device, ports } = await made(world, { kind, backend: 2 });
    const frontend = `/local/domain/1/device/${device}`;
    assertEquals(portKeys(world, frontend), KEYS[kind].map((key, i) => [key, ports[i]]));
    for (const port of ports) {
      const status = world.hypervisor.status(world.hypervisor.domain(0)!, 1, port);
      assert(typeof status !== "string" && status.status === "interdomain" && status.remoteDomain === 2);
    }
    const backend = `/local/domain/2/backend/${kind}/1/${device.split("/")[1]}`;
    assertEquals([value(world, `${frontend}/backend`), value(world, `${frontend}/backend-id`)], [backend, "2"]);
    assertEquals([value(world, `${backend}/frontend`), value(world, `${backend}/frontend-id`)], [frontend, "1"]);
    assertEquals([value(world, `${frontend}/state`), value(world, `${backend}/state`)], ["4", "4"]);
  });
}

test("several queues have a folder each, except the rings of 9pfs", async () => {
  const world = createWorld();
  const keys = async (kind: DeviceKindName) => {
    const { device } = await made(world, { kind, queues: 2 });
    return portKeys(world, `/local/domain/1/device/${device}`).map(([key]) => key);
  };
  assertEquals(
    await keys("vif"),
    ["tx", "rx"].map((way) => `queue-0/event-channel-${way}`).concat([
      "queue-1/event-channel-tx",
      "queue-1/event-channel-rx",
    ]),
  );
  assertEquals(await keys("vbd"), ["queue-0/event-channel", "queue-1/event-channel"]);
  assertEquals(await keys("9pfs"), ["event-channel-0", "event-channel-1"]);
  assertEquals(value(world, "/local/domain/1/device/vif/0/multi-queue-num-queues"), "2");
});

/** The state of a device's first port in Xen, and the xenbus states of both ends. */
const WRONG: Readonly<Record<Fault, readonly [status: string, frontend: string, backend: string]>> = {
  waiting: ["unbound for 0", "4", "2"],
  unwritten: ["none", "1", "2"],
  closed: ["closed", "4", "4"],
  unbound: ["unbound for 0", "4", "4"],
  elsewhere: ["interdomain with 2", "4", "4"],
  gone: ["unbound for 99", "4", "ENOENT"],
  shared: ["interdomain with 0", "4", "4"],
  "stuck-backend": ["interdomain with 0", "4", "4"],
  "stuck-guest": ["interdomain with 0", "4", "4"],
  "no-driver": ["none", "1", "1"],
  hotplug: ["unbound for 0", "4", "2"],
  half: ["interdomain with 0", "4", "2"],
  closing: ["interdomain with 0", "4", "5"],
  storm: ["interdomain with 0", "4", "4"],
  silent: ["interdomain with 0", "4", "4"],
};

for (const fault of FAULTS) {
  test(`a device that is ${fault}: ${WRONG[fault].join(", ")}`, async () => {
    const world = createWorld();
    const before = await made(world, { kind: "vbd" });
    const { device, ports: [port] } = await made(world, { fault });
    const frontend = `/local/domain/1/device/${device}`;
    const status = port === undefined ? undefined : world.hypervisor.status(world.hypervisor.domain(0)!, 1, port);
    const shown = status === undefined || typeof status === "string"
      ? "none"
      : status.status === "unbound"
      ? `unbound for ${status.remoteDomain}`
      : status.status === "interdomain"
      ? `interdomain with ${status.remoteDomain}`
      : status.status;
    const backend = value(world, `${frontend}/backend`);
    assertEquals([shown, value(world, `${frontend}/state`), value(world, `${backend}/state`)], [...WRONG[fault]]);
    assertEquals(port === before.ports[0], fault === "shared");
    assertEquals(portKeys(world, frontend).length, fault === "unwritten" || fault === "no-driver" ? 0 : 2);
  });
}

test("two closed devices claim two different ports, and the next device gets neither", async () => {
  const world = createWorld();
  const [a, b, c] = [
    await made(world, { fault: "closed" }),
    await made(world, { fault: "closed" }),
    await made(world, {}),
  ];
  assertEquals(new Set([a, b, c].flatMap(({ ports }) => ports)).size, 6);
});

test("the next device takes the next number, a disk the one after its partitions", async () => {
  const world = createWorld();
  const device = async (request: Partial<DeviceRequest>) => (await made(world, request)).device;
  assertEquals([await device({}), await device({}), await device({ index: 7 })], ["vif/0", "vif/1", "vif/7"]);
  assertEquals([await device({ kind: "vbd" }), await device({ kind: "vbd" })], ["vbd/51712", "vbd/51728"]);
});

test("a device that cannot be made: ESRCH, EEXIST, EINVAL, ENOSPC", async () => {
  const world = createWorld();
  const refused = (request: Partial<DeviceRequest>) =>
    world.createDevice({ kind: "vif", domain: 1, backend: 0, ...request });
  await refused({ index: 0 });
  assertEquals(
    [
      await refused({ domain: 77 }),
      await refused({ backend: 77 }),
      await refused({ index: 0 }),
      await refused({ kind: "console", index: 0 }),
      await refused({ queues: 0 }),
      await refused({ kind: "vtpm", queues: 2 }),
    ],
    ["ESRCH", "ESRCH", "EEXIST", "EEXIST", "EINVAL", "EINVAL"],
  );
  fill(world, 2);
  for (const fault of [undefined, "unbound", "closed", "elsewhere"] as const) {
    assertEquals(await refused({ domain: 2, fault }), "ENOSPC", fault);
  }
  assertEquals(await refused({ backend: 2 }), "ENOSPC");
});

/** Takes all ports of a domain. */
function fill(world: World, domain: number): void {
  while (typeof world.hypervisor.allocUnbound(world.hypervisor.domain(domain)!, 1) === "number");
}

test("a channel that goes elsewhere needs a port there: ENOSPC", async () => {
  const world = createWorld();
  fill(world, 2); // the first that is neither end
  assertEquals(await world.createDevice({ kind: "vif", domain: 1, backend: 0, fault: "elsewhere" }), "ENOSPC");
});

test("without a third domain a channel that goes elsewhere is an IPI", async () => {
  const world = createWorld();
  for (const domid of world.hypervisor.domids) if (domid > 1) world.destroyDomain(domid);
  const { ports: [port] } = await made(world, { fault: "elsewhere" });
  const status = world.hypervisor.status(world.hypervisor.domain(0)!, 1, port);
  assertEquals(typeof status === "string" ? status : status.status, "ipi");
});

test("a guest without a console shares xenstore's port", async () => {
  const world = createWorld();
  assertEquals(world.removeStore(1, "console"), 0);
  const { ports: [port] } = await made(world, { fault: "shared" });
  assertEquals(String(port), value(world, "/local/domain/1/store/port"));
});

test("a backend that is gone is in a domain that does not exist", async () => {
  const world = createWorld();
  world.createDomain(99);
  assertEquals((await made(world, { fault: "gone" })).backend, 100);
});

test("without a xenstore it cannot be changed, and devices cannot be made: ENOTSUP", async () => {
  const world = createWorld({ personality: ILLUMOS_PERSONALITY });
  assertEquals([world.writeStore(1, "data", ""), world.removeStore(1, "data")], ["ENOTSUP", "ENOTSUP"]);
  assertEquals(await world.createDevice({ kind: "vif", domain: 1, backend: 0 }), "ENOTSUP");
});

test("a guest that is destroyed leaves nothing in xenstore, and its backends no port", async () => {
  const world = createWorld();
  const open = () => world.hypervisor.domain(0)!.channel(27)!.state;
  const free = open();
  await made(world, {});
  await made(world, { kind: "vbd", backend: 2 });
  assertEquals([free, open()], ["free", "interdomain"]);
  const { ports: [other] } = await made(world, { domain: 3 });
  world.destroyDomain(1);
  const kept = world.hypervisor.status(world.hypervisor.domain(0)!, 3, other);
  assertEquals(typeof kept === "string" ? kept : kept.status, "interdomain");
  assertEquals([open(), world.hypervisor.domain(2)!.channel(9)!.state], ["free", "free"]);
  assertEquals([value(world, "/local/domain/1"), names(world, "/local/domain/2/backend")], ["ENOENT", []]);
  assertEquals(names(world, "/local/domain/0/backend/console"), ["2", "3", "4", "5", "6", "7"]);
  world.createDomain(1);
  assertEquals([value(world, "/local/domain/1/name"), names(world, "/local/domain/1/device")], ["guest1", ["suspend"]]);
});

test("a destroyed driver domain leaves frontends whose ports are reserved for it", async () => {
  const world = createWorld();
  const { ports: [port] } = await made(world, { backend: 2 });
  world.destroyDomain(2);
  const status = world.hypervisor.status(world.hypervisor.domain(0)!, 1, port);
  assertEquals(status, { status: "unbound", vcpu: 0, remoteDomain: 2 });
  assertEquals(value(world, "/local/domain/1/device/vif/0/state"), "4");
  world.createDomain(2);
  world.destroyDomain(1); // must not close ports of the new domain 2
  assertEquals(world.hypervisor.domain(2)!.channel(1)!.state, "interdomain");
});

test("the ports that a guest starts with are in its folder", () => {
  const world = createWorld();
  for (const [key, daemon] of [["store/port", 1], ["console/port", 2]] as const) {
    const port = Number(value(world, `/local/domain/4/${key}`));
    const status = world.hypervisor.status(world.hypervisor.domain(0)!, 4, port);
    assert(typeof status !== "string" && status.status === "interdomain" && status.remoteDomain === 0);
    assertEquals(port, daemon);
  }
  assertEquals([value(world, "/local/domain/4/domid"), value(world, "/local/domain/0/name")], ["4", "Domain-0"]);
});

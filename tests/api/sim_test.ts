import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError, simulate, UsageError, VirtualClock } from "../../lib/api/sim.ts";
import { test } from "../support/test.ts";

test("a VIRQ fires the port that has it, and is lost where nobody has", async () => {
  await using host = await simulate();
  const handle = await host.openHandle();
  const port = await handle.bindVirq("dom_exc");
  assertEquals([await host.raise("dom_exc"), await host.raise("con_ring")], [port, undefined]);
  assertEquals((await handle.next(port))?.kind, "pending");
  const refused = await assertRejects(() => host.raise(24), DeviceError);
  assertEquals([refused.op, refused.errno, refused.hint], ["raise", "EINVAL", "Xen knows VIRQs 0 to 23"]);
});

test("a domain is made with its name, and what is open in it ends with it", async () => {
  await using host = await simulate();
  await host.createDomain(9, "web");
  const store = await host.openStore();
  assertEquals(await store.read("/local/domain/9/name"), "web");
  const guest = await host.openHandle(9);
  const offered = await guest.allocUnbound(0);
  const waiting = guest.next(offered);
  const changes = (await host.openStore(9)).watch("data");
  await changes.next();
  await host.destroyDomain(9);
  assertEquals([await waiting, (await changes.next()).done], [undefined, true]);
  await assertRejects(() => guest.notify(offered), DeviceError);
  await assertRejects(() => host.openHandle(9), UsageError, "Cannot act as domain 9");
  assertEquals((await assertRejects(() => host.createDomain(5), DeviceError)).errno, "EEXIST");
  assertEquals((await assertRejects(() => host.destroyDomain(0), DeviceError)).errno, "EINVAL");
});

test("a device is made with its faults, and xenstore is written as a toolstack does", async () => {
  await using host = await simulate();
  const { device, ports } = await host.createDevice({ kind: "vif", domain: 5, queues: 2 });
  assertEquals([device, ports.length], ["vif/0", 4]);
  const store = await host.openStore(5);
  assertEquals(await store.read("device/vif/0/queue-1/event-channel-rx"), String(ports[3]));
  await host.writeStore("device/vif/0/state", "6", 5);
  await host.removeStore("/local/domain/5/device/vif/0/queue-0");
  assertEquals([await store.read("device/vif/0/state"), await store.directory("device/vif/0/queue-0")], [
    "6",
    undefined,
  ]);
  const taken = await assertRejects(() => host.createDevice({ kind: "vif", domain: 5, index: 0 }), DeviceError);
  assertEquals([taken.op, taken.errno, taken.subject], ["device", "EEXIST", "vif/0"]);
  const bad = await assertRejects(() => host.writeStore("a//b", ""), DeviceError);
  assertEquals([bad.op, bad.errno], ["store-write", "EINVAL"]);
  assertEquals((await assertRejects(() => host.removeStore("/no/such/node"), DeviceError)).errno, "ENOENT");
});

test("a watch of xenstore gives the path, then what changes, until its signal or its end", async () => {
  await using host = await simulate();
  const store = await host.openStore(5);
  const end = new AbortController();
  const changes = store.watch("data", { signal: end.signal });
  assertEquals((await changes.next()).value, "data");
  await host.writeStore("data/x", "1", 5);
  assertEquals((await changes.next()).value, "data/x");
  end.abort();
  assertEquals((await changes.next()).done, true);
  const refused = await assertRejects(() => store.read("/a b"), DeviceError);
  assertEquals([refused.op, refused.errno, refused.subject], ["xenstore", "EINVAL", "/a b"]);
});

test("on a clock of its own, times pass at once, and a timeout is as exact as the clock", async () => {
  await using host = await simulate("sim:linux", { clock: new VirtualClock() });
  const handle = await host.openHandle();
  const port = await handle.bindVirq("tbuf");
  assertEquals(await handle.next(port, { timeout: 86_400_000 }), undefined);
  assertEquals(host.clock.monotonic(), 86_400_000);
  void host.clock.sleep(500).then(() => host.raise("tbuf"));
  const event = await handle.next(port, { timeout: 1000 });
  assertEquals([event?.time, host.clock.monotonic()], [host.clock.now(), 86_400_500]);
});

test("a port that Xen made at boot is bound by its number", async () => {
  await using host = await simulate("sim:linux?static=1:9-2:11");
  const [one, two] = [await host.openHandle(1), await host.openHandle(2)];
  assertEquals([await one.bindStatic(9), await two.bindStatic(11)], [9, 11]);
  await one.notify(9);
  assertEquals((await two.next(11, { timeout: 1000 }))?.kind, "pending");
  const refused = await assertRejects(() => one.bindStatic(9), DeviceError);
  assertEquals(refused.op, "bind-static");
});

test("illumos has its own driver, and no xenstore", async () => {
  await using host = await simulate("sim:illumos");
  const handle = await host.openHandle();
  const refused = await assertRejects(() => handle.reset(), DeviceError);
  assertEquals([refused.op, refused.errno], ["reset", "ENOSYS"]);
  const without = await assertRejects(() => host.createDevice({ kind: "vif", domain: 5 }), DeviceError);
  assertEquals([without.errno, without.hint], ["ENOTSUP", "only sim:linux has a xenstore"]);
  await assertRejects(() => simulate("linux"), UsageError, 'Cannot simulate "linux"');
  await assertRejects(() => simulate("sim:linux?ports=7"), UsageError);
});

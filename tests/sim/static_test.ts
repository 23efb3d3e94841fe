import { assertEquals } from "@std/assert";
import { LINUX } from "../../ffi/abi.ts";
import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos/personality.ts";
import type { WorldOptions } from "../../lib/sim/world.ts";
import { createWorld, device } from "../support/simulated.ts";
import { test } from "../support/test.ts";

/** A host on which Xen made a channel between port 9 of domain 1 and port 11 of domain 2. */
function hostWithStatic(options: WorldOptions = {}) {
  const world = createWorld(options);
  assertEquals(world.hypervisor.connectAtBoot([{ domain: 1, port: 9 }, { domain: 2, port: 11 }]), undefined);
  return world;
}

test("a channel made at boot carries events both ways once both ends are bound, and the binds cause none", () => {
  const world = hostWithStatic();
  const [one, two] = [device(1, world), device(2, world)];
  assertEquals([one.bindStatic(9), two.bindStatic(11)], [0, 0]);
  assertEquals([one.read(), two.read()], ["EAGAIN", "EAGAIN"]);
  assertEquals([one.notify(9), two.read(), two.notify(11), one.read()], [0, [11], 0, [9]]);
});

test("an event that came before the bind is delivered with it", () => {
  const world = hostWithStatic();
  const [one, two] = [device(1, world), device(2, world)];
  one.bindStatic(9);
  one.notify(9);
  two.bindStatic(11);
  assertEquals(two.read(), [11]);
});

test("an unbind, a close and the end of a process leave the channel in Xen, which can be bound again", () => {
  const world = hostWithStatic();
  const { hypervisor } = world;
  const status = () => hypervisor.status(hypervisor.domain(0)!, 1, 9);
  const connected = { status: "interdomain" as const, vcpu: 0, remoteDomain: 2, remotePort: 11 };
  const one = device(1, world);
  one.bindStatic(9);
  assertEquals([one.unbind(9), one.unbind(9), status()], [0, "ENOTCONN", connected]);
  one.bindStatic(9);
  one.close();
  assertEquals(status(), connected);
  const other = device(1, world);
  assertEquals([other.bindStatic(9), other.allocUnbound(2)], [0, 10]);
  other.process.exit();
  assertEquals([status(), hypervisor.status(hypervisor.domain(0)!, 1, 10)], [connected, { status: "closed", vcpu: 0 }]);
  assertEquals(device(1, world).bindStatic(9), 0);
});

test("with its domain the channel ends, and the peer's port becomes an unbound one", () => {
  const world = hostWithStatic();
  device(1, world).bindStatic(9);
  world.destroyDomain(1);
  const { hypervisor } = world;
  assertEquals(hypervisor.status(hypervisor.domain(0)!, 2, 11), { status: "unbound", vcpu: 0, remoteDomain: 1 });
});

test("a port is bound once: EISCONN on its handle, EBUSY for another's and for a kernel's", () => {
  const world = hostWithStatic();
  const [one, other] = [device(1, world), device(1, world)];
  const offered = other.allocUnbound(2);
  assertEquals([one.bindStatic(9), one.bindStatic(9), other.bindStatic(9)], [0, "EISCONN", "EBUSY"]);
  assertEquals([other.bindStatic(offered), one.bindStatic(offered), one.bindStatic(3)], ["EISCONN", "EBUSY", "EBUSY"]);
});

for (const ports of [4096, 131072] as const) {
  test(`with ${ports} ports a port beyond the last is ENOMEM; what Xen has at the others is not asked`, () => {
    const one = device(1, hostWithStatic({ ports }));
    assertEquals([one.bindStatic(ports), one.bindStatic(2 ** 32 - 1)], ["ENOMEM", "ENOMEM"]);
    assertEquals([one.bindStatic(ports - 1), one.notify(ports - 1), one.unbind(ports - 1)], [0, 0, 0]);
  });
}

test("a port that is bound before Xen gives it is refused to whoever gets it, and is closed in Xen", () => {
  const world = hostWithStatic();
  const [one, other] = [device(1, world), device(1, world)];
  one.bindStatic(10);
  assertEquals([one.allocUnbound(2), other.allocUnbound(2)], ["EEXIST", "EBUSY"]);
  const { hypervisor } = world;
  assertEquals(hypervisor.status(hypervisor.domain(0)!, 1, 10), { status: "closed", vcpu: 0 });
});

test("a short argument is EFAULT; a restricted handle may bind a static port", () => {
  const one = device(1, hostWithStatic());
  assertEquals(one.process.ioctl(one.fd, LINUX.ioctls.BIND_STATIC.request, new Uint8Array(3)), "EFAULT");
  assertEquals([one.restrict(5), one.bindStatic(9)], [0, 0]);
});

test("without channels of the boot, and on illumos, the request is unknown", () => {
  assertEquals(device(1).bindStatic(9), "ENOSYS");
  assertEquals(device(1, hostWithStatic({ personality: ILLUMOS_PERSONALITY })).bindStatic(9), "ENOSYS");
});

test("the ring grows for static ports as for others", () => {
  const world = hostWithStatic();
  const one = device(1, world);
  for (let port = 9; port < 9 + 65; port++) assertEquals(one.bindStatic(port), 0);
  assertEquals(one.read(), "EAGAIN");
});

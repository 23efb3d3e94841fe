import { assertEquals } from "@std/assert";
import { LINUX } from "../../ffi/abi.ts";
import { DOMID_SELF } from "../../lib/types.ts";
import { createWorld, device, fan, pair, READABLE, WRITABLE } from "../support/simulated.ts";
import { test } from "../support/test.ts";

const [TIMER, DOM_EXC, TBUF] = [0, 3, 4];
const NOWHERE = new Uint8Array(0);

test("bind-virq passes Xen's answers on (drivers/xen/evtchn.c:479)", () => {
  const dom0 = device(0);
  assertEquals(dom0.bindVirq(24), "EINVAL");
  assertEquals(dom0.bindVirq(2 ** 32 - 1), "EINVAL");
  assertEquals(dom0.bindVirq(TIMER), "EEXIST");
  assertEquals(device(1).bindVirq(DOM_EXC), "EBUSY");
  const port = dom0.bindVirq(TBUF);
  assertEquals(typeof port, "number");
  assertEquals(dom0.bindVirq(TBUF), "EEXIST");
});

test("bind-interdomain passes Xen's answers on (drivers/xen/evtchn.c:505)", () => {
  const { offerer, binder, offered } = pair();
  assertEquals(binder.bindInterdomain(99, 1), "ESRCH");
  assertEquals(binder.bindInterdomain(1, 4000), "EINVAL");
  assertEquals(binder.bindInterdomain(1, offered), "EINVAL");
  assertEquals(binder.bindInterdomain(1, offerer.allocUnbound(3)), "EINVAL");
});

test("a handle past the last port gets ENOSPC", () => {
  const dom1 = device(1);
  let port = dom1.allocUnbound(2);
  while (port !== 4095) port = dom1.allocUnbound(2);
  assertEquals(dom1.allocUnbound(2), "ENOSPC");
});

test("the binder sees one event at once, the other end none (xen/common/event_channel.c:457)", () => {
  const world = createWorld();
  const [offerer, binder] = [device(1, world), device(2, world)];
  const bound = binder.bindInterdomain(1, offerer.allocUnbound(2));
  assertEquals(binder.read(), [bound]);
  assertEquals(binder.read(), "EAGAIN");
  assertEquals(offerer.read(), "EAGAIN");
});

for (const own of [1, DOMID_SELF]) {
  test(`a handle can bind to its own port by domid ${own}`, () => {
    const dom1 = device(1);
    const offered = dom1.allocUnbound(own);
    const bound = dom1.bindInterdomain(own, offered);
    assertEquals(dom1.notify(bound), 0);
    assertEquals(dom1.read(), [bound, offered]);
  });
}

test("Xen sees 16 bits of a domid: 65536 + 1 is domain 1 (drivers/xen/evtchn.c:503, 531)", () => {
  const world = createWorld();
  const [dom1, dom2] = [device(1, world), device(2, world)];
  const offered = dom1.allocUnbound(65536 + 2);
  assertEquals(typeof dom2.bindInterdomain(65536 + 1, offered), "number");
});

test("notify is ENOTCONN for what this handle has not bound, out of range included (drivers/xen/evtchn.c:574)", () => {
  const { world, offered } = pair();
  const other = device(1, world);
  for (const port of [0, 1, offered, 4095, 4096, 200000, 2 ** 32 - 1]) assertEquals(other.notify(port), "ENOTCONN");
});

test("notify drops Xen's answer: a VIRQ's port and an unbound one are 0 (drivers/xen/evtchn.c:577)", () => {
  const world = createWorld();
  const dom0 = device(0, world);
  assertEquals(dom0.notify(dom0.bindVirq(TBUF)), 0);
  assertEquals(dom0.notify(dom0.allocUnbound(1)), 0);
  assertEquals(dom0.read(), "EAGAIN");
});

test("unbind of an out-of-range port answers EINVAL before ENOTCONN (drivers/xen/evtchn.c:551)", () => {
  const dom1 = device(1);
  assertEquals([0, 1, 4095, 4096, 2 ** 32 - 1].map(dom1.unbind), [
    "ENOTCONN",
    "ENOTCONN",
    "ENOTCONN",
    "EINVAL",
    "EINVAL",
  ]);
});

test("with FIFO events the channels end with the page of the highest port so far (drivers/xen/evtchn.c:552)", () => {
  const dom1 = device(1, createWorld({ ports: 131072 }));
  assertEquals([1000, 1023, 1024, 131071].map(dom1.unbind), ["ENOTCONN", "ENOTCONN", "EINVAL", "EINVAL"]);
  while ((dom1.allocUnbound(0) as number) < 1024);
  assertEquals([1025, 2047, 2048].map(dom1.unbind), ["ENOTCONN", "ENOTCONN", "EINVAL"]);
});

test("a port of another handle cannot be unbound (drivers/xen/evtchn.c:556)", () => {
  const { world, offerer, offered } = pair();
  assertEquals(device(1, world).unbind(offered), "ENOTCONN");
  assertEquals(offerer.unbind(offered), 0);
  assertEquals(offerer.unbind(offered), "ENOTCONN");
});

test("the peer of an unbound port stays bound to its handle, gets no event, and can be bound to again", () => {
  const { offerer, offered, binder, bound } = pair();
  binder.unbind(bound);
  assertEquals(offerer.poll(), WRITABLE);
  assertEquals(offerer.notify(offered), 0);
  const again = binder.bindInterdomain(1, offered);
  assertEquals(offerer.notify(offered), 0);
  assertEquals(binder.read(), [again]);
});

test("a restricted handle is refused new VIRQs and new ports, before the argument is read (drivers/xen/evtchn.c:469, 520)", () => {
  const dom1 = device(1);
  assertEquals(dom1.restrict(2), 0);
  for (const name of ["BIND_VIRQ", "BIND_UNBOUND_PORT", "RESTRICT_DOMID"] as const) {
    assertEquals(dom1.process.ioctl(dom1.fd, LINUX.ioctls[name].request, NOWHERE), "EACCES");
  }
  assertEquals(dom1.bindVirq(99), "EACCES");
  assertEquals(dom1.allocUnbound(2), "EACCES");
});

test("a restricted handle may bind to its one domain, by all 32 bits of the domid (drivers/xen/evtchn.c:499)", () => {
  const world = createWorld();
  const [dom2, dom3] = [device(2, world), device(3, world)];
  const dom1 = device(1, world);
  dom1.restrict(2);
  assertEquals(typeof dom1.bindInterdomain(2, dom2.allocUnbound(1)), "number");
  assertEquals(dom1.bindInterdomain(65536 + 2, dom2.allocUnbound(1)), "EACCES");
  assertEquals(dom1.bindInterdomain(3, dom3.allocUnbound(1)), "EACCES");
  assertEquals(dom1.bindInterdomain(DOMID_SELF, 1), "EACCES");
  const { request } = LINUX.ioctls.BIND_INTERDOMAIN;
  assertEquals(dom1.process.ioctl(dom1.fd, request, NOWHERE), "EFAULT"); // here the argument is read first (495)
});

test("a restricted handle keeps its ports, and can do everything but bind", () => {
  const { offerer, offered, binder, bound } = pair();
  offerer.restrict(5);
  assertEquals(offerer.notify(offered), 0);
  binder.notify(bound);
  assertEquals(offerer.read(), [offered]);
  assertEquals(offerer.write(offered), 4);
  assertEquals(offerer.reset(), 0);
  assertEquals(offerer.unbind(offered), 0);
});

test("a second restriction is EACCES, also to the same domain (drivers/xen/evtchn.c:598)", () => {
  const dom1 = device(1);
  assertEquals([dom1.restrict(5), dom1.restrict(5), dom1.restrict(6), dom1.restrict(0)], [
    0,
    "EACCES",
    "EACCES",
    "EACCES",
  ]);
});

test("a restriction to domain 0 or a reserved domid is EINVAL and has no effect (drivers/xen/evtchn.c:606)", () => {
  const dom1 = device(1);
  assertEquals([0, 0x7FF0, 0x7FFF, 0xFFFF].map(dom1.restrict), ["EINVAL", "EINVAL", "EINVAL", "EINVAL"]);
  assertEquals(typeof dom1.allocUnbound(2), "number");
  assertEquals(dom1.restrict(0x7FEF), 0);
});

test("a restriction applies to its handle, not to its process", () => {
  const world = createWorld();
  const dom1 = device(1, world);
  dom1.restrict(5);
  assertEquals(typeof device(1, world).allocUnbound(2), "number");
});

test("a short argument is EFAULT in every ioctl that has one (drivers/xen/evtchn.c:473-602)", () => {
  const world = createWorld();
  world.hypervisor.connectAtBoot([{ domain: 1, port: 9 }, { domain: 2, port: 11 }]);
  const dom1 = device(1, world);
  for (const ioctl of Object.values(LINUX.ioctls)) {
    const result = dom1.process.ioctl(dom1.fd, ioctl.request, new Uint8Array(Math.max(0, ioctl.size - 1)));
    assertEquals(result, ioctl.name === "RESET" ? 0 : "EFAULT", ioctl.name);
  }
});

test("an unknown ioctl is ENOSYS (drivers/xen/evtchn.c:616)", () => {
  const dom1 = device(1);
  for (const request of [0, 0x4504, 0x80044508, 0x00044507, 0x5401]) {
    assertEquals(dom1.process.ioctl(dom1.fd, request, new Uint8Array(8)), "ENOSYS");
  }
});

test("closing a handle closes its ports and no others (drivers/xen/evtchn.c:675)", () => {
  const { world, offerer, offered, binder, bound } = pair();
  const other = device(1, world);
  const kept = other.allocUnbound(2);
  offerer.close();
  const { hypervisor } = world;
  const dom0 = hypervisor.domain(0)!;
  assertEquals(hypervisor.status(dom0, 1, offered), { status: "closed", vcpu: 0 });
  assertEquals(hypervisor.status(dom0, 2, bound), { status: "unbound", vcpu: 0, remoteDomain: 1 });
  assertEquals(hypervisor.status(dom0, 1, kept as number), { status: "unbound", vcpu: 0, remoteDomain: 2 });
  assertEquals(binder.notify(bound), 0);
  assertEquals(other.allocUnbound(2), offered); // reused at once
});

test("a VIRQ reaches the handle that bound it, masked after the first until it is written", () => {
  const world = createWorld();
  const dom0 = device(0, world);
  const port = dom0.bindVirq(DOM_EXC);
  assertEquals([world.raise(DOM_EXC), world.raise(DOM_EXC)], [port, port]);
  assertEquals(dom0.poll(), READABLE);
  assertEquals(dom0.read(), [port]);
  assertEquals(dom0.read(), "EAGAIN");
  dom0.write(port);
  assertEquals(dom0.read(), [port]); // one event for the two that came while the port was masked
});

test("handles of one domain get only the events of their own ports", () => {
  const { hearer, heard, sender, send } = fan(2);
  sender.read();
  send(1);
  assertEquals(hearer.read(), [heard[1]]);
  assertEquals(sender.read(), "EAGAIN");
});

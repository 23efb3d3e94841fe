/** Bare line numbers are of usr/src/uts/common/xen/io/evtchn_dev.c. */
import { assertEquals } from "@std/assert";
import { LINUX } from "../../ffi/abi.ts";
import { ILLUMOS } from "../../ffi/abi_illumos.ts";
import { Poll } from "../../ffi/syscalls.ts";
import { DOMID_SELF } from "../../lib/types.ts";
import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos/personality.ts";
import type { World } from "../../lib/sim/world.ts";
import { createWorld, Device, device, pair } from "../support/simulated.ts";
import { test } from "../support/test.ts";

const [TIMER, DOM_EXC, TBUF] = [0, 3, 4];
const FLAGS = { nonblock: true, cloexec: true };
const illumos = () => createWorld({ personality: ILLUMOS_PERSONALITY });
const one = (domid: number, world: World = illumos()) => device(domid, world);

test("illumos: the device is where its ABI says, and nothing else is a file", () => {
  const process = illumos().process(1);
  assertEquals(process.open(ILLUMOS.devicePath, FLAGS), 3);
  assertEquals(process.open("/dev/xenevt", FLAGS), "ENOENT");
});

test("illumos: minors 1 to 255 are handles, the next is EAGAIN, and a closed one is free again (491-499, 555)", () => {
  const process = illumos().process(1);
  const open = () => process.open(ILLUMOS.devicePath, FLAGS);
  const fds = Array.from({ length: 255 }, open);
  assertEquals(fds.filter((fd) => typeof fd === "string"), []);
  assertEquals([open(), open()], ["EAGAIN", "EAGAIN"]);
  process.close(fds[100] as number);
  assertEquals([open(), open()], [fds[100], "EAGAIN"]);
});

test("illumos: the processes of a domain share its 255 handles (105)", () => {
  const world = illumos();
  const open = (domid: number) => world.process(domid).open(ILLUMOS.devicePath, FLAGS);
  for (let i = 0; i < 255; i++) open(1);
  assertEquals([open(1), open(2)], ["EAGAIN", 3]);
});

test("illumos: a dup takes no minor, and the last close frees it", () => {
  const process = illumos().process(1);
  const open = () => process.open(ILLUMOS.devicePath, FLAGS);
  for (let i = 0; i < 254; i++) open();
  const last = open() as number;
  const copy = process.dup(last) as number;
  process.close(last);
  assertEquals(open(), "EAGAIN");
  process.close(copy);
  assertEquals(open(), last);
});

/** A handle of domain 1 whose process has no privileges. */
function unprivileged(): Device {
  return new Device(illumos().process(1, false), true, ILLUMOS);
}

test("illumos: a process without privileges may open, poll and close (444, 473, 527)", () => {
  const dom1 = unprivileged();
  assertEquals([dom1.fd, dom1.poll(), dom1.close()], [3, Poll.OUT, 0]);
});

test("illumos: read is EPERM before its count is checked (169)", () => {
  const { process, fd } = unprivileged();
  assertEquals([0, 3, 4].map((bytes) => process.read(fd, new Uint8Array(bytes))), ["EPERM", "EPERM", "EPERM"]);
});

test("illumos: write is EPERM before its count is checked (246)", () => {
  const { process, fd } = unprivileged();
  assertEquals([0, 3, 4].map((bytes) => process.write(fd, new Uint8Array(bytes))), ["EPERM", "EPERM", "EPERM"]);
});

test("illumos: every ioctl is EPERM before request and argument are checked (336)", () => {
  const { process, fd } = unprivileged();
  for (const { request } of [...Object.values(ILLUMOS.ioctls), { request: 0x4505 }]) {
    assertEquals(process.ioctl(fd, request, new Uint8Array(0)), "EPERM");
  }
});

test("illumos: a short argument is EFAULT in every ioctl (347, 362, 379, 395, 421)", () => {
  const { process, fd } = one(1);
  for (const { name, request, size } of Object.values(ILLUMOS.ioctls)) {
    assertEquals(process.ioctl(fd, request, new Uint8Array(size - 1)), "EFAULT", name);
  }
});

test("illumos: an unknown ioctl is ENOSYS, a reset and a restriction too, and Linux' numbers (436)", () => {
  const { process, fd } = one(1);
  const linux = Object.values(LINUX.ioctls).map(({ request }) => request);
  for (const request of [0x4505, 0x4506, 0x5401, 0, ...linux]) {
    assertEquals(process.ioctl(fd, request, new Uint8Array(12)), "ENOSYS");
  }
});

test("illumos: bind-virq passes Xen's answers on (352)", () => {
  const dom0 = one(0);
  assertEquals([24, 2 ** 32 - 1, TIMER].map(dom0.bindVirq), ["EINVAL", "EINVAL", "EEXIST"]);
  assertEquals(one(1).bindVirq(DOM_EXC), "EBUSY");
  assertEquals([TBUF, TBUF].map(dom0.bindVirq), [27, "EEXIST"]);
});

test("illumos: bind-interdomain passes Xen's answers on (367)", () => {
  const { offerer, binder, offered } = pair(illumos());
  assertEquals(binder.bindInterdomain(99, 1), "ESRCH");
  assertEquals(binder.bindInterdomain(1, 4000), "EINVAL");
  assertEquals(binder.bindInterdomain(1, offered), "EINVAL");
  assertEquals(binder.bindInterdomain(1, offerer.allocUnbound(3)), "EINVAL");
});

test("illumos: a handle past the last port gets ENOSPC (384)", () => {
  const dom1 = one(1);
  let port = dom1.allocUnbound(2);
  while (port !== 4095) port = dom1.allocUnbound(2);
  assertEquals(dom1.allocUnbound(2), "ENOSPC");
  assertEquals([dom1.notify(4095), dom1.unbind(4095)], [0, 0]);
});

test("illumos: the binder sees one event at once, the other end none (298, xen/common/event_channel.c:457)", () => {
  const world = illumos();
  const [offerer, binder] = [one(1, world), one(2, world)];
  const bound = binder.bindInterdomain(1, offerer.allocUnbound(2));
  assertEquals([binder.read(), binder.read(), offerer.read()], [[bound], "EAGAIN", "EAGAIN"]);
});

for (const own of [1, DOMID_SELF]) {
  test(`illumos: a handle can bind to its own port by domid ${own}`, () => {
    const dom1 = one(1);
    const offered = dom1.allocUnbound(own);
    const bound = dom1.bindInterdomain(own, offered);
    assertEquals(dom1.notify(bound), 0);
    assertEquals(dom1.read(), [bound, offered]);
  });
}

test("illumos: Xen sees 16 bits of a domid: 65536 + 1 is domain 1 (367, 384)", () => {
  const world = illumos();
  const [dom1, dom2] = [one(1, world), one(2, world)];
  const offered = dom1.allocUnbound(65536 + 2);
  assertEquals(dom2.bindInterdomain(65536 + 1, offered), 9);
});

test("illumos: unbind is EFAULT out of range, else ENOTCONN for what the handle has not bound (400, 407)", () => {
  const dom1 = one(1);
  assertEquals([4096, 2 ** 32 - 1, 0, 1, 4095].map(dom1.unbind), [
    "EFAULT",
    "EFAULT",
    "ENOTCONN",
    "ENOTCONN",
    "ENOTCONN",
  ]);
});

test("illumos: notify is EINVAL out of range, else ENOTCONN for what the handle has not bound (426, 428)", () => {
  const dom1 = one(1);
  assertEquals([4096, 2 ** 32 - 1, 0, 1, 4095].map(dom1.notify), [
    "EINVAL",
    "EINVAL",
    "ENOTCONN",
    "ENOTCONN",
    "ENOTCONN",
  ]);
});

test("illumos: notify drops Xen's answer: a VIRQ's port and an unbound one are 0 (431)", () => {
  const dom0 = one(0);
  assertEquals([dom0.notify(dom0.bindVirq(TBUF)), dom0.notify(dom0.allocUnbound(1))], [0, 0]);
  assertEquals(dom0.read(), "EAGAIN");
});

test("illumos: one table has the ports of all handles: another's is ENOTCONN, and not unmasked (112, 271)", () => {
  const { world, offerer, offered, binder, bound } = pair(illumos());
  binder.notify(bound);
  binder.notify(bound);
  offerer.read();
  const other = one(1, world);
  assertEquals([other.notify(offered), other.unbind(offered), other.write(offered)], ["ENOTCONN", "ENOTCONN", 4]);
  assertEquals(offerer.read(), "EAGAIN");
  assertEquals([offerer.unbind(offered), offerer.unbind(offered)], [0, "ENOTCONN"]);
});

test("illumos: events of the kernel's own ports reach no handle (135)", () => {
  const world = illumos();
  const dom0 = one(0, world);
  assertEquals([world.raise(TIMER), world.raise(TIMER), dom0.read()], [1, 1, "EAGAIN"]);
  assertEquals(world.hypervisor.domain(0)!.channel(1)!.pending, false);
  assertEquals([dom0.notify(1), dom0.unbind(1), dom0.write(1)], ["ENOTCONN", "ENOTCONN", 4]);
});

test("illumos: an unbound port is closed in Xen and masked, its peer unbound (312, 324)", () => {
  const { world, offerer, offered, binder, bound } = pair(illumos());
  offerer.unbind(offered);
  const { hypervisor } = world;
  assertEquals(hypervisor.domain(1)!.channel(offered)!.masked, true);
  assertEquals(hypervisor.status(hypervisor.domain(0)!, 2, bound), { status: "unbound", vcpu: 0, remoteDomain: 1 });
  assertEquals(binder.notify(bound), 0);
});

test("illumos: closing a handle unbinds its ports and no others (540-545)", () => {
  const { world, offerer, offered, binder, bound } = pair(illumos());
  const other = one(1, world);
  const kept = other.allocUnbound(2) as number;
  offerer.close();
  const { hypervisor } = world;
  const dom0 = hypervisor.domain(0)!;
  assertEquals(hypervisor.status(dom0, 1, offered), { status: "closed", vcpu: 0 });
  assertEquals(hypervisor.status(dom0, 2, bound), { status: "unbound", vcpu: 0, remoteDomain: 1 });
  assertEquals(hypervisor.status(dom0, 1, kept), { status: "unbound", vcpu: 0, remoteDomain: 2 });
  assertEquals([binder.notify(bound), other.allocUnbound(2)], [0, offered]);
});

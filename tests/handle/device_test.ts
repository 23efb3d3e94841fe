import { assertEquals, assertThrows } from "@std/assert";
import { LINUX } from "../../ffi/abi.ts";
import { LITTLE_ENDIAN } from "../../ffi/endian.ts";
import type { Errno } from "../../ffi/syscalls.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { DeviceError } from "../../lib/errors.ts";
import { DOMID_SELF } from "../../lib/types.ts";
import { portBytes } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { FakeSyscalls, type Script } from "../support/fake_syscalls.ts";

/** A handle that was opened on a scripted kernel, and the kernel with what opening took forgotten. */
function opened(script: Script = {}): { device: LocalDevice; sys: FakeSyscalls } {
  const sys = new FakeSyscalls(script);
  const device = LocalDevice.open("/dev/xen/evtchn", { syscalls: sys, abi: LINUX });
  sys.calls.length = 0;
  return { device, sys };
}

/** `words` as u32s, in this machine's order. */
const u32s = (...words: number[]) => [...portBytes(...words)];

/** What a refused call throws, without the prototype. */
function refusal(work: () => unknown): Pick<DeviceError, "op" | "errno" | "subject" | "message"> {
  const { op, errno, subject, message } = assertThrows(work, DeviceError);
  return { op, errno, subject, message };
}

test("a device is opened without blocking and closed on exec", () => {
  const sys = new FakeSyscalls();
  LocalDevice.open("/dev/xen/evtchn", { syscalls: sys, abi: LINUX });
  assertEquals(sys.calls, [["open", "/dev/xen/evtchn", { nonblock: true, cloexec: true }]]);
});

test("each verb is one ioctl with the driver's number and struct", () => {
  const { device, sys } = opened({ ioctl: [27, 28, 29] });
  assertEquals(device.bindVirq(3), 27);
  assertEquals(device.bindInterdomain(5, 12), 28);
  assertEquals(device.allocUnbound(DOMID_SELF), 29);
  device.unbind(27);
  device.notify(0xFFFF_FFFF);
  device.reset();
  device.restrict(5);
  assertEquals(sys.calls, [
    ["ioctl", 3, 0x0004_4500, u32s(3)],
    ["ioctl", 3, 0x0008_4501, u32s(5, 12)],
    ["ioctl", 3, 0x0004_4502, u32s(0x7FF0)],
    ["ioctl", 3, 0x0004_4503, u32s(27)],
    ["ioctl", 3, 0x0004_4504, u32s(0xFFFF_FFFF)],
    ["ioctl", 3, 0x0000_4505, []],
    ["ioctl", 3, 0x0002_4506, LITTLE_ENDIAN ? [5, 0] : [0, 5]],
  ]);
});

test("what is bound is known until it is unbound", () => {
  const { device } = opened({ ioctl: [27, 28, 29] });
  device.bindVirq(3);
  device.bindInterdomain(5, 12);
  device.allocUnbound(5);
  assertEquals([...device.bindings], [
    [27, { kind: "virq", virq: 3 }],
    [28, { kind: "interdomain", domain: 5, port: 12 }],
    [29, { kind: "unbound", domain: 5 }],
  ]);
  device.unbind(28);
  assertEquals([...device.bindings.keys()], [27, 29]);
});

test("a refused bind or unbind changes nothing that is known", () => {
  const { device } = opened({ ioctl: [27, "EEXIST", "ENOTCONN"] });
  device.bindVirq(3);
  assertThrows(() => device.bindVirq(4), DeviceError);
  assertThrows(() => device.unbind(27), DeviceError);
  assertEquals([...device.bindings.keys()], [27]);
});

test("a refusal says what was wanted of what", () => {
  const refused = (errno: Errno, work: (device: LocalDevice) => void) =>
    refusal(() => work(opened({ ioctl: [errno] }).device));
  assertEquals(refused("EEXIST", (device) => device.bindVirq(3)), {
    op: "bind-virq",
    errno: "EEXIST",
    subject: "virq:dom_exc",
    message: "Cannot bind virq:dom_exc: EEXIST",
  });
  assertEquals(refused("EINVAL", (device) => device.bindInterdomain(DOMID_SELF, 12)), {
    op: "bind-interdomain",
    errno: "EINVAL",
    subject: "self:12",
    message: "Cannot bind port 12 of domain self: EINVAL",
  });
  assertEquals(refused("ENOSPC", (device) => device.allocUnbound(5)), {
    op: "alloc-unbound",
    errno: "ENOSPC",
    subject: "5:any",
    message: "Cannot allocate a port for domain 5: ENOSPC",
  });
  assertEquals(refused("EINVAL", (device) => device.unbind(9999)), {
    op: "unbind",
    errno: "EINVAL",
    subject: "9999",
    message: "Cannot unbind port 9999: EINVAL",
  });
  assertEquals(refused("ENOTCONN", (device) => device.notify(7)), {
    op: "notify",
    errno: "ENOTCONN",
    subject: "7",
    message: "Cannot notify port 7: ENOTCONN",
  });
  assertEquals(refused("ENOSYS", (device) => device.reset()), {
    op: "reset",
    errno: "ENOSYS",
    subject: "handle",
    message: "Cannot reset the handle: ENOSYS",
  });
  assertEquals(refused("EACCES", (device) => device.restrict(5)), {
    op: "restrict",
    errno: "EACCES",
    subject: "5",
    message: "Cannot restrict the handle to domain 5: EACCES",
  });
});

test("a device that cannot be opened is told by its path", () => {
  const sys = new FakeSyscalls({ open: ["ENOENT"] });
  assertEquals(refusal(() => LocalDevice.open("/dev/x y", { syscalls: sys, abi: LINUX })), {
    op: "open",
    errno: "ENOENT",
    subject: "/dev/x y",
    message: 'Cannot open "/dev/x y": ENOENT',
  });
});

test("closing an opened handle closes its descriptor once and forgets its ports", () => {
  const { device, sys } = opened({ ioctl: [27] });
  device.bindVirq(3);
  device.close();
  assertEquals(sys.of("close"), [[3]]);
  assertEquals(device.bindings.size, 0);
});

test("an adopted descriptor is asked for its flags, proven, and never closed", () => {
  const sys = new FakeSyscalls({ blocks: [false] });
  const device = LocalDevice.adopt(5, { syscalls: sys, abi: LINUX });
  assertEquals(sys.calls, [["blocks", 5], ["ioctl", 5, 0x0004_4504, u32s(0)]]);
  assertEquals([device.exclusive, opened().device.exclusive], [false, true]);
  device.close();
  assertEquals(sys.of("close"), []);
});

test("a descriptor that is not open cannot be adopted, and nothing is done with it", () => {
  const sys = new FakeSyscalls({ blocks: ["EBADF"] });
  assertEquals(refusal(() => LocalDevice.adopt(99, { syscalls: sys, abi: LINUX })), {
    op: "open",
    errno: "EBADF",
    subject: "99",
    message: "Cannot use descriptor 99: EBADF",
  });
  assertEquals(sys.names, ["blocks"]);
});

test("a descriptor of something else cannot be adopted", () => {
  const sys = new FakeSyscalls({ ioctl: ["ENOTTY"] });
  const { message, hint } = assertThrows(() => LocalDevice.adopt(0, { syscalls: sys, abi: LINUX }), DeviceError);
  assertEquals(message, "Cannot use descriptor 0: ENOTTY");
  assertEquals(hint, "this is no event-channel device: the usual one is /dev/xen/evtchn");
});

test("a program inherits a duplicate, which the caller closes", () => {
  const { device, sys } = opened({ dup: [9] });
  const handle = device.inheritable();
  assertEquals(handle.fd, 9);
  handle.close();
  assertEquals(sys.calls, [["dup", 3], ["close", 9]]);
});

test("a handle that cannot be duplicated says so", () => {
  const { device } = opened({ dup: ["EMFILE"] });
  assertEquals(refusal(() => device.inheritable()).message, "Cannot duplicate the handle: EMFILE");
});

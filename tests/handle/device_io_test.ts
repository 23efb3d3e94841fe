import { assertEquals, assertThrows } from "@std/assert";
import { LINUX } from "../../ffi/abi.ts";
import { Poll } from "../../ffi/syscalls.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { DeviceError } from "../../lib/errors.ts";
import { portBytes } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { FakeSyscalls, type Script } from "../support/fake_syscalls.ts";

/** A handle on a scripted kernel that is proven already, with what that took forgotten. */
function proven(script: Script = {}): { device: LocalDevice; sys: FakeSyscalls } {
  const sys = new FakeSyscalls(script);
  const device = LocalDevice.open("/dev/xen/evtchn", { syscalls: sys, abi: LINUX });
  device.reset();
  sys.calls.length = 0;
  return { device, sys };
}

/** One that the shell opened without O_NONBLOCK. */
function blocking(script: Script): { device: LocalDevice; sys: FakeSyscalls } {
  const sys = new FakeSyscalls({ blocks: [true], ...script });
  const device = LocalDevice.adopt(5, { syscalls: sys, abi: LINUX });
  sys.calls.length = 0;
  return { device, sys };
}

const numbers = (ports: Uint32Array | string) => typeof ports === "string" ? ports : [...ports];

test("a read gives ports in their order", () => {
  const { device, sys } = proven({ read: [[7, 9, 7], [0xFFFF_FFFF], []] });
  assertEquals(numbers(device.read()), [7, 9, 7]);
  assertEquals(numbers(device.read(8)), [0xFFFF_FFFF]);
  assertEquals(numbers(device.read(3)), []);
  assertEquals(sys.calls, [["read", 3, 4096], ["read", 3, 8], ["read", 3, 3]]);
});

test("a read of more than a page asks for a page", () => {
  const { device, sys } = proven();
  device.read(100_000);
  assertEquals(sys.calls, [["read", 3, 4096]]);
});

test("a full page is read whole", () => {
  const ports = Array.from({ length: 1024 }, (_, i) => i + 1);
  assertEquals(numbers(proven({ read: [ports] }).device.read()), ports);
});

test("a refused read gives its errno, which is part of a watch", () => {
  const { device } = proven({ read: ["EAGAIN", "EFBIG", "EINTR"] });
  assertEquals([device.read(), device.read(), device.read()], ["EAGAIN", "EFBIG", "EINTR"]);
});

test("a descriptor that blocks is polled before it is read, so that no read ever waits", () => {
  const { device, sys } = blocking({ poll: [0, Poll.IN, Poll.ERR, "EINTR"], read: [[7], "EFBIG"] });
  assertEquals(device.read(), "EAGAIN");
  assertEquals(numbers(device.read()), [7]);
  assertEquals(device.read(), "EFBIG");
  assertEquals(device.read(), "EINTR");
  assertEquals(sys.names, ["pollNow", "pollNow", "read", "pollNow", "read", "pollNow"]);
});

test("a read of less than a port never waits and needs no poll", () => {
  const { device, sys } = blocking({ read: [[]] });
  assertEquals(numbers(device.read(3)), []);
  assertEquals(sys.calls, [["read", 5, 3]]);
});

test("unmasking is one write of the ports", () => {
  const { device, sys } = proven();
  assertEquals(device.unmask([7, 9, 0xFFFF_FFFF]), 12);
  assertEquals(sys.calls, [["write", 3, [...portBytes(7, 9, 0xFFFF_FFFF)]]]);
});

test("unmasking nothing writes nothing", () => {
  const { device, sys } = proven();
  assertEquals(device.unmask([]), 0);
  assertEquals(sys.calls, []);
});

test("more ports than a page holds go out a page at a time", () => {
  const { device, sys } = proven();
  const ports = Array.from({ length: 2049 }, (_, i) => i);
  assertEquals(device.unmask(ports), 2049 * 4);
  const writes = sys.of("write").map(([, bytes]) => bytes as number[]);
  assertEquals(writes.map((bytes) => bytes.length), [4096, 4096, 4]);
  assertEquals(writes.flat(), [...portBytes(...ports)]);
});

test("a write that takes part of the ports is gone on with where it stopped", () => {
  const { device, sys } = proven({ write: [4, 8] });
  assertEquals(device.unmask([7, 8, 9]), 12);
  assertEquals(sys.of("write").map(([, bytes]) => bytes), [[...portBytes(7, 8, 9)], [...portBytes(8, 9)]]);
});

test("a write that a signal interrupts is made again", () => {
  const { device, sys } = proven({ write: ["EINTR", "EINTR"] });
  assertEquals(device.unmask([7]), 4);
  assertEquals(sys.names, ["write", "write", "write"]);
});

test("a write that takes nothing ends, and does not go round for ever", () => {
  const { device } = proven({ write: [0] });
  assertThrows(() => device.unmask([7]), DeviceError, "Cannot unmask ports: EIO");
});

test("a refused write is told", () => {
  const { device } = proven({ write: ["EPERM"] });
  const error = assertThrows(() => device.unmask([7]), DeviceError, "Cannot unmask ports: EPERM");
  assertEquals(error.op, "unmask");
});

test("unmasking all of an own handle names what it bound", () => {
  const { device, sys } = proven({ ioctl: [0, 27, 28] });
  device.bindVirq(3);
  device.allocUnbound(5);
  sys.calls.length = 0;
  device.unmaskAll();
  assertEquals(sys.calls, [["write", 3, [...portBytes(27, 28)]]]);
});

test("unmasking all of a shared handle names every port there can be", () => {
  const { device, sys } = blocking({});
  device.unmaskAll();
  const bytes = sys.of("write").flatMap(([, bytes]) => bytes as number[]);
  assertEquals(bytes.length, 131072 * 4);
  assertEquals(bytes.slice(-4), [...portBytes(131071)]);
  assertEquals(sys.calls.length, 128);
});

test("a poll that need not wait is made at once, another waits", async () => {
  const { device, sys } = proven({ poll: [Poll.OUT, Poll.IN, "EINTR"] });
  assertEquals(device.poll(Poll.OUT, 0), Poll.OUT);
  assertEquals(await device.poll(Poll.IN, 250), Poll.IN);
  assertEquals(await device.poll(Poll.IN, -1), "EINTR");
  assertEquals(sys.calls, [["pollNow", 3, Poll.OUT], ["poll", 3, Poll.IN, 250], ["poll", 3, Poll.IN, -1]]);
});

/** The verbs that would take bytes from a file, or change it. */
const TOUCHING: Readonly<Record<string, (device: LocalDevice) => unknown>> = {
  read: (device) => device.read(),
  unmask: (device) => device.unmask([7]),
  poll: (device) => device.poll(Poll.IN, 0),
};

for (const [verb, touch] of Object.entries(TOUCHING)) {
  test(`${verb} touches nothing that has not proven to be an event-channel device`, () => {
    for (const errno of ["ENOTTY", "EINVAL", "EACCES", "EBADF", "EIO"] as const) {
      const sys = new FakeSyscalls({ ioctl: [errno] });
      const device = LocalDevice.open("/dev/sda", { syscalls: sys, abi: LINUX });
      assertThrows(() => touch(device), DeviceError, `Cannot use "/dev/sda": ${errno}`);
      assertEquals(sys.calls.slice(1), [["ioctl", 3, 0x0004_4504, [0, 0, 0, 0]]]);
    }
  });

  test(`${verb} on a device proves it once`, () => {
    const sys = new FakeSyscalls();
    const device = LocalDevice.open("/dev/xen/evtchn", { syscalls: sys, abi: LINUX });
    touch(device);
    touch(device);
    assertEquals(sys.names.filter((name) => name === "ioctl").length, 1);
  });
}

test("a verb that the driver did proves the device too", () => {
  const { device, sys } = proven();
  device.read();
  assertEquals(sys.names, ["read"]);
});

test("a verb that was refused proves nothing", () => {
  const sys = new FakeSyscalls({ ioctl: ["ENOTTY", "ENOTTY"] });
  const device = LocalDevice.open("/dev/sda", { syscalls: sys, abi: LINUX });
  assertThrows(() => device.bindVirq(3), DeviceError);
  assertThrows(() => device.read(), DeviceError);
  assertEquals(sys.names, ["open", "ioctl", "ioctl"]);
});

test("ports that were read are written back as they came", () => {
  const { device, sys } = proven({ read: [[7, 9], [8, 6]], write: [8, 8] });
  for (const ports of [[7, 9], [8, 6]]) {
    assertEquals(device.unmask(device.read() as Uint32Array), 8);
    assertEquals(sys.of("write").at(-1), [3, [...portBytes(...ports)]]);
  }
});

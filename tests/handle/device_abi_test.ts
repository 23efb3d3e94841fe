/** The verbs on other systems' devices: where the port comes back, what there is no ioctl for, which bits poll has. */
import { assertEquals, assertThrows } from "@std/assert";
import { type Abi, ioctlOf, LINUX } from "../../ffi/abi.ts";
import { FREEBSD, NETBSD } from "../../ffi/abi_bsd.ts";
import { ILLUMOS } from "../../ffi/abi_illumos.ts";
import { setU32 } from "../../ffi/endian.ts";
import { type Errno, Poll, type Result } from "../../ffi/syscalls.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { DeviceError } from "../../lib/errors.ts";
import { explain } from "../../lib/explain.ts";
import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos/personality.ts";
import { test } from "../support/test.ts";
import { FakeSyscalls, type Script } from "../support/fake_syscalls.ts";
import { createWorld } from "../support/simulated.ts";

/** A kernel that puts the port into the struct and returns 0, as the BSDs' do. */
class BsdKernel extends FakeSyscalls {
  constructor(readonly abi: Abi, readonly port: number, script: Script = {}) {
    super(script);
  }

  override ioctl(fd: number, request: number, arg: Uint8Array): Result {
    const result = super.ioctl(fd, request, arg);
    const offset = ioctlOf(this.abi, request)?.portOffset ?? -1;
    if (offset >= 0) setU32(arg, offset, this.port);
    return result;
  }
}

const open = (abi: Abi, syscalls = new FakeSyscalls()) => LocalDevice.open(abi.devicePath, { syscalls, abi });

for (const abi of [FREEBSD, NETBSD]) {
  test(`${abi.os}: the port that a bind gives is the struct's, not what ioctl returns`, () => {
    const syscalls = new BsdKernel(abi, 77);
    const device = open(abi, syscalls);
    assertEquals([device.bindVirq(4), device.bindInterdomain(5, 12), device.allocUnbound(5)], [77, 77, 77]);
    assertEquals(syscalls.of("ioctl").map(([, request, arg]) => [request, (arg as Uint8Array).length]), [
      [0xC008_4504, 8],
      [0xC00C_4505, 12],
      [0xC008_4506, 8],
    ]);
  });

  test(`${abi.os}: a bind that fails is told, whatever the struct says`, () => {
    const device = open(abi, new BsdKernel(abi, 77, { ioctl: ["EEXIST"] }));
    assertEquals(assertThrows(() => device.bindVirq(4), DeviceError).errno, "EEXIST");
    assertEquals([...device.bindings], []);
  });

  test(`${abi.os}: unbind, notify and reset are its own requests`, () => {
    const syscalls = new FakeSyscalls();
    const device = open(abi, syscalls);
    device.notify(7);
    device.unbind(7);
    device.reset();
    assertEquals(syscalls.of("ioctl").map(([, request]) => request), [0x8004_4508, 0x8004_4507, 0x2000_4509]);
  });
}

/** What a verb is refused with, and whether its ioctl was tried. */
function refusal(abi: Abi, verb: (device: LocalDevice) => void) {
  const syscalls = new FakeSyscalls({ ioctl: ["ENOTCONN"] });
  const device = open(abi, syscalls);
  const { op, errno, hint } = assertThrows(() => verb(device), DeviceError);
  return { op, errno, hint, requests: syscalls.of("ioctl").map(([, request]) => request) };
}

for (const abi of [ILLUMOS, FREEBSD, NETBSD]) {
  test(`${abi.os}: restrict says that this driver cannot, and what to do instead; it is not tried`, () => {
    assertEquals(refusal(abi, (device) => device.restrict(5)), {
      op: "restrict",
      errno: "ENOSYS",
      hint: "this driver cannot restrict a handle, only Linux's can: do not pass it on, since whoever has it may " +
        "bind any port",
      requests: [abi.ioctls.NOTIFY.request], // whether it is such a device at all
    });
  });
}

test("illumos: reset says that this driver cannot, and what to do instead; it is not tried", () => {
  assertEquals(refusal(ILLUMOS, (device) => device.reset()), {
    op: "reset",
    errno: "ENOSYS",
    hint: "this driver cannot reset a handle: close it, open a new one and bind again",
    requests: [0x4504],
  });
});

test("a verb that the driver has no ioctl for says of another file that it is no such device", () => {
  const device = open(ILLUMOS, new FakeSyscalls({ ioctl: ["ENOTTY"] }));
  assertEquals(assertThrows(() => device.reset(), DeviceError).errno, "ENOTTY");
});

test("poll asks for POLLWRNORM by the system's bit", async () => {
  for (const [abi, bits] of [[LINUX, Poll.IN | Poll.WRNORM], [ILLUMOS, Poll.IN | Poll.OUT]] as const) {
    const syscalls = new FakeSyscalls({ poll: [0, 0] });
    const device = open(abi, syscalls);
    await device.poll(Poll.IN | Poll.WRNORM, 0);
    await device.poll(Poll.IN | Poll.WRNORM, 5);
    assertEquals([syscalls.of("pollNow")[0][1], syscalls.of("poll")[0][1]], [bits, bits]);
  }
});

test("illumos: the verbs work end to end on its driver's own decoding", () => {
  const world = createWorld({ personality: ILLUMOS_PERSONALITY });
  const { abi } = world.personality;
  const device = LocalDevice.open(abi.devicePath, { syscalls: world.process(0), abi });
  const [virq, offered] = [device.bindVirq(4), device.allocUnbound(0)];
  const bound = device.bindInterdomain(0, offered);
  device.notify(bound);
  assertEquals([[virq, offered, bound], [...device.read()]], [[27, 28, 29], [29, 28]]);
  assertEquals(device.unmask([offered, bound]), 8);
  device.unbind(offered);
  assertEquals([...device.bindings.keys()], [virq, bound]);
});

test("hints are the system's own where they differ", () => {
  const all = (verb: string, errno: Errno) => [explain(verb, errno), explain(verb, errno, "illumos")];
  const [linux, illumos] = all("read", "EFBIG");
  assertEquals([/evtchn reset/.test(linux!), /close the handle and bind again/.test(illumos!)], [true, true]);
  for (const verb of ["bind-virq", "bind-interdomain", "alloc-unbound", "notify", "read", "unmask"]) {
    assertEquals(/xvm_control/.test(explain(verb, "EPERM", "illumos")!), true, verb);
  }
  assertEquals(/modprobe/.test(explain("open", "ENOENT", "netbsd")!), false);
  assertEquals(explain("open", "EAGAIN", "illumos"), explain("open", "EAGAIN"));
});

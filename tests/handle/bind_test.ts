import { assertEquals, assertRejects } from "@std/assert";
import { LINUX } from "../../ffi/abi.ts";
import { bindChannel } from "../../lib/handle/bind.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { DeviceError } from "../../lib/errors.ts";
import { parseChannel } from "../../lib/parse.ts";
import { test } from "../support/test.ts";
import { FakeSyscalls } from "../support/fake_syscalls.ts";

const open = (sys: FakeSyscalls) => LocalDevice.open("/dev/xen/evtchn", { syscalls: sys, abi: LINUX });
const adopt = (sys: FakeSyscalls) => LocalDevice.adopt(5, { syscalls: sys, abi: LINUX });

test("a channel that is not bound yet is bound", async () => {
  const sys = new FakeSyscalls({ ioctl: [27, 28, 29] });
  const device = open(sys);
  for (const [name, port] of [["virq:dom_exc", 27], ["5:12", 28], ["5:any", 29]] as const) {
    const channel = parseChannel(name);
    assertEquals(await bindChannel(device, "watch", channel), { port, channel });
  }
  assertEquals(sys.of("ioctl").map(([, request]) => request), [0x0004_4500, 0x0008_4501, 0x0004_4502]);
});

test("a port that was bound here is known by its channel, and the driver is not asked", async () => {
  const sys = new FakeSyscalls({ ioctl: [27] });
  const device = open(sys);
  device.bindVirq(3);
  assertEquals(await bindChannel(device, "watch", parseChannel("27")), {
    port: 27,
    channel: { kind: "virq", virq: 3 },
  });
  assertEquals(sys.names, ["open", "ioctl"]);
});

test("a port of a shared handle is taken as it is", async () => {
  const channel = parseChannel("7");
  assertEquals(await bindChannel(adopt(new FakeSyscalls()), "watch", channel), { port: 7, channel });
});

test("a port that a new handle cannot have is refused", async () => {
  const device = open(new FakeSyscalls());
  const error = await assertRejects(() => bindChannel(device, "watch", parseChannel("7")), DeviceError);
  assertEquals([error.message, error.subject], ["Cannot watch port 7: ENOTCONN", "7"]);
});

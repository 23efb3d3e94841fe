import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { LINUX } from "../../ffi/abi.ts";
import { ILLUMOS } from "../../ffi/abi_illumos.ts";
import { UsageError } from "../../lib/errors.ts";
import { parseSimulation, simulatedKernel } from "../../lib/sim/mod.ts";
import { Device } from "../support/simulated.ts";
import { test } from "../support/test.ts";

test("a simulation is a system, and settings after a question mark", () => {
  const plain = {
    ports: undefined,
    privileged: true,
    privcmd: "yes",
    xenstored: "yes",
    delivery: "now",
    xsm: "dummy",
    chances: undefined,
    statics: [],
    conring: undefined,
    sysctl: "yes",
  };
  assertEquals<object>(parseSimulation("linux"), { ...plain, personality: "linux" });
  assertEquals<object>(parseSimulation("linux?ports=131072&privileged=no"), {
    ...plain,
    personality: "linux",
    ports: 131072,
    privileged: false,
  });
  assertEquals<object>(parseSimulation("linux?privcmd=no&xenstored=dead"), {
    ...plain,
    personality: "linux",
    privcmd: "no",
    xenstored: "dead",
  });
  assertEquals<object>(parseSimulation("linux?privcmd=unrestricted"), {
    ...plain,
    personality: "linux",
    privcmd: "unrestricted",
  });
  assertEquals<object>(parseSimulation("linux?sysctl=no&conring=64k"), {
    ...plain,
    personality: "linux",
    sysctl: "no",
    conring: 65536,
  });
  assertEquals<object>(parseSimulation("illumos?privileged=yes"), { ...plain, personality: "illumos" });
  assertEquals<object>(parseSimulation("illumos?delivery=late&xsm=silo&drop=5&duplicate=0x10&seed=4294967295"), {
    ...plain,
    personality: "illumos",
    delivery: "late",
    xsm: "silo",
    chances: { drop: 5, duplicate: 16, seed: 0xFFFF_FFFF },
  });
  assertEquals<object>(parseSimulation("linux?static=1:9-2:11,1:10-3:9&static=0:27-1:20"), {
    ...plain,
    personality: "linux",
    statics: ["1:9-2:11", "1:10-3:9", "0:27-1:20"],
  });
});

for (
  const spec of [
    "",
    "beos",
    "toString",
    "illumos?ports=5",
    "illumos?color=red",
    "linux?privileged=",
    "linux?privcmd=dead",
    "linux?xenstored=maybe",
    "linux?toString=yes",
    "linux?delivery=soon",
    "linux?xsm=flask",
    "linux?sysctl=maybe",
    "linux?conring=17k",
    "linux?drop=1001",
    "linux?drop=-1",
    "linux?drop=",
    "linux?duplicate=many",
    "linux?drop=600&duplicate=401",
    "linux?seed=4294967296",
    "linux?static=",
    "linux?static=1:9",
    "linux?static=1:9-2",
    "linux?static=1:9-2:11,",
    "linux?static=web:9-2:11",
  ]
) {
  test(`"sim:${spec}" is refused`, () => void assertThrows(() => parseSimulation(spec), UsageError));
}

test("a simulated kernel speaks its system's ABI", async () => {
  for (const [spec, abi] of [["linux", LINUX], ["illumos", ILLUMOS]] as const) {
    const { syscalls, abi: found } = await simulatedKernel(spec, 1);
    assertEquals([found, syscalls.open(abi.devicePath, { nonblock: true, cloexec: true })], [abi, 3]);
  }
});

test("a process without privileges is refused where the system refuses it", async () => {
  const open = async (spec: string) => {
    const { syscalls, abi } = await simulatedKernel(spec, 1);
    return syscalls.open(abi.devicePath, { nonblock: true, cloexec: true });
  };
  assertEquals([await open("linux?privileged=no"), await open("illumos?privileged=no")], ["EACCES", 3]);
});

test("the nodes that inspection needs can be missing", async () => {
  const nodes = ["/dev/xen/privcmd", "/dev/xen/hypercall", "/dev/xen/xenbus"];
  const open = async (spec: string) => {
    const { syscalls } = await simulatedKernel(spec, 0);
    return nodes.map((path) => syscalls.open(path, { nonblock: true, cloexec: true }));
  };
  assertEquals(await open("linux"), [3, 4, 5]);
  assertEquals(await open("linux?privcmd=no"), ["ENOENT", "ENOENT", 3]);
  assertEquals(await open("linux?xenstored=no"), [3, 4, "ENOENT"]);
  assertEquals(await open("linux?privileged=no"), ["EACCES", "EACCES", "EACCES"]);
  assertEquals(await open("illumos"), ["ENOENT", "ENOENT", "ENOENT"]);
});

test("a static channel is refused where an end is taken, reserved, beyond the last port, or of no domain", async () => {
  const taken = (port: number, domain: number) =>
    `port ${port} of domain ${domain} is taken or does not exist: a kernel takes the lowest ones when it starts`;
  for (
    const [text, hint] of [
      ["1:8-2:11", taken(8, 1)],
      ["1:9-2:0", taken(0, 2)],
      ["1:4096-2:11", taken(4096, 1)],
      ["1:99999999999-2:11", taken(0xFFFF_FFFF, 1)],
      ["1:9-1:9", taken(9, 1)],
      ["1:9-2:11,1:9-3:11", taken(9, 1)],
      ["1:9-8:11", "there is no domain 8 when the host starts"],
    ]
  ) {
    const error = await assertRejects(() => simulatedKernel(`linux?static=${text}`, 0), UsageError);
    assertEquals([error.message, error.hint], [`Cannot simulate with "static=${text.split(",").at(-1)}"`, hint]);
  }
});

test("illumos has 2-level event channels alone: 131072 ports are refused, 4096 are not", async () => {
  const error = await assertRejects(() => simulatedKernel("illumos?ports=131072", 0), UsageError);
  assertEquals(error.message, 'Cannot simulate "illumos" with "ports=131072"');
  const { world } = await simulatedKernel("illumos?ports=4096", 0);
  const dom0 = new Device(world.process(0), true, world.personality.abi);
  assertEquals([dom0.notify(4095), dom0.notify(4096)], ["ENOTCONN", "EINVAL"]);
});

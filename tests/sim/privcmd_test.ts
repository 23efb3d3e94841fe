import { assertEquals, assertThrows } from "@std/assert";
import { HYPERCALL_PATH, packHypercall, packStatusQuery, PRIVCMD_PATH, unpackStatus } from "../../ffi/privcmd.ts";
import { setU32 } from "../../ffi/endian.ts";
import { type Memory, Poll, type Result } from "../../ffi/syscalls.ts";
import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos/personality.ts";
import type { SimulatedProcess } from "../../lib/sim/kernel.ts";
import { createWorld, device } from "../support/simulated.ts";
import { test } from "../support/test.ts";

const HYPERCALL = 0x0030_5000;
const FLAGS = { nonblock: false, cloexec: true };

/** A process with both devices open and a page mapped. */
class Asker {
  readonly privcmd: number;
  readonly buffers: number;
  readonly memory: Memory;

  constructor(readonly process: SimulatedProcess) {
    this.privcmd = process.open(PRIVCMD_PATH, FLAGS) as number;
    this.buffers = process.open(HYPERCALL_PATH, FLAGS) as number;
    this.memory = process.map(this.buffers, 4096) as Memory;
  }

  call(op: number, args: readonly (number | bigint)[]): Result {
    const bytes = new Uint8Array(48);
    packHypercall({ op, args }, bytes);
    return this.process.ioctl(this.privcmd, HYPERCALL, bytes);
  }

  /** EVTCHNOP_status, the struct `offset` bytes into the page. */
  status(domain: number, port: number, offset = 0): Result | ReturnType<typeof unpackStatus> {
    const bytes = new Uint8Array(24);
    packStatusQuery(domain, port, bytes);
    this.memory.write(offset, bytes);
    const result = this.call(32, [5, this.memory.address + BigInt(offset)]);
    if (result !== 0) return result;
    this.memory.read(offset, bytes);
    return unpackStatus(bytes);
  }
}

test("memory can be accessed within its pages, only a device maps it, and unmap removes it", () => {
  const asker = new Asker(createWorld().process(0));
  const { memory } = asker;
  for (const [offset, bytes] of [[-1, 1], [4096, 1], [4090, 7]]) {
    const message = `Cannot reach ${bytes} bytes at ${offset}: there are 4096`;
    assertThrows(() => memory.read(offset, new Uint8Array(bytes)), RangeError, message);
    assertThrows(() => memory.write(offset, new Uint8Array(bytes)), RangeError, message);
  }
  assertEquals([asker.process.map(99, 4096), asker.process.map(asker.privcmd, 4096)], ["EBADF", "ENODEV"]);
  memory.unmap();
  assertEquals(asker.status(0, 1), "EFAULT");
});

test("each mapping has its own addresses, and an unmapped address is EFAULT", () => {
  const asker = new Asker(createWorld().process(0));
  const second = asker.process.map(asker.buffers, 4096) as Memory;
  const bytes = new Uint8Array(24);
  packStatusQuery(0, 1, bytes);
  second.write(0, bytes);
  assertEquals(asker.call(32, [5, second.address]), 0);
  second.read(0, bytes);
  assertEquals(unpackStatus(bytes).status, 4);
  assertEquals(asker.call(32, [5, second.address + 4096n]), "EFAULT");
});

test("a poll of privcmd for no bits waits until it is aborted", async () => {
  const { process, privcmd } = new Asker(createWorld().process(0));
  const end = new AbortController();
  const waiting = process.poll(privcmd, 0, -1, end.signal);
  end.abort();
  assertEquals(await waiting, "EINTR");
});

test("every state of a port is answered as Xen has it", () => {
  const world = createWorld();
  const asker = new Asker(world.process(0));
  const handle = device(0, world);
  const [virq, unbound] = [handle.bindVirq(4) as number, handle.allocUnbound(5) as number];
  const dom0 = (port: number) => asker.status(0, port);
  assertEquals([dom0(0), dom0(1), dom0(2), dom0(7), dom0(13), dom0(virq), dom0(unbound)], [
    { status: 0, vcpu: 0, target: 0, remotePort: 0 },
    { status: 4, vcpu: 0, target: 0, remotePort: 0 },
    { status: 5, vcpu: 0, target: 0, remotePort: 0 },
    { status: 3, vcpu: 0, target: 9, remotePort: 0 },
    { status: 2, vcpu: 0, target: 1, remotePort: 1 },
    { status: 4, vcpu: 0, target: 4, remotePort: 0 },
    { status: 1, vcpu: 0, target: 5, remotePort: 0 },
  ]);
  assertEquals(asker.status(1, 1), { status: 2, vcpu: 0, target: 0, remotePort: 13 });
  handle.unbind(virq);
  assertEquals(dom0(virq), { status: 0, vcpu: 0, target: 0, remotePort: 0 });
});

test("domain 0 may ask about every domain, a guest only about itself", () => {
  const world = createWorld({ privcmd: "unrestricted" });
  const guest = new Asker(world.process(3));
  const own = { status: 4, vcpu: 0, target: 0, remotePort: 0 };
  assertEquals([guest.status(0x7FF0, 3), guest.status(3, 3)], [own, own]);
  // In Xen's order: no such domain, past the end of its table, another domain's port.
  assertEquals([guest.status(9, 1), guest.status(0, 4096), guest.status(0, 1)], ["ESRCH", "EINVAL", "EPERM"]);
  const dom0 = new Asker(world.process(0));
  assertEquals([dom0.status(3, 3), dom0.status(9, 1), dom0.status(3, 4096)], [own, "ESRCH", "EINVAL"]);
});

test("a guest's restricted module refuses every hypercall before it reads the argument", () => {
  const asker = new Asker(createWorld().process(3));
  assertEquals([asker.status(0x7FF0, 3), asker.call(32, [5, 0]), asker.call(99, [])], ["EPERM", "EPERM", "EPERM"]);
  assertEquals(asker.process.ioctl(asker.privcmd, HYPERCALL, new Uint8Array(47)), "EPERM");
  assertEquals(asker.process.ioctl(asker.privcmd, 0x44500, new Uint8Array(48)), "ENOTTY");
});

test("an address outside the caller's mapped memory is EFAULT", () => {
  const world = createWorld({ privcmd: "unrestricted" });
  const asker = new Asker(world.process(0));
  const { address } = asker.memory;
  const end = address + 4096n;
  assertEquals([asker.status(0, 1, 4096 - 24), asker.call(32, [5, end - 23n]), asker.call(32, [5, 0])], [
    { status: 4, vcpu: 0, target: 0, remotePort: 0 },
    "EFAULT",
    "EFAULT",
  ]);
  assertEquals(new Asker(world.process(1)).call(32, [5, address + 0x10_0000n]), "EFAULT");
  assertEquals(asker.process.ioctl(asker.privcmd, HYPERCALL, new Uint8Array(47)), "EFAULT");
  asker.memory.unmap();
  assertEquals(asker.call(32, [5, address]), "EFAULT");
});

test("a mapping outlives the descriptor that it was made on", () => {
  const asker = new Asker(createWorld().process(0));
  assertEquals(asker.process.close(asker.buffers), 0);
  assertEquals(asker.status(0, 2), { status: 5, vcpu: 0, target: 0, remotePort: 0 });
});

test("a send through privcmd is a send of the caller's domain", () => {
  const world = createWorld({ privcmd: "unrestricted" });
  const hearer = device(1, world);
  const port = hearer.allocUnbound(2) as number;
  const binder = device(2, world);
  const bound = binder.bindInterdomain(1, port) as number;
  hearer.read();
  const asker = new Asker(world.process(2));
  const send = (port: number) => {
    const bytes = new Uint8Array(4);
    setU32(bytes, 0, port);
    asker.memory.write(0, bytes);
    return asker.call(32, [4, asker.memory.address]);
  };
  assertEquals([send(bound), send(3), send(4096)], [0, "EINVAL", "EINVAL"]);
  assertEquals(hearer.read(), [port]);
  assertEquals(asker.call(32, [4, 0]), "EFAULT");
});

test("what is not simulated, or unknown to Xen and the driver, is refused with their errnos", () => {
  const asker = new Asker(createWorld().process(0));
  const { process, privcmd, buffers, memory } = asker;
  assertEquals([asker.call(32, [99, memory.address]), asker.call(17, [0])], ["ENOSYS", "ENOSYS"]);
  assertEquals([
    process.ioctl(privcmd, 0x44500, new Uint8Array(48)),
    process.ioctl(buffers, HYPERCALL, new Uint8Array(48)),
  ], [
    "ENOTTY",
    "ENOTTY",
  ]);
  for (const fd of [privcmd, buffers]) {
    assertEquals([process.read(fd, new Uint8Array(8)), process.write(fd, new Uint8Array(8))], ["EINVAL", "EINVAL"]);
    assertEquals(process.pollNow(fd, Poll.IN | Poll.OUT), Poll.IN | Poll.OUT);
  }
  assertEquals(process.map(privcmd, 4096), "ENODEV");
});

test("only root can open both nodes, and only Linux has them", () => {
  const world = createWorld();
  const open = (process: SimulatedProcess) => [PRIVCMD_PATH, HYPERCALL_PATH].map((path) => process.open(path, FLAGS));
  assertEquals(open(world.process(0, false)), ["EACCES", "EACCES"]);
  assertEquals(open(world.process(5)), [3, 4]);
  assertEquals(open(createWorld({ personality: ILLUMOS_PERSONALITY }).process(0)), ["ENOENT", "ENOENT"]);
});

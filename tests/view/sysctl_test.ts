import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { HYPERCALL_BYTES, hypercallWord } from "../../ffi/privcmd.ts";
import {
  INTERFACE_VERSIONS,
  packReadConsole,
  SYSCTL_BYTES,
  unpackConsoleRead,
  unpackSysctl,
} from "../../ffi/sysctl.ts";
import type { Errno, Result, Syscalls } from "../../ffi/syscalls.ts";
import { systemClock } from "../../lib/clock.ts";
import { DeviceError } from "../../lib/errors.ts";
import { KernelView } from "../../lib/view/kernel_view.ts";
import { Hypercalls } from "../../lib/view/hypercall.ts";
import { Sysctl } from "../../lib/view/sysctl.ts";
import type { World, WorldOptions } from "../../lib/sim/world.ts";
import { createWorld, device } from "../support/simulated.ts";
import { withSession } from "../support/sessions.ts";
import { test } from "../support/test.ts";

const lines = (text: string) => text.split("\n");

/** A simulated process whose hypercalls a test sees, and may answer. */
function watched(world: World, answer: (bytes: Uint8Array) => Errno | undefined, domid = 0): Syscalls {
  const process = world.process(domid);
  const memories: { address: bigint; read(offset: number, into: Uint8Array): void }[] = [];
  return {
    open: (path, flags) => process.open(path, flags),
    close: (fd) => process.close(fd),
    blocks: (fd) => process.blocks(fd),
    dup: (fd) => process.dup(fd),
    read: (fd, buffer) => process.read(fd, buffer),
    write: (fd, buffer) => process.write(fd, buffer),
    entries: (fd, buffer) => process.entries(fd, buffer),
    readlink: (path, buffer) => process.readlink(path, buffer),
    pollNow: (fd, events) => process.pollNow(fd, events),
    poll: (fd, events, timeout, signal) => process.poll(fd, events, timeout, signal),
    map(fd, bytes) {
      const memory = process.map(fd, bytes);
      if (typeof memory !== "string") memories.push(memory);
      return memory;
    },
    ioctl(fd, request, arg): Result {
      if (arg.length === HYPERCALL_BYTES) {
        const bytes = new Uint8Array(SYSCTL_BYTES);
        memories.find(({ address }) => address === hypercallWord(arg, 1))?.read(0, bytes);
        const errno = answer(bytes);
        if (errno !== undefined) return errno;
      }
      return process.ioctl(fd, request, arg);
    },
  };
}

test("a dump is what the key wrote: whole, and nothing that was there before", () => {
  const world = createWorld();
  const xen = new Sysctl(world.process(0));
  for (let time = 0; time < 3; time++) {
    world.sysctl!.print("(XEN) d1v0 a line of a guest\n");
    const text = lines(xen.dump("e"));
    assertEquals(text.slice(0, 5), [
      "(XEN) 'e' pressed -> dumping event-channel info",
      "(XEN) Event channel information for domain 0:",
      "(XEN) Polling vCPUs: {}",
      "(XEN)     port [p/m/s]",
      "(XEN)        1 [0/0/0]: s=5 n=0 x=0 v=0",
    ]);
    assertEquals(text.filter((line) => line.includes("information for domain")).length, 8);
    assertEquals(text.at(-1), "");
  }
  xen.close();
});

test("the version of the interface is found by asking and remembered", () => {
  const versions: number[] = [];
  const xen = new Sysctl(watched(createWorld(), (bytes) => {
    const { version } = unpackSysctl(bytes);
    versions.push(version);
    return version === 0x13 ? "ENOSYS" : "EACCES"; // as if that were Xen's, and it had no such command
  }));
  assertEquals(assertThrows(() => xen.dump("e"), DeviceError).message, "Cannot read Xen's console: ENOSYS");
  assertEquals(versions, [0x15, 0x16, 0x14, 0x13]);
  xen.close();

  const asked: number[] = [];
  const second = new Sysctl(watched(createWorld(), (bytes) => void asked.push(unpackSysctl(bytes).version)));
  second.dump("e");
  second.domains();
  assertEquals(new Set(asked), new Set([0x15]));
  second.close();
});

test("a Xen of no known version is refused, with all of them tried", () => {
  let tried = 0;
  const xen = new Sysctl(watched(createWorld(), () => (tried++, "EACCES")));
  const error = assertThrows(() => xen.domains(), DeviceError);
  assertEquals([error.errno, tried], ["EACCES", INTERFACE_VERSIONS.length]);
  assertMatch(error.hint!, /version.*evtchn decode/);
  xen.close();
});

test("where it is refused, the error says who refuses, and names decode", () => {
  const cases: readonly [WorldOptions, domid: number, errno: Errno][] = [
    [{}, 3, "EPERM"], // a guest's privcmd
    [{ privcmd: "unrestricted" }, 3, "EPERM"], // Xen
    [{ sysctl: "no" }, 0, "ENOSYS"],
  ];
  for (const [options, domid, errno] of cases) {
    const xen = new Sysctl(createWorld(options).process(domid));
    for (const ask of [() => xen.dump("e"), () => xen.domains()]) {
      const error = assertThrows(ask, DeviceError);
      assertEquals([error.op, error.errno], ["sysctl", errno]);
      assertMatch(error.hint!, /`evtchn decode`/);
    }
    xen.close();
  }
});

test("nothing is taken from the ring's other readers", () => {
  const world = createWorld();
  const everything = () => {
    const calls = Hypercalls.open(world.process(0), 17);
    const bytes = new Uint8Array(SYSCTL_BYTES);
    const buffer = calls.memory.address + 4096n;
    packReadConsole(0x15, { index: 0, buffer, room: 65536 }, bytes);
    calls.memory.write(0, bytes);
    assertEquals(calls.call(Hypercalls.pack(35, [calls.memory.address])), 0);
    calls.memory.read(0, bytes);
    const text = new Uint8Array(unpackConsoleRead(bytes).count);
    calls.memory.read(4096, text);
    calls.close();
    return new TextDecoder().decode(text);
  };
  const before = everything();
  const xen = new Sysctl(world.process(0));
  const dumped = xen.dump("e");
  xen.close();
  assertEquals(everything(), before + dumped);
});

test("a ring that is smaller than the text gives its end, and the next look is again whole", () => {
  const world = createWorld();
  const handle = device(0, world);
  const ports = Array.from({ length: 500 }, () => handle.allocUnbound(1) as number);
  const xen = new Sysctl(world.process(0));
  const cut = xen.dump("e");
  assertEquals(cut.length > 16384 - 64 && cut.length < 16384, true);
  assertEquals(cut.startsWith("(XEN) "), true);
  assertMatch(cut, /Event channel information for domain 7:/);
  assertEquals(cut.includes("pressed"), false);
  for (const port of ports) handle.unbind(port);
  assertMatch(xen.dump("e"), /^\(XEN\) 'e' pressed/);
  xen.close();
});

test("a ring that is larger than one read is read in parts", () => {
  const world = createWorld({ conring: 2 ** 20, ports: 131072 });
  const handle = device(0, world);
  const ports = Array.from({ length: 3000 }, () => handle.allocUnbound(1) as number);
  const xen = new Sysctl(world.process(0));
  const text = xen.dump("e");
  assertEquals(text.length > 65536, true);
  for (const port of ports) assertEquals(text.includes(`${String(port).padStart(4)} [0/0/  -   ]: s=2`), true);
  xen.close();
});

test("the domains are Xen's, in order", () => {
  const world = createWorld();
  world.createDomain(300);
  world.destroyDomain(2);
  const xen = new Sysctl(world.process(0));
  assertEquals(xen.domains().map(({ domain }) => domain), [0, 1, 3, 4, 5, 6, 7, 300]);
  assertEquals(xen.domains()[1], { domain: 1, dying: false, shutdown: false, paused: false, maxVcpu: 0 });
  xen.close();
});

test("a view opens it at its first use, and a session carries it", async () => {
  const world = createWorld();
  const view = new KernelView({ syscalls: world.process(0), abi: world.personality.abi }, systemClock());
  const xen = await view.xen();
  assertEquals(xen === await view.xen(), true);
  const dumped = xen.dump("e");
  await withSession(async (session) => {
    const remote = await (await session.connect()).view().xen();
    assertEquals(await remote.dump("e"), dumped);
    assertEquals(await remote.domains(), xen.domains());
    const guest = await (await session.connect(3)).view().xen();
    const error = await Promise.resolve(guest.domains()).catch((error) => error);
    assertEquals([error.op, error.errno], ["sysctl", "EPERM"]);
  });
  await view.close();
});

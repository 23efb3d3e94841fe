import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Abi, LINUX } from "../../ffi/abi.ts";
import { ILLUMOS } from "../../ffi/abi_illumos.ts";
import type { Errno, Syscalls } from "../../ffi/syscalls.ts";
import { systemClock } from "../../lib/clock.ts";
import { DeviceError } from "../../lib/errors.ts";
import { KernelView } from "../../lib/view/kernel_view.ts";
import { DOMID_SELF } from "../../lib/types.ts";
import type { World } from "../../lib/sim/world.ts";
import { test } from "../support/test.ts";
import { createWorld } from "../support/simulated.ts";

/** A kernel that refuses to open some paths, and lists the open ones. */
function kernelOf(world: World, domid: number, refused: Readonly<Record<string, Errno>> = {}) {
  const process = world.process(domid);
  const open: string[] = [];
  const names = new Map<number, string>();
  const syscalls: Syscalls = Object.assign(Object.create(process) as Syscalls, {
    open(path: string, flags: Parameters<Syscalls["open"]>[1]) {
      const fd = refused[path] ?? process.open(path, flags);
      if (typeof fd === "number") {
        names.set(fd, path);
        open.push(path);
      }
      return fd;
    },
    close(fd: number) {
      open.splice(open.indexOf(names.get(fd)!), 1);
      return process.close(fd);
    },
    ...bound(process, ["blocks", "dup", "ioctl", "read", "write", "entries", "readlink", "map", "pollNow", "poll"]),
  });
  return { syscalls, abi: LINUX as Abi, open };
}

/** Methods, bound to their object. */
function bound(process: Syscalls, names: readonly (keyof Syscalls)[]): Partial<Syscalls> {
  // deno-lint-ignore no-explicit-any
  return Object.fromEntries(names.map((name) => [name, (process[name] as any).bind(process)]));
}

test("the caller's domain is found by a port for DOMID_SELF, which is closed again", async () => {
  for (const domid of [0, 3, 7]) {
    const world = createWorld({ privcmd: "unrestricted" });
    const ports = () => world.hypervisor.domain(domid)!.channel(domid === 0 ? 27 : 9)!.state;
    const kernel = kernelOf(world, domid);
    const view = new KernelView(kernel, systemClock());
    assertEquals([await view.ownDomain(), ports(), kernel.open], [domid, "free", [
      "/dev/xen/privcmd",
      "/dev/xen/hypercall",
    ]]);
    await view.close();
    assertEquals(kernel.open, []);
  }
});

test("without privcmd or the device, xenstore tells the caller's domain", async () => {
  const missing: Record<string, Errno>[] = [
    { "/dev/xen/privcmd": "ENOENT" },
    { "/dev/xen/hypercall": "ENOENT" },
    { "/dev/xen/evtchn": "ENOENT" },
    { "/dev/xen/privcmd": "EACCES", "/dev/xen/xenbus": "EACCES" },
  ];
  const told = [];
  for (const refused of missing) {
    const kernel = kernelOf(createWorld(), 3, refused);
    const view = new KernelView(kernel, systemClock());
    told.push(await view.ownDomain());
    await view.close();
    assertEquals(kernel.open, []);
  }
  assertEquals(told, [3, 3, 3, undefined]);
});

test("each part is opened once, on first use, and closed with the view", async () => {
  const kernel = kernelOf(createWorld(), 0);
  const view = new KernelView(kernel, systemClock());
  assertEquals(kernel.open, []);
  assertEquals(view.tables() === view.tables(), true);
  assertEquals(view.tables().status(DOMID_SELF, 1), { status: "virq", vcpu: 0, virq: 0 });
  assertEquals(kernel.open, ["/dev/xen/privcmd", "/dev/xen/hypercall"]);
  assertEquals(await view.store() === await view.store(), true);
  assertEquals(kernel.open, ["/dev/xen/privcmd", "/dev/xen/hypercall", "/dev/xen/xenbus"]);
  await view.close();
  assertEquals(kernel.open, []);
});

test("a part that cannot be opened leaves nothing open, and the other part works", async () => {
  const kernel = kernelOf(createWorld(), 0, { "/dev/xen/hypercall": "ENOENT" });
  const view = new KernelView(kernel, systemClock());
  assertEquals(assertThrows(() => view.tables(), DeviceError).errno, "ENOENT");
  assertEquals(kernel.open, []);
  assertEquals(await (await view.store()).read("domid"), "0");
  await view.close();
  const blind = new KernelView(kernelOf(createWorld(), 0, { "/dev/xen/xenbus": "EACCES" }), systemClock());
  assertEquals((await assertRejects(() => blind.store(), DeviceError)).errno, "EACCES");
  assertEquals(blind.tables().table(0).length, 26);
  await blind.close();
});

test("on another system nothing is opened", async () => {
  const kernel = { ...kernelOf(createWorld(), 0), abi: ILLUMOS };
  const view = new KernelView(kernel, systemClock());
  const tables = assertThrows(() => view.tables(), DeviceError);
  const store = await assertRejects(() => view.store(), DeviceError);
  assertEquals([tables.message, store.message], new Array(2).fill("Cannot look beyond a handle on illumos: ENOTSUP"));
  assertEquals([await view.ownDomain(), kernel.open], [undefined, []]);
  await view.close();
});

test("a domid in xenstore that is not valid is ignored", async () => {
  const world = createWorld();
  const told = async () => {
    const view = new KernelView(kernelOf(world, 3, { "/dev/xen/privcmd": "ENOENT" }), systemClock());
    const domain = await view.ownDomain();
    await view.close();
    return domain;
  };
  const all = [];
  for (const text of ["7", "", "x", "32752", "4294967296"]) {
    world.writeStore(3, "domid", text);
    all.push(await told());
  }
  world.removeStore(3, "domid");
  assertEquals([...all, await told()], [7, undefined, undefined, undefined, undefined, undefined]);
});

test("an error that is not a DeviceError is not hidden", async () => {
  for (const broken of ["/dev/xen/evtchn", "/dev/xen/xenbus"]) {
    const kernel = kernelOf(createWorld(), 3, { "/dev/xen/privcmd": "ENOENT" });
    const open: Syscalls["open"] = (path, flags) => {
      if (path === broken) throw new TypeError("a mistake of ours");
      return kernel.syscalls.open(path, flags);
    };
    const view = new KernelView({ abi: LINUX, syscalls: { ...kernel.syscalls, open } }, systemClock());
    await assertRejects(() => view.ownDomain(), TypeError);
    await view.close();
    assertEquals(kernel.open, []);
  }
});

import { assertEquals, assertThrows } from "@std/assert";
import { Poll } from "../../ffi/syscalls.ts";
import { virqName } from "../../lib/virq.ts";
import type { World } from "../../lib/sim/world.ts";
import { createWorld, device, pair } from "../support/simulated.ts";
import { test } from "../support/test.ts";

const DOM_EXC = 3;

/** The ports of a domain, as `port: state`. */
function listing(world: World, domid: number): string[] {
  const { hypervisor } = world;
  const dom0 = hypervisor.domain(0)!;
  const lines: string[] = [];
  for (let port = 1;; port++) {
    const status = hypervisor.status(dom0, domid, port);
    if (typeof status === "string") return lines;
    if (status.status === "closed") continue;
    const remote = status.status === "interdomain" ? ` ${status.remoteDomain}:${status.remotePort}` : "";
    const virq = status.status === "virq" ? ` ${virqName(status.virq)}` : "";
    lines.push(`${port}: ${status.status}${remote}${virq}`);
  }
}

test("a world begins with domains 0 to 7", () => {
  assertEquals(createWorld().hypervisor.domids, [0, 1, 2, 3, 4, 5, 6, 7]);
});

test("a guest's first ports are xenstore's and the console's, then its kernel's", () => {
  assertEquals(listing(createWorld(), 1), [
    "1: interdomain 0:13",
    "2: interdomain 0:14",
    "3: virq timer",
    "4: ipi",
    "5: ipi",
    "6: virq debug",
    "7: ipi",
    "8: ipi",
  ]);
});

test("domain 0's kernel holds its VIRQs, interprocessor interrupts and interrupt lines", () => {
  assertEquals(listing(createWorld(), 0).slice(0, 13), [
    "1: virq timer",
    "2: ipi",
    "3: ipi",
    "4: virq debug",
    "5: ipi",
    "6: ipi",
    "7: pirq",
    "8: pirq",
    "9: pirq",
    "10: virq arch_0",
    "11: virq pcpu_state",
    "12: virq console",
    "13: interdomain 1:1",
  ]);
});

test("a user's first port is 27 in domain 0 and 9 in a guest", () => {
  const world = createWorld();
  assertEquals([0, 1, 7].map((domid) => device(domid, world).allocUnbound(0)), [27, 9, 9]);
});

test("in domain 0 the kernel's VIRQs are taken, DOM_EXC, TBUF, DEBUGGER and CON_RING are free", () => {
  const dom0 = device(0);
  for (const virq of [0, 1, 2, 9, 16]) assertEquals(dom0.bindVirq(virq), "EEXIST", virqName(virq));
  for (const virq of [3, 4, 6, 8]) assertEquals(typeof dom0.bindVirq(virq), "number", virqName(virq));
});

test("the kernel takes its own events: no user sees them", () => {
  const world = createWorld();
  const dom0 = device(0, world);
  for (let i = 0; i < 2; i++) assertEquals(world.raise(0), 1);
  assertEquals(world.hypervisor.domain(0)!.channel(1)!.pending, false);
  assertEquals(dom0.read(), "EAGAIN");
});

test("a process cannot touch its kernel's ports", () => {
  const dom0 = device(0);
  assertEquals([dom0.notify(1), dom0.unbind(1), dom0.write(1)], ["ENOTCONN", "ENOTCONN", 4]);
});

test("worlds are independent", () => {
  const [one, other] = [createWorld(), createWorld()];
  device(0, one).bindVirq(DOM_EXC);
  assertEquals(other.raise(DOM_EXC), 0);
});

test("a domain that ends leaves its peers unbound and raises VIRQ_DOM_EXC", () => {
  const { world, binder, bound, offerer } = pair();
  const dom0 = device(0, world);
  const port = dom0.bindVirq(DOM_EXC);
  assertEquals(world.destroyDomain(1), 0);
  assertEquals(dom0.read(), [port]);
  assertEquals(binder.notify(bound), 0);
  assertEquals(binder.read(), "EAGAIN");
  assertEquals(offerer.close(), "EBADF");
  assertThrows(() => world.process(1), RangeError);
});

test("a domain that ends ends its waiting calls", async () => {
  const { world, offerer } = pair();
  const poll = offerer.process.poll(offerer.fd, Poll.IN, -1);
  world.destroyDomain(1);
  assertEquals(await poll, "EINTR");
});

test("a destroyed domain can be created again, with fresh ports and the same ones in domain 0", () => {
  const world = createWorld();
  const before = [listing(world, 0), listing(world, 3)];
  device(3, world).allocUnbound(0);
  world.destroyDomain(3);
  assertEquals(world.createDomain(3), 3);
  assertEquals([listing(world, 0), listing(world, 3)], before);
});

test("a guest starts without its services when domain 0 has no port left", () => {
  const world = createWorld();
  const dom0 = device(0, world);
  while (typeof dom0.allocUnbound(1) === "number");
  assertEquals(world.createDomain(8), 8);
  assertEquals(listing(world, 8).slice(0, 3), ["1: unbound", "2: unbound", "3: virq timer"]);
  assertEquals(world.destroyDomain(8), 0);
});

test("domains that cannot be created or destroyed: EEXIST, EINVAL, ESRCH", () => {
  const world = createWorld();
  assertEquals(world.createDomain(5), "EEXIST");
  assertEquals(world.createDomain(0x7FF0), "EINVAL");
  assertEquals(world.destroyDomain(9), "ESRCH");
  assertEquals(world.destroyDomain(0), "EINVAL");
});

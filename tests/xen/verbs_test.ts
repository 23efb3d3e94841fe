/**
 * Every verb of our device layer on the real driver.
 */
import { assert, assertEquals } from "@std/assert";
import { Poll } from "../../ffi/syscalls.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { DOMID_SELF } from "../../lib/types.ts";
import { ascending, bindLoopbacks, DEVICE, errnoOf, KERNEL, quietLoopbacks, receive, sys, test } from "./device.ts";

const TBUF = 4;
const TIMER = 0;

/** A port of nobody, among those that any kernel can tell apart: 4096 with 2-level events, 1024 and more with FIFO. */
const UNBOUND = 1000;

test("device: binding gives a port that is this handle's own", (rig) => {
  const device = rig.open();
  const virq = device.bindVirq(TBUF);
  const offered = device.allocUnbound(5);
  assertEquals([...device.bindings], [
    [virq, { kind: "virq", virq: TBUF }],
    [offered, { kind: "unbound", domain: 5 }],
  ]);
  assertEquals(errnoOf(() => rig.open().notify(virq)), "ENOTCONN");
  assertEquals(errnoOf(() => rig.open().unbind(virq)), "ENOTCONN");
  device.notify(offered); // nobody has bound it: accepted, and dropped in silence
});

test("device: the binder sees one first event, the other end none", async (rig) => {
  const device = rig.open();
  const [{ sender }] = bindLoopbacks(device, 1);
  assertEquals([...device.firstEvents], [sender]);
  assertEquals(await receive(device, 1), [sender]);
  await rig.settle();
  assertEquals(device.read(), "EAGAIN");
});

test("device: each end's notification fires the other, once until it is unmasked", async (rig) => {
  const device = rig.open();
  const [{ hearer, sender }] = await quietLoopbacks(device, 1);
  for (let i = 0; i < 3; i++) device.notify(sender);
  device.notify(hearer);
  assertEquals(ascending(await receive(device, 2)), [hearer, sender]);
  await rig.settle();
  assertEquals(device.read(), "EAGAIN");
  assertEquals(device.unmask([hearer, sender]), 8);
  await rig.settle();
  assertEquals(await receive(device, 1), [hearer]); // what was sent while it was masked
  assertEquals(device.read(), "EAGAIN");
});

test("device: unbinding frees the port, and its peer may be bound again", async (rig) => {
  const device = rig.open();
  const [{ hearer, sender }] = await quietLoopbacks(device, 1);
  assertEquals(errnoOf(() => device.bindInterdomain(DOMID_SELF, hearer)), "EINVAL");
  device.unbind(sender);
  assertEquals(errnoOf(() => device.unbind(sender)), "ENOTCONN");
  assertEquals([...device.bindings.keys()], [hearer]);
  assertEquals(device.bindInterdomain(DOMID_SELF, hearer), sender); // Xen gives out the lowest free port
});

test("device: a restricted handle binds nothing but what its domain offers", (rig) => {
  const device = rig.open();
  const port = device.allocUnbound(DOMID_SELF);
  device.restrict(5);
  assertEquals(errnoOf(() => device.bindVirq(TBUF)), "EACCES");
  assertEquals(errnoOf(() => device.allocUnbound(5)), "EACCES");
  assertEquals(errnoOf(() => device.bindInterdomain(0, port)), "EACCES");
  assertEquals(errnoOf(() => device.bindInterdomain(5, 1)), "ESRCH"); // allowed, but there is no domain 5
  assertEquals(errnoOf(() => device.restrict(5)), "EACCES");
  device.notify(port);
  device.unbind(port);
});

test("device: a duplicate is the same handle, and keeps its ports when the first descriptor is closed", (rig) => {
  const device = rig.open();
  const virq = device.bindVirq(TBUF);
  const duplicate = device.inheritable();
  device.close();
  const again = LocalDevice.adopt(duplicate.fd, KERNEL);
  again.notify(virq); // it is bound still
  assertEquals(errnoOf(() => rig.open().bindVirq(TBUF)), "EEXIST");
  again.close(); // not its own to close
  again.notify(virq);
  duplicate.close();
  rig.open().bindVirq(TBUF);
});

/** Verbs that the driver or Xen refuses, and the errno of each. */
const REFUSED: readonly (readonly [what: string, errno: string, call: (device: LocalDevice) => unknown])[] = [
  ["a VIRQ that the kernel holds", "EEXIST", (device) => device.bindVirq(TIMER)],
  ["a VIRQ that Xen has not", "EINVAL", (device) => device.bindVirq(24)],
  ["a free remote port", "EINVAL", (device) => device.bindInterdomain(0, UNBOUND)],
  ["a domain that does not run", "ESRCH", (device) => device.bindInterdomain(77, 1)],
  ["notifying a port of nobody", "ENOTCONN", (device) => device.notify(UNBOUND)],
  ["notifying a port beyond all", "ENOTCONN", (device) => device.notify(0xFFFF_FFFF)],
  ["unbinding a port of nobody", "ENOTCONN", (device) => device.unbind(UNBOUND)],
  ["unbinding a port beyond the kernel's table", "EINVAL", (device) => device.unbind(0xFFFF_FFFF)],
  ["restricting to domain 0", "EINVAL", (device) => device.restrict(0)],
  ["restricting to a reserved domain", "EINVAL", (device) => device.restrict(DOMID_SELF)],
];

for (const [what, errno, call] of REFUSED) {
  test(`device: ${what} is ${errno}`, (rig) => {
    const device = rig.open();
    assertEquals(errnoOf(() => call(device)), errno);
    assertEquals(device.bindings.size, 0);
  });
}

test("device: errno is the refused call's own while polls wait and end on other threads", async (rig) => {
  const device = rig.open();
  device.bindVirq(TBUF);
  const abort = new AbortController();
  const waiting = Array.from({ length: 8 }, () => device.poll(Poll.IN, -1, abort.signal));
  try {
    for (let round = 0; round < 500; round++) {
      const [what, errno, call] = REFUSED[round % REFUSED.length];
      assertEquals(errnoOf(() => call(device)), errno, what);
      assertEquals(device.read(), "EAGAIN");
      assertEquals(errnoOf(() => LocalDevice.open("/dev/xen/none", KERNEL)), "ENOENT");
      if (round % 50 === 0) assertEquals(await device.poll(Poll.IN, 1), 0);
    }
  } finally {
    abort.abort();
  }
  assertEquals(await Promise.all(waiting), new Array(8).fill("EINTR"));
});

test("device: a file and a device of another kind are refused before they are touched", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "precious");
  for (const other of [path, "/dev/null", "/dev/zero"]) {
    const device = LocalDevice.open(other, KERNEL);
    assertEquals(errnoOf(() => device.read()), "ENOTTY");
    assertEquals(errnoOf(() => device.unmask([1])), "ENOTTY");
    assertEquals(errnoOf(() => device.bindVirq(TBUF)), "ENOTTY");
    device.close();
  }
  assertEquals(await Deno.readTextFile(path), "precious");
  await Deno.remove(path);
});

test("device: an ioctl that the driver does not know is ENOSYS", (rig) => {
  assertEquals(sys.ioctl(rig.shellDescriptor(), 0x4599, new Uint8Array(4)), "ENOSYS");
});

test("device: its node is for root alone", async () => {
  const { mode, uid } = await Deno.stat(DEVICE);
  assertEquals([(mode ?? 0) & 0o777, uid], [0o600, 0]);
  assert(Deno.uid() === 0);
});

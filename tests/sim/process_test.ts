import { assertEquals } from "@std/assert";
import { LINUX } from "../../ffi/abi.ts";
import { Poll } from "../../ffi/syscalls.ts";
import type { Domain } from "../../lib/sim/xen/domain.ts";
import type { Handle } from "../../lib/sim/driver.ts";
import { Hypervisor } from "../../lib/sim/xen/hypervisor.ts";
import { LinuxDriver } from "../../lib/sim/linux/personality.ts";
import { ALL_EVENTS, createWorld, device, fan, fill, outcome, pair, portBytes, settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { TestClock } from "../support/test_clock.ts";

const PAGE = 4096;
const ROOT = { privileged: true };
const FLAGS = { nonblock: true, cloexec: true };

test("descriptors are the lowest free ones from 3", () => {
  const process = createWorld().process(1);
  const open = () => process.open(LINUX.devicePath, FLAGS);
  assertEquals([open(), open(), open()], [3, 4, 5]);
  assertEquals([process.close(4), process.close(3)], [0, 0]);
  assertEquals([open(), open(), open()], [3, 4, 6]);
});

test("each process has its own descriptors", () => {
  const world = createWorld();
  const [one, other] = [device(1, world), device(1, world)];
  assertEquals([one.fd, other.fd], [3, 3]);
  one.close();
  assertEquals(other.allocUnbound(2), 9);
});

test("every path but the device's is ENOENT", () => {
  const process = createWorld().process(1);
  assertEquals(process.open("/dev/xen/gntdev", FLAGS), "ENOENT");
});

test("a process that is not root cannot open the device: EACCES", () => {
  const world = createWorld();
  assertEquals(world.process(1, false).open(LINUX.devicePath, FLAGS), "EACCES");
});

test("a descriptor that is not open is EBADF, and POLLNVAL to poll", async () => {
  const process = createWorld().process(1);
  for (const fd of [-1, 0, 3, 4, 1000]) {
    assertEquals(process.close(fd), "EBADF");
    assertEquals(process.dup(fd), "EBADF");
    assertEquals(process.blocks(fd), "EBADF");
    assertEquals(process.ioctl(fd, LINUX.ioctls.RESET.request, new Uint8Array(0)), "EBADF");
    assertEquals(process.read(fd, new Uint8Array(4)), "EBADF");
    assertEquals(process.write(fd, new Uint8Array(4)), "EBADF");
    assertEquals(process.pollNow(fd, Poll.IN), fd < 0 ? 0 : Poll.NVAL);
    assertEquals(await process.poll(fd, Poll.IN, 0), fd < 0 ? 0 : Poll.NVAL);
  }
});

test("a closed descriptor is EBADF", () => {
  const dom1 = device(1);
  assertEquals([dom1.close(), dom1.close()], [0, "EBADF"]);
  assertEquals(dom1.reset(), "EBADF");
});

test("descriptors made by dup share the handle, which is released with the last of them", () => {
  const { offerer, offered, binder, bound, world } = pair();
  const { process, fd } = offerer;
  const copy = process.dup(fd) as number;
  assertEquals(copy, 4);
  process.close(fd);
  binder.notify(bound);
  assertEquals(process.read(copy, new Uint8Array(PAGE)), 4);
  process.close(copy);
  const dom1 = world.hypervisor.domain(1)!;
  assertEquals(world.hypervisor.status(dom1, 1, offered), { status: "closed", vcpu: 0 });
});

test("blocks tells how the descriptor was opened, its copies included", () => {
  const world = createWorld();
  const [blocking, nonblocking] = [device(1, world, false), device(1, world, true)];
  for (const [{ process, fd }, blocks] of [[blocking, true], [nonblocking, false]] as const) {
    assertEquals(process.blocks(fd), blocks);
    assertEquals(process.blocks(process.dup(fd) as number), blocks);
  }
});

test("a read that would block is EDEADLK without O_NONBLOCK, EAGAIN with it", () => {
  assertEquals(device(1, createWorld(), false).read(), "EDEADLK");
  assertEquals(device(1).read(), "EAGAIN");
});

test("poll waits for an event and gives its bits", async () => {
  const { offerer, binder, bound } = pair();
  const poll = offerer.process.poll(offerer.fd, Poll.IN | Poll.RDNORM, -1);
  assertEquals(await outcome(poll), "waiting");
  binder.notify(bound);
  assertEquals(await poll, Poll.IN | Poll.RDNORM);
});

test("poll for bits that hold already does not wait, even with an aborted signal", async () => {
  const { offerer } = pair();
  assertEquals(await offerer.process.poll(offerer.fd, ALL_EVENTS, -1), Poll.OUT | Poll.WRNORM);
  assertEquals(await offerer.process.poll(offerer.fd, Poll.OUT, -1, AbortSignal.abort()), Poll.OUT);
});

test("poll with timeout 0 returns at once, with EINTR if its signal is aborted", async () => {
  const { offerer } = pair();
  assertEquals(await offerer.process.poll(offerer.fd, Poll.IN, 0), 0);
  assertEquals(await offerer.process.poll(offerer.fd, Poll.IN, 0, AbortSignal.abort()), "EINTR");
});

test("poll gives 0 when its time runs out, by the world's clock", async () => {
  const clock = new TestClock();
  const { offerer } = pair(createWorld({ clock }));
  const poll = offerer.process.poll(offerer.fd, Poll.IN, 500);
  clock.advance(499);
  assertEquals(await outcome(poll), "waiting");
  clock.advance(1);
  assertEquals(await poll, 0);
});

test("poll ends with EINTR when its signal is aborted, and leaves no timer", async () => {
  const clock = new TestClock();
  const { offerer, binder, bound } = pair(createWorld({ clock }));
  const stop = new AbortController();
  const poll = offerer.process.poll(offerer.fd, Poll.IN, 500, stop.signal);
  assertEquals(clock.sleeping, 1);
  stop.abort();
  assertEquals(await poll, "EINTR");
  assertEquals(clock.sleeping, 0);
  binder.notify(bound); // the queue is empty
});

test("a poll that an event ends leaves no timer and no listener (this machine's clock)", async () => {
  const { offerer, binder, bound } = pair();
  const stop = new AbortController();
  const poll = offerer.process.poll(offerer.fd, Poll.IN, 1_000_000, stop.signal);
  await settle();
  binder.notify(bound);
  assertEquals(await poll, Poll.IN);
  stop.abort();
});

test("a poll for nothing is not ended by an event", async () => {
  const clock = new TestClock();
  const { offerer, binder, bound } = pair(createWorld({ clock }));
  const poll = offerer.process.poll(offerer.fd, 0, 10);
  binder.notify(bound);
  assertEquals(await outcome(poll), "waiting");
  clock.advance(10);
  assertEquals(await poll, 0);
});

test("a waiting poll sees an overflow as POLLERR alone", async () => {
  const threads = fan(1);
  const { process, fd } = threads.hearer;
  const poll = process.poll(fd, Poll.IN, -1);
  fill(threads, 65);
  assertEquals(await poll, Poll.ERR);
});

test("a handle is kept while a poll waits on it, although its descriptor is closed", async () => {
  const { offerer, offered, binder, bound, world } = pair();
  const poll = offerer.process.poll(offerer.fd, Poll.IN, -1);
  offerer.close();
  binder.notify(bound);
  assertEquals(await poll, Poll.IN);
  await settle();
  const dom1 = world.hypervisor.domain(1)!;
  assertEquals(world.hypervisor.status(dom1, 1, offered), { status: "closed", vcpu: 0 });
});

test("only an event into an empty ring wakes; into a partly read one it does not (drivers/xen/evtchn.c:177)", () => {
  const xen = new Hypervisor(4096);
  const domain = xen.createDomain(1) as Domain;
  const handle = new LinuxDriver(xen, domain).open(ROOT) as Handle;
  const { request } = LINUX.ioctls.BIND_UNBOUND_PORT;
  const ports = [1, 2, 3].map(() => handle.ioctl(ROOT, request, portBytes(1)) as number);
  let wakes = 0;
  const wait = () => handle.pollers(Poll.IN).add(() => wakes++);
  const woken = ports.map((port) => {
    wait();
    domain.channel(port)!.raise();
    if (port === 2) handle.read(ROOT, new Uint8Array(4)); // of two ports: one is left
    return wakes;
  });
  assertEquals(woken, [1, 1, 1]);
});

test("a process that exits closes its descriptors and ends its waiting calls", async () => {
  const { offerer, offered, world } = pair();
  const { process, fd } = offerer;
  process.dup(fd);
  const poll = process.poll(fd, Poll.IN, -1);
  process.exit();
  assertEquals(await poll, "EINTR");
  assertEquals([process.close(3), process.close(4)], ["EBADF", "EBADF"]);
  assertEquals(process.open(LINUX.devicePath, FLAGS), "ENODEV");
  const dom1 = world.hypervisor.domain(1)!;
  assertEquals(world.hypervisor.status(dom1, 1, offered), { status: "closed", vcpu: 0 });
});

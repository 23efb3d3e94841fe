import { assert, assertEquals } from "@std/assert";
import { Poll } from "../../ffi/syscalls.ts";
import { device, fan, fill, pair, READABLE, WRITABLE } from "../support/simulated.ts";
import { test } from "../support/test.ts";

const FULL = 64;

test("an event is read once, and its port stays masked until it is written (drivers/xen/evtchn.c:169)", () => {
  const { offerer, offered, binder, bound } = pair();
  binder.notify(bound);
  assertEquals(offerer.read(), [offered]);
  binder.notify(bound);
  assertEquals(offerer.read(), "EAGAIN");
  assertEquals(offerer.write(offered), 4);
  assertEquals(offerer.read(), [offered]);
});

test("events that come while a port is masked are one when it is unmasked", () => {
  const { offerer, offered, binder, bound } = pair();
  for (let i = 0; i < 5; i++) binder.notify(bound);
  assertEquals(offerer.read(), [offered]);
  offerer.write(offered);
  assertEquals(offerer.read(), [offered]);
  offerer.write(offered);
  assertEquals(offerer.read(), "EAGAIN");
});

test("writing P P with an event waiting gives one event and leaves P unmasked (drivers/xen/evtchn.c:293)", () => {
  const { offerer, offered, binder, bound } = pair();
  binder.notify(bound);
  binder.notify(bound);
  assertEquals(offerer.write(offered, offered), 8);
  assertEquals(offerer.read(), [offered, offered]); // the entry that was in the ring, and the event that waited
  binder.notify(bound);
  assertEquals(offerer.read(), [offered]); // P was still unmasked
});

test("an enabled port is not unmasked again (drivers/xen/evtchn.c:293)", () => {
  const { world, offerer, offered, binder, bound } = pair();
  const mask = () => world.hypervisor.domain(1)!.mask(offered); // behind the driver's back
  mask();
  offerer.write(offered);
  binder.notify(bound);
  assertEquals(offerer.read(), "EAGAIN");
  world.hypervisor.domain(1)!.unmask(offered);
  offerer.read();
  offerer.write(offered);
  mask();
  offerer.write(offered);
  binder.notify(bound);
  assertEquals(offerer.read(), "EAGAIN");
});

test("write skips foreign, unknown and enabled ports without an error (drivers/xen/evtchn.c:288)", () => {
  const { world, offered, offerer, binder, bound } = pair();
  binder.notify(bound);
  binder.notify(bound);
  offerer.read();
  const other = device(1, world);
  assertEquals(other.write(offered, 0, 1, 4095, 4096, 2 ** 32 - 1), 24);
  assertEquals(offerer.read(), "EAGAIN"); // another handle's write did not unmask it
});

test("write counts whole ports, a page at most (drivers/xen/evtchn.c:273)", () => {
  const dom1 = device(1);
  const write = (bytes: number) => dom1.process.write(dom1.fd, new Uint8Array(bytes));
  assertEquals([0, 3, 4, 7, 4095, 4096, 5000].map(write), [0, 0, 4, 4, 4092, 4096, 4096]);
});

test("a read of fewer than 4 bytes is 0: empty, with events, and after an overflow (drivers/xen/evtchn.c:200)", () => {
  const threads = fan(1);
  const { process, fd } = threads.hearer;
  const read = () => [0, 1, 3].map((bytes) => process.read(fd, new Uint8Array(bytes)));
  assertEquals(read(), [0, 0, 0]);
  threads.send(0);
  assertEquals(read(), [0, 0, 0]);
  fill(threads, FULL + 1);
  assertEquals(threads.hearer.read(), "EFBIG");
  assertEquals(read(), [0, 0, 0]);
});

test("a read counts whole ports (drivers/xen/evtchn.c:198)", () => {
  const { hearer, send } = fan(3);
  [0, 1, 2].forEach(send);
  assertEquals(hearer.process.read(hearer.fd, new Uint8Array(11)), 8);
  assertEquals(hearer.process.read(hearer.fd, new Uint8Array(11)), 4);
});

test("a read takes a page at most (drivers/xen/evtchn.c:203)", () => {
  const { hearer, heard, send } = fan(1500);
  heard.forEach((_, i) => send(i));
  assertEquals(hearer.read(2000), heard.slice(0, 1024));
  assertEquals(hearer.read(2000), heard.slice(1024));
});

test("partial reads across the ring's end lose nothing (drivers/xen/evtchn.c:230-254)", () => {
  const { hearer, heard, send } = fan(FULL);
  for (let i = 0; i < 50; i++) send(i);
  assertEquals(hearer.read(50), heard.slice(0, 50));
  hearer.write(...heard);
  heard.forEach((_, i) => send(i)); // full: from slot 50 over the end to slot 49
  assertEquals(hearer.read(10), heard.slice(0, 10));
  assertEquals(hearer.read(10), heard.slice(10, 20));
  assertEquals(hearer.read(), heard.slice(20));
});

test("the ring doubles at the 65th port, wrapped and full, without losing an event (drivers/xen/evtchn.c:317)", () => {
  const { hearer, heard, send, sender } = fan(FULL);
  for (let i = 0; i < 10; i++) send(i);
  hearer.read();
  hearer.write(...heard);
  heard.forEach((_, i) => send(i));
  const late = hearer.allocUnbound(1);
  sender.notify(sender.bindInterdomain(1, late));
  assertEquals(hearer.read(), [...heard, late]);
  assertEquals(hearer.poll(), WRITABLE);
});

test("as many events as there are ports always fit (drivers/xen/evtchn.c:313)", () => {
  const { hearer, heard, send } = fan(300);
  heard.forEach((_, i) => send(i));
  assertEquals(hearer.read(), heard);
});

test("the ring does not shrink: after 65 ports, 128 entries fit for the one that is left", () => {
  const threads = fan(FULL + 1);
  threads.heard.slice(1).forEach(threads.hearer.unbind);
  fill(threads, 2 * FULL);
  assertEquals(threads.hearer.poll(), READABLE);
  fill(threads, 1);
  assertEquals(threads.hearer.poll(), Poll.ERR);
});

test("unmasking without reading overflows the 64 slots: POLLERR alone, then EFBIG (drivers/xen/evtchn.c:633, 209)", () => {
  const threads = fan(1);
  fill(threads, FULL);
  assertEquals(threads.hearer.poll(), READABLE);
  fill(threads, 1);
  assertEquals(threads.hearer.poll(), Poll.ERR);
  assertEquals(threads.hearer.read(), "EFBIG"); // although 64 entries wait
  assertEquals(threads.hearer.read(1), "EFBIG");
});

test("stale entries overflow the ring too", () => {
  const { hearer, heard, send } = fan(FULL);
  heard.forEach((_, i) => send(i));
  heard.forEach(hearer.unbind);
  const port = hearer.allocUnbound(1);
  assertEquals(hearer.poll(), READABLE);
  hearer.notify(hearer.bindInterdomain(1, port)); // its first event is the 65th entry
  assertEquals(hearer.poll(), Poll.ERR);
});

test("reset ends an overflow and discards what the ring held (drivers/xen/evtchn.c:587)", () => {
  const threads = fan(1);
  fill(threads, FULL + 1);
  assertEquals(threads.hearer.reset(), 0);
  assertEquals(threads.hearer.poll(), WRITABLE);
  assertEquals(threads.hearer.read(), "EAGAIN");
});

test("the port whose event was lost stays disabled after the reset, until it is written (drivers/xen/evtchn.c:170)", () => {
  const threads = fan(1);
  const { hearer, heard, send } = threads;
  fill(threads, FULL);
  send(0); // overflows; the interrupt disables the port all the same
  hearer.reset();
  send(0);
  assertEquals(hearer.read(), "EAGAIN");
  hearer.write(heard[0]);
  assertEquals(hearer.read(), heard);
});

test("ports whose entries a reset discards stay masked until they are written", () => {
  const { hearer, heard, send } = fan(3);
  [0, 1].forEach(send);
  hearer.reset();
  [0, 1, 2].forEach(send);
  assertEquals(hearer.read(), [heard[2]]);
  hearer.write(heard[0]);
  assertEquals(hearer.read(), [heard[0]]);
});

test("an entry is still read after its port was unbound", () => {
  const { hearer, heard, send } = fan(2);
  [0, 1].forEach(send);
  hearer.unbind(heard[0]);
  assertEquals(hearer.read(), heard);
  assertEquals(hearer.write(heard[0]), 4);
});

test("an entry of an unbound port looks like an event of the channel that has its number now", () => {
  const { hearer, heard, send } = fan(1);
  send(0);
  hearer.unbind(heard[0]);
  const reused = hearer.allocUnbound(2);
  assertEquals(reused, heard[0]);
  assertEquals(hearer.read(), [reused]);
});

test("an event that waits in Xen is lost when its port is closed (xen/common/event_channel.c:288)", () => {
  const { hearer, heard, send, world } = fan(1);
  send(0);
  hearer.read();
  send(0); // waits: the port is masked
  hearer.unbind(heard[0]);
  const other = device(1, world);
  assertEquals(other.allocUnbound(2), heard[0]);
  assertEquals(other.read(), "EAGAIN");
});

test("poll gives OUT and WRNORM always, IN and RDNORM with events (drivers/xen/evtchn.c:626)", () => {
  const { offerer, binder, bound } = pair();
  assertEquals(offerer.poll(), WRITABLE);
  binder.notify(bound);
  assertEquals(offerer.poll(), READABLE);
  assertEquals(offerer.poll(Poll.IN), Poll.IN);
  assertEquals(offerer.poll(Poll.OUT), Poll.OUT);
  assertEquals(offerer.poll(0), 0);
});

test("POLLERR comes without being asked for", () => {
  const threads = fan(1);
  fill(threads, FULL + 1);
  assertEquals([0, Poll.IN, Poll.OUT].map(threads.hearer.poll), [Poll.ERR, Poll.ERR, Poll.ERR]);
});

test("a handle that has bound nothing has no ring: EAGAIN, and a reset is 0", () => {
  const dom1 = device(1);
  assertEquals(dom1.read(), "EAGAIN");
  assertEquals(dom1.reset(), 0);
  assert(dom1.poll() === WRITABLE);
});

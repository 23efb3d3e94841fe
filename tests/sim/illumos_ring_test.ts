/** Bare line numbers are of usr/src/uts/common/xen/io/evtchn_dev.c. */
import { assertEquals, assertThrows } from "@std/assert";
import { Poll } from "../../ffi/syscalls.ts";
import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos/personality.ts";
import { ALL_EVENTS, createWorld, device, fan as fanOf, fill, pair as pairOf } from "../support/simulated.ts";
import { test } from "../support/test.ts";

/** The slots of a page (89). */
const FULL = 1024;
const READABLE = Poll.IN | Poll.RDNORM | Poll.OUT;

const illumos = () => createWorld({ personality: ILLUMOS_PERSONALITY });
const pair = () => pairOf(illumos());
const fan = (count: number) => fanOf(count, illumos());

test("illumos: its event channels are 2-level, 4096 a domain (112)", () => {
  assertEquals(illumos().hypervisor.ports, 4096);
  assertThrows(() => createWorld({ personality: ILLUMOS_PERSONALITY, ports: 131072 }), RangeError);
});

test("illumos: an event is read once, and its port stays masked until it is written (132, 273)", () => {
  const { offerer, offered, binder, bound } = pair();
  for (let i = 0; i < 3; i++) binder.notify(bound);
  assertEquals([offerer.read(), offerer.read()], [[offered], "EAGAIN"]);
  assertEquals(offerer.write(offered), 4);
  assertEquals([offerer.read(), offerer.read()], [[offered], "EAGAIN"]); // one event for all that came meanwhile
  offerer.write(offered);
  assertEquals(offerer.read(), "EAGAIN");
});

test("illumos: writing P P with an event waiting gives one event and leaves P unmasked (269-275)", () => {
  const { offerer, offered, binder, bound } = pair();
  binder.notify(bound);
  binder.notify(bound);
  assertEquals(offerer.write(offered, offered), 8);
  assertEquals(offerer.read(), [offered, offered]); // the entry that was in the ring, and the event that waited
  binder.notify(bound);
  assertEquals(offerer.read(), [offered]); // P was still unmasked
});

test("illumos: a write unmasks every port: there is no enabled flag (270-273)", () => {
  const { world, offerer, offered, binder, bound } = pair();
  world.hypervisor.domain(1)!.mask(offered); // behind the driver's back
  offerer.write(offered);
  binder.notify(bound);
  assertEquals(offerer.read(), [offered]);
});

test("illumos: write skips foreign, unknown and out-of-range ports without an error (270)", () => {
  const { offerer } = pair();
  assertEquals(offerer.write(0, 1, 4095, 4096, 2 ** 32 - 1), 20);
});

test("illumos: write counts whole ports, a page at most (255, 262)", () => {
  const { process, fd } = device(1, illumos());
  const write = (bytes: number) => process.write(fd, new Uint8Array(bytes));
  assertEquals([0, 3, 4, 7, 4095, 4096, 5000].map(write), [0, 0, 4, 4, 4092, 4096, 4096]);
});

test("illumos: a read of fewer than 4 bytes is 0: empty, with events, and after an overflow (178)", () => {
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

test("illumos: a read counts whole ports, a page at most (176, 181)", () => {
  const { hearer, heard, send } = fan(FULL);
  heard.forEach((_, i) => send(i));
  assertEquals(hearer.process.read(hearer.fd, new Uint8Array(11)), 8);
  assertEquals(hearer.process.read(hearer.fd, new Uint8Array(9000)), 4088);
});

test("illumos: partial reads across the ring's end lose nothing (205-229)", () => {
  const { hearer, heard, send } = fan(FULL);
  for (let i = 0; i < 1000; i++) send(i);
  assertEquals(hearer.read(1000), heard.slice(0, 1000));
  hearer.write(...heard);
  heard.forEach((_, i) => send(i)); // full: from slot 1000 over the end to slot 999
  assertEquals(hearer.read(10), heard.slice(0, 10));
  assertEquals(hearer.read(20), heard.slice(10, 30)); // 14 before the end, 6 behind it
  assertEquals(hearer.read(), heard.slice(30));
});

test("illumos: a handle has its ring from the start, and it never grows: 1024 ports fit, 1025 do not (89, 149)", () => {
  const { hearer, heard, send } = fan(FULL + 1);
  for (let i = 0; i < FULL; i++) send(i);
  assertEquals(hearer.poll(), READABLE);
  send(FULL);
  assertEquals(hearer.poll(), READABLE | Poll.ERR);
  assertEquals(hearer.read(), "EFBIG");
  hearer.write(...heard);
  heard.slice(1).forEach(hearer.unbind);
  assertEquals(hearer.read(), "EFBIG"); // for ever: neither writing nor unbinding helps
});

test("illumos: unmasking without reading overflows the ring, and no ioctl ends it (150, 186, 436)", () => {
  const threads = fan(1);
  fill(threads, FULL);
  assertEquals(threads.hearer.poll(), READABLE);
  fill(threads, 1);
  assertEquals([threads.hearer.read(), threads.hearer.read(1)], ["EFBIG", "EFBIG"]); // although 1024 entries wait
  assertEquals([threads.hearer.reset(), threads.hearer.read()], ["ENOSYS", "EFBIG"]);
});

test("illumos: only closing ends an overflow; the next handle has a new ring (517, 549)", () => {
  const threads = fan(1);
  fill(threads, FULL + 1);
  threads.hearer.close();
  const next = device(1, threads.world);
  assertEquals([next.read(), next.poll()], ["EAGAIN", Poll.OUT]);
});

test("illumos: an overflow of one handle does not affect the others of the domain", () => {
  const threads = fan(1);
  fill(threads, FULL + 1);
  const other = device(1, threads.world);
  const bound = other.bindInterdomain(1, other.allocUnbound(1));
  assertEquals(other.read(), [bound]);
});

test("illumos: stale entries overflow the ring too", () => {
  const { hearer, heard, send } = fan(FULL);
  heard.forEach((_, i) => send(i));
  heard.forEach(hearer.unbind);
  hearer.bindInterdomain(1, hearer.allocUnbound(1)); // its first event is the 1025th entry
  assertEquals(hearer.read(), "EFBIG");
});

test("illumos: an entry is still read after its port was unbound (313-319)", () => {
  const { hearer, heard, send } = fan(2);
  [0, 1].forEach(send);
  hearer.unbind(heard[0]);
  assertEquals(hearer.read(), heard);
  assertEquals(hearer.write(heard[0]), 4);
});

test("illumos: an entry of an unbound port looks like an event of the channel that has its number now", () => {
  const { hearer, heard, send } = fan(1);
  send(0);
  hearer.unbind(heard[0]);
  const reused = hearer.allocUnbound(2);
  assertEquals(hearer.read(), [reused]);
  assertEquals(reused, heard[0]);
});

test("illumos: poll gives OUT when it is asked for, IN and RDNORM when there are events (453, 457-460)", () => {
  const { offerer, binder, bound } = pair();
  const asked = [ALL_EVENTS, Poll.IN, Poll.RDNORM, Poll.OUT, Poll.WRNORM, 0];
  assertEquals(asked.map(offerer.poll), [Poll.OUT, 0, 0, Poll.OUT, 0, 0]);
  binder.notify(bound);
  assertEquals(asked.map(offerer.poll), [READABLE, Poll.IN, Poll.RDNORM, Poll.OUT, 0, 0]);
});

test("illumos: after an overflow POLLERR comes besides the other bits, without being asked for (455)", () => {
  const threads = fan(1);
  fill(threads, FULL + 1);
  assertEquals([ALL_EVENTS, Poll.IN, Poll.OUT, 0].map(threads.hearer.poll), [
    READABLE | Poll.ERR,
    Poll.IN | Poll.ERR,
    Poll.OUT | Poll.ERR,
    Poll.ERR,
  ]);
});

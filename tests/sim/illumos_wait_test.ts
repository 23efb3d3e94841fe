/** Who is woken when. Bare line numbers are of usr/src/uts/common/xen/io/evtchn_dev.c. */
import { assertEquals } from "@std/assert";
import { Poll } from "../../ffi/syscalls.ts";
import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos/personality.ts";
import { createWorld } from "../../lib/sim/world.ts";
import { type Device, device, fan as fanOf, fill, ManualClock, outcome, settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";

const illumos = () => createWorld({ personality: ILLUMOS_PERSONALITY, clock: new ManualClock() });

/** A blocking handle of domain 1, two ports of it, and what makes each pending. */
function blockingReader() {
  const world = illumos();
  const reader = device(1, world, false);
  const ports = [0, 1].map(() => reader.allocUnbound(2) as number);
  const sender = device(2, world);
  const ends = ports.map((port) => sender.bindInterdomain(1, port));
  return { reader, ports, send: (index: number) => sender.notify(ends[index]) };
}

/** read(2) that waits, of so many ports; gives the bytes. */
function waitingRead({ process, fd }: Device, count = 1024, signal?: AbortSignal) {
  return process.readWaiting(fd, new Uint8Array(count * 4), signal);
}

test("illumos: a blocking reader waits for the first event, and runs after what woke it (199)", async () => {
  const { reader, ports, send } = blockingReader();
  const read = waitingRead(reader);
  assertEquals(await outcome(read), "waiting");
  send(0);
  reader.write(ports[0]);
  send(0);
  assertEquals(await read, 8);
});

test("illumos: a full ring wakes one reader, the one that has waited longest (143)", async () => {
  const { reader, ports, send } = blockingReader();
  const reads = [waitingRead(reader), waitingRead(reader)];
  send(0);
  assertEquals([await outcome(reads[0]), await outcome(reads[1])], [4, "waiting"]);
  reader.write(ports[0]);
  send(0);
  assertEquals(await reads[1], 4);
});

test("illumos: a second reader sleeps on although events wait, after a partial read (142, 229)", async () => {
  const { reader, ports, send } = blockingReader();
  const reads = [waitingRead(reader, 1), waitingRead(reader, 1)];
  send(0);
  send(1);
  assertEquals([await outcome(reads[0]), await outcome(reads[1])], [4, "waiting"]);
  assertEquals(reader.poll(Poll.IN), Poll.IN); // one entry is left, and nobody is told
  reader.write(ports[0]);
  send(0);
  assertEquals(await outcome(reads[1]), "waiting"); // the ring was not empty: no wake-up
  assertEquals(reader.read(), [ports[1], ports[0]]);
  send(1);
  reader.write(ports[1]); // it was empty now
  assertEquals(await reads[1], 4);
});

test("illumos: a signal ends a read with EINTR although events wait: it is looked at first (199-202)", async () => {
  const { reader, send } = blockingReader();
  const stop = new AbortController();
  const first = waitingRead(reader, 1);
  const second = waitingRead(reader, 1, stop.signal);
  send(0);
  send(1);
  assertEquals(await first, 4);
  assertEquals(await outcome(second), "waiting");
  stop.abort();
  assertEquals([await second, reader.poll(Poll.IN)], ["EINTR", Poll.IN]);
});

test("illumos: a reader that a signal and an event reach together passes the wake-up on", async () => {
  const { reader, send } = blockingReader();
  const stop = new AbortController();
  const interrupted = waitingRead(reader, 1, stop.signal);
  const other = waitingRead(reader, 1);
  await settle();
  stop.abort();
  send(0);
  assertEquals([await interrupted, await other], ["EINTR", 4]);
});

test("illumos: a reader whose events another takes first waits on (185-203)", async () => {
  const { reader, ports, send } = blockingReader();
  const read = waitingRead(reader);
  send(0);
  assertEquals(reader.read(), [ports[0]]); // before the woken one runs
  assertEquals(await outcome(read), "waiting");
  reader.write(ports[0]);
  send(0);
  assertEquals(await read, 4);
});

test("illumos: a blocking reader answers at once what read answers: 0, EFBIG", async () => {
  const threads = fanOf(1, illumos());
  fill(threads, 1025);
  assertEquals([await waitingRead(threads.hearer, 0), await waitingRead(threads.hearer)], [0, "EFBIG"]);
});

test("illumos: all polls for events are woken, besides the one reader (143-146)", async () => {
  const { reader, send } = blockingReader();
  const { process, fd } = reader;
  const polls = [Poll.IN, Poll.RDNORM].map((events) => process.poll(fd, events, -1));
  assertEquals(await outcome(Promise.all(polls)), "waiting");
  send(0);
  assertEquals(await Promise.all(polls), [Poll.IN, Poll.RDNORM]);
});

test("illumos: a poll for nothing is on no pollhead: an overflow does not wake it (457-463)", async () => {
  const threads = fanOf(1, illumos());
  const { process, fd } = threads.hearer;
  const stop = new AbortController();
  const poll = process.poll(fd, 0, -1, stop.signal);
  fill(threads, 1025);
  assertEquals(await outcome(poll), "waiting");
  assertEquals(await process.poll(fd, 0, -1), Poll.ERR); // who asks anew sees it
  stop.abort();
  await poll;
});

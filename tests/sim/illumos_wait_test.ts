/** Which polls are woken. Bare line numbers are of usr/src/uts/common/xen/io/evtchn_dev.c. */
import { assertEquals } from "@std/assert";
import { Poll } from "../../ffi/syscalls.ts";
import { ILLUMOS_PERSONALITY } from "../../lib/sim/illumos/personality.ts";
import { createWorld, fan, fill, outcome } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { TestClock } from "../support/test_clock.ts";

const illumos = () => createWorld({ personality: ILLUMOS_PERSONALITY, clock: new TestClock() });

test("illumos: all polls for events are woken (143-146)", async () => {
  const { hearer, send } = fan(1, illumos());
  const { process, fd } = hearer;
  const polls = [Poll.IN, Poll.RDNORM].map((events) => process.poll(fd, events, -1));
  assertEquals(await outcome(Promise.all(polls)), "waiting");
  send(0);
  assertEquals(await Promise.all(polls), [Poll.IN, Poll.RDNORM]);
});

test("illumos: a poll for nothing is on no pollhead: an overflow does not wake it (457-463)", async () => {
  const threads = fan(1, illumos());
  const { process, fd } = threads.hearer;
  const stop = new AbortController();
  const poll = process.poll(fd, 0, -1, stop.signal);
  fill(threads, 1025);
  assertEquals(await outcome(poll), "waiting");
  assertEquals(await process.poll(fd, 0, -1), Poll.ERR); // a new poll sees it
  stop.abort();
  await poll;
});

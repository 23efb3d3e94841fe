import { assertEquals } from "@std/assert";
import { Poll } from "../../ffi/syscalls.ts";
import type { EventChannelDevice } from "../../lib/handle.ts";
import { SharedPoll } from "../../lib/session/shared_poll.ts";
import { TestClock } from "../lib/test_clock.ts";
import { test } from "../sim/harness.ts";

test("a poll that says ready over and over where nothing is does not keep signals waiting", async () => {
  const abort = new AbortController();
  const clock = new TestClock();
  const sleep = clock.sleep.bind(clock);
  clock.sleep = (milliseconds, signal) => {
    if (milliseconds === 0) abort.abort(); // its turn for timers and signals
    return sleep(milliseconds, signal);
  };
  let calls = 0;
  const poll = (_events: number, timeout: number) => {
    if (++calls > 1000) throw new Error("it goes on and on");
    return Promise.resolve(timeout === 0 ? 0 : Poll.IN);
  };
  const shared = new SharedPoll({ poll } as EventChannelDevice, clock);
  assertEquals(await shared.poll(Poll.IN, -1, abort.signal), "EINTR");
});

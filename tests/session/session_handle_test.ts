import { assert, assertEquals } from "@std/assert";
import { Poll } from "../../ffi/syscalls.ts";
import type { EventChannelDevice } from "../../lib/handle/handle.ts";
import { SessionHandle } from "../../lib/session/session_handle.ts";
import { TestClock } from "../support/test_clock.ts";
import { settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";

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
  const shared = new SessionHandle({ poll } as EventChannelDevice, clock);
  assertEquals(await shared.poll(Poll.IN, -1, abort.signal), "EINTR");
});

test("a poll that does not ask to read waits for its time alone, or its signal", async () => {
  const clock = new TestClock();
  const poll = (_events: number, timeout: number) => {
    if (timeout !== 0) throw new Error("nothing is to be read");
    return Promise.resolve(0);
  };
  const shared = new SessionHandle({ poll } as EventChannelDevice, clock);
  const timed = shared.poll(Poll.OUT, 5, new AbortController().signal);
  await clock.asleep();
  clock.advance(5);
  await settle();
  clock.advance(0); // the look anew
  assertEquals(await timed, 0);
  const abort = new AbortController();
  const ended = shared.poll(Poll.OUT, -1, abort.signal);
  await clock.asleep();
  abort.abort();
  assertEquals(await ended, "EINTR");
});

test("polls that come and go beside a long one leave nothing behind on the poll(2) that they share", async () => {
  const clock = new TestClock();
  const shared = Promise.withResolvers<number>();
  let reactions = 0;
  const then = shared.promise.then.bind(shared.promise);
  shared.promise.then = ((...args: Parameters<typeof then>) => {
    reactions++;
    return then(...args);
  }) as typeof then;
  const poll = (_events: number, timeout: number) => timeout === 0 ? Promise.resolve(0) : shared.promise;
  const handle = new SessionHandle({ poll } as EventChannelDevice, clock);
  const end = new AbortController();
  const long = handle.poll(Poll.IN, -1, end.signal);
  await clock.asleep();
  for (let i = 0; i < 100; i++) {
    const abort = new AbortController();
    const short = handle.poll(Poll.IN, -1, abort.signal);
    await settle();
    abort.abort();
    assertEquals(await short, "EINTR");
  }
  end.abort();
  assertEquals(await long, "EINTR");
  assert(reactions <= 2, `${reactions} reactions`);
});

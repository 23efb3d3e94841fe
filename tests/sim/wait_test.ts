import { assertEquals } from "@std/assert";
import { WaitQueue, waitUntil } from "../../lib/sim/wait.ts";
import { outcome, settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { TestClock } from "../support/test_clock.ts";

/** A signal that counts its listeners. */
class CountedSignal extends EventTarget {
  listeners = 0;
  readonly aborted = false;

  override addEventListener(...args: Parameters<EventTarget["addEventListener"]>): void {
    this.listeners++;
    super.addEventListener(...args);
  }

  override removeEventListener(...args: Parameters<EventTarget["removeEventListener"]>): void {
    this.listeners--;
    super.removeEventListener(...args);
  }
}

/** A wait for `state.ready` that may take 100 ms. */
function waiting(timeout = 100) {
  const queue = new WaitQueue();
  const clock = new TestClock();
  const signal = new CountedSignal();
  const state = { ready: false };
  const limits = { clock, timeout, signals: [signal as unknown as AbortSignal, undefined] };
  const wait = waitUntil(queue, () => state.ready ? "ready" : undefined, limits);
  const traces = () => [queue.size, clock.sleeping, signal.listeners];
  return { queue, clock, signal, state, wait, traces };
}

test("a wait leaves no waiter, timer or listener behind, however it ends", async () => {
  const byWake = waiting();
  assertEquals(byWake.traces(), [1, 1, 1]);
  byWake.state.ready = true;
  byWake.queue.wakeAll();
  assertEquals(await byWake.wait, "ready");
  assertEquals(byWake.traces(), [0, 0, 0]);

  const byTime = waiting();
  byTime.clock.advance(100);
  assertEquals(await byTime.wait, undefined);
  assertEquals(byTime.traces(), [0, 0, 0]);

  const bySignal = waiting();
  bySignal.signal.dispatchEvent(new Event("abort"));
  assertEquals(await bySignal.wait, "EINTR");
  assertEquals(bySignal.traces(), [0, 0, 0]);
});

test("a timeout of 0 does not wait", async () => {
  assertEquals(await outcome(waiting(0).wait), undefined);
});

test("a waiter that is woken without its condition waits on, for the time that is left", async () => {
  const { queue, clock, wait, traces } = waiting();
  clock.advance(60);
  queue.wakeAll();
  assertEquals(await outcome(wait), "waiting");
  assertEquals(traces(), [1, 1, 1]);
  clock.advance(40);
  assertEquals(await wait, undefined);
});

test("a condition that holds counts before a timeout and a signal at the same moment", async () => {
  const { clock, signal, state, wait } = waiting();
  clock.advance(100);
  signal.dispatchEvent(new Event("abort"));
  state.ready = true;
  assertEquals(await wait, "ready");
});

test("a woken waiter runs in a later turn", async () => {
  const { queue, state, wait } = waiting();
  let looked = false;
  wait.then(() => looked = true);
  state.ready = true;
  queue.wakeAll();
  assertEquals(looked, false);
  await settle();
  assertEquals(looked, true);
});

test("wakeAll wakes every waiter once, in the order of joining", () => {
  const queue = new WaitQueue();
  const woken: string[] = [];
  for (const name of ["first", "second", "third"]) queue.add(() => woken.push(name));
  queue.wakeAll();
  queue.wakeAll();
  assertEquals(woken, ["first", "second", "third"]);
});

/**
 * Wait queues: how a poll(2) sleeps until an event.
 *
 * A woken waiter runs in a later turn of the event loop, never inside the event that wakes it. So it finds all events
 * that came until then, as a process does that the scheduler runs later.
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import type { Clock } from "../clock.ts";

/** The part of a clock that waits need. */
export type Sleeper = Pick<Clock, "sleep">;

/** What wakes each waiter. A waiter is called once at most. */
export class WaitQueue extends Set<() => void> {
  wakeAll(): void {
    for (const wake of this) {
      this.delete(wake);
      wake();
    }
  }
}

/** How long a wait may last. */
export interface WaitLimits {
  readonly clock: Sleeper;
  /** Milliseconds; negative for no limit. A wait without limit keeps the program alive, as a blocked call does. */
  readonly timeout: number;
  /** Each of them ends the wait with EINTR. */
  readonly signals: readonly (AbortSignal | undefined)[];
}

/**
 * Waits until a condition holds. It is checked first, and after each wake-up before the timeout and signals, as
 * Linux' do_poll does.
 *
 * @param ready Checks the condition; undefined for "not yet".
 * @returns What `ready` returned; EINTR; undefined when the time ran out.
 */
export async function waitUntil<T>(
  queue: WaitQueue,
  ready: () => T | undefined,
  { clock, timeout, signals }: WaitLimits,
): Promise<T | Errno | undefined> {
  const first = ready();
  if (first !== undefined) return first;
  if (signals.some((signal) => signal?.aborted)) return "EINTR";
  if (timeout === 0) return undefined;
  const end = new AbortController();
  const interrupt = () => end.abort(null); // without a reason, abort() would make an error with a stack trace
  for (const signal of signals) signal?.addEventListener("abort", interrupt);
  const over = clock.sleep(timeout < 0 ? Infinity : timeout, end.signal);
  let wake = () => {};
  try {
    for (;;) {
      const woken = new Promise<undefined>((resolve) => queue.add(wake = () => resolve(undefined)));
      const ranOut = await Promise.race([woken, over]);
      const found = ready();
      if (found !== undefined) return found;
      if (ranOut !== undefined) return ranOut ? undefined : "EINTR";
    }
  } finally {
    queue.delete(wake);
    interrupt();
    for (const signal of signals) signal?.removeEventListener("abort", interrupt);
  }
}

/** Wait queues: how a poll(2) sleeps until an event. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import type { Clock } from "../clock.ts";

export type Sleeper = Pick<Clock, "sleep">;

/** What wakes each waiter, in a later turn of the event loop. */
export class WaitQueue extends Set<() => void> {
  wakeAll(): void {
    for (const wake of this) {
      this.delete(wake);
      wake();
    }
  }
}

interface WaitLimits {
  readonly clock: Sleeper;
  /** Milliseconds; negative for no limit. A wait without limit keeps the program alive, as a blocked call does. */
  readonly timeout: number;
  /** Each of them ends the wait with EINTR. */
  readonly signals: readonly (AbortSignal | undefined)[];
}

/**
 * Waits until `ready` returns a value. It is called first, and after each wake-up before timeout and signals count, as
 * in Linux' do_poll. Returns that value, EINTR, or undefined when the time ran out.
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

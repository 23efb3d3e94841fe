/**
 * Wait queues: how a call that would block sleeps until there is something for it.
 *
 * Whoever is woken runs in a later turn, never inside the event that wakes it: a woken reader finds all that came
 * meanwhile, as one does that a scheduler has yet to run.
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import type { Clock } from "../clock.ts";

/** The one thing of a clock that waits need. */
export type Sleeper = Pick<Clock, "sleep">;

/** Those who wait for one thing, the longest waiting first. */
export class WaitQueue {
  readonly #waiters = new Set<() => void>();

  /**
   * @param signalsFirst Whether a signal ends a wait even if what it waits for has come meanwhile. Linux looks at the
   * condition first (wait_event_interruptible), Solaris at the signal (cv_wait_sig).
   */
  constructor(readonly signalsFirst = false) {}

  /** How many wait. */
  get length(): number {
    return this.#waiters.size;
  }

  /** Joins the queue; `wake` is called once at most, and never after {@linkcode WaitQueue.leave}. */
  join(wake: () => void): void {
    this.#waiters.add(wake);
  }

  /** Leaves the queue. Returns whether it was still in it: false once it has been woken. */
  leave(wake: () => void): boolean {
    return this.#waiters.delete(wake);
  }

  /** Wakes the one that has waited longest. */
  wakeOne(): void {
    for (const wake of this.#waiters) {
      this.#waiters.delete(wake);
      return wake();
    }
  }

  /** Wakes all. */
  wakeAll(): void {
    for (const wake of this.#waiters) {
      this.#waiters.delete(wake);
      wake();
    }
  }
}

/** How long a wait may last. */
export interface WaitLimits {
  /** Whose time it is. */
  readonly clock: Sleeper;
  /** Milliseconds; negative for no limit. A wait without limit keeps the program alive, as a blocked call does. */
  readonly timeout: number;
  /** Either ends the wait with EINTR. */
  readonly signals: readonly (AbortSignal | undefined)[];
}

/**
 * Sleeps on a queue until a condition holds. It is looked at first, then after each wake-up, before time and signals
 * count (wait_event_interruptible and do_poll in Linux do the same), unless the queue puts signals first.
 *
 * @param queue Who wakes us.
 * @param ready What we wait for: gives undefined for "not yet".
 * @returns What `ready` gave, EINTR, or undefined when the time ran out.
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
  const interrupt = () => end.abort(null); // a reason of its own would cost a stack trace
  for (const signal of signals) signal?.addEventListener("abort", interrupt);
  const over = clock.sleep(timeout < 0 ? Infinity : timeout, end.signal);
  let wake = () => {};
  try {
    for (;;) {
      const woken = new Promise<undefined>((resolve) => {
        wake = () => resolve(undefined);
        queue.join(wake);
      });
      const ranOut = await Promise.race([woken, over]);
      if (ranOut === false && queue.signalsFirst) {
        if (!queue.leave(wake)) queue.wakeOne(); // it was woken too: that passes to the next one
        return "EINTR";
      }
      const found = ready();
      if (found !== undefined) return found;
      if (ranOut !== undefined) return ranOut ? undefined : "EINTR";
    }
  } finally {
    queue.leave(wake);
    interrupt();
    for (const signal of signals) signal?.removeEventListener("abort", interrupt);
  }
}

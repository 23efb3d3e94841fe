/**
 * The watch of a handle that several watch, with the ends that a watch can have.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { SharedHandle, Subscription } from "./shared.ts";
import type { WatchEnd, WatchOptions, WatchSink } from "./watch.ts";
import type { Delivery } from "./watcher.ts";

/** What a wait ends with that is none. */
const NOW = Promise.resolve();

/** How long, milliseconds, a watch that ends waits for what the handle had sent already. */
const LAST_WORDS = 1000;

/** Who takes what such a watch sees. */
export interface SharedWatchSink extends Pick<WatchSink, "pending" | "overflow"> {
  /** The watch has begun: from here on it misses nothing. */
  begun?(): void;
}

/**
 * Watches until the limit, a timeout or the signal. Events that came before and that nobody wanted come first.
 *
 * @throws {DeviceError} If the handle fails, or the session that holds it ends.
 */
export async function watchShared(
  handle: SharedHandle,
  options: WatchOptions,
  sink: SharedWatchSink,
  clock: Clock,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const { bindings, limit = Infinity, unmask, timeout = Infinity, idleTimeout = Infinity } = options;
  const ports = bindings.length > 0 ? new Set(bindings.map(({ port }) => port)) : undefined;
  const deadline = clock.monotonic() + timeout;
  let idleSince = clock.monotonic();
  let seen = 0;
  const subscription = await handle.subscribe({ ports, limit: options.limit, unmask });
  sink.begun?.();
  /** Takes what comes before `end`. Returns whether anything did. */
  const take = async (end: number, until?: AbortSignal) => {
    const delivery = await nextBefore(subscription, end, clock, until);
    if (delivery) idleSince = clock.monotonic();
    if (delivery?.kind === "overflow") await sink.overflow(delivery.time);
    if (delivery?.kind !== "events") return delivery !== undefined;
    seen += delivery.events.length;
    await sink.pending(delivery.time, delivery.events);
    return true;
  };
  try {
    while (seen < limit && !signal.aborted && clock.monotonic() <= deadline) {
      if (!await take(Math.min(deadline, idleSince + idleTimeout), signal)) break;
    }
    // What was on its way when the watch ended is nobody else's any more: it is told too.
    await subscription.close();
    for (const last = clock.monotonic() + LAST_WORDS; seen < limit && await take(last););
  } finally {
    await subscription.close();
  }
  return seen >= limit ? "limit" : signal.aborted ? "aborted" : "timeout";
}

/** What comes before `end`, on the monotonic clock, and before the signal; undefined: nothing did. */
export async function nextBefore(
  subscription: Subscription,
  end: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Delivery | undefined> {
  const there = await subscription.next(NOW); // most often something is: no timer is made for it
  if (there !== undefined || signal?.aborted) return there;
  const over = new AbortController();
  const abort = () => over.abort(null); // a reason of its own would cost a stack trace
  signal?.addEventListener("abort", abort);
  try {
    return await subscription.next(clock.sleep(Math.max(0, end - clock.monotonic()), over.signal));
  } finally {
    signal?.removeEventListener("abort", abort);
    abort();
  }
}

/** A watch on a handle that several watch. @module */

import type { Clock } from "../clock.ts";
import type { Awaitable } from "../types.ts";
import type { EventChannelDevice } from "./handle.ts";
import type { Delivery } from "./queue.ts";
import { isShared, type SharedHandle, type Subscription } from "./shared.ts";
import { watch, type WatchEnd, type WatchLimits, type WatchOptions, type WatchSink } from "./watch.ts";

/** Already resolved: next() then polls instead of waiting. */
const NOW = Promise.resolve();

/** How long, milliseconds, a closed watch waits for events that were already on their way. */
const LAST_EVENTS = 1000;

export interface SharedWatchSink extends Pick<WatchSink, "pending" | "overflow"> {
  /** Called when the watch has begun: it misses no event from then on. */
  begun?(): Awaitable<void>;
}

/**
 * Watches a handle, shared or not: {@linkcode watchShared} or {@linkcode watch}.
 *
 * @throws {DeviceError} As these two.
 */
export async function watchHandle(
  device: EventChannelDevice,
  options: WatchOptions,
  sink: SharedWatchSink & WatchSink,
  clock: Clock,
  signal: AbortSignal,
): Promise<WatchEnd> {
  if (isShared(device)) return await watchShared(device, options, sink, clock, signal);
  await sink.begun?.();
  return await watch(device, options, sink, clock, signal);
}

/** Watches until the limit, a timeout or the signal. Events that nobody wanted before come first. */
export async function watchShared(
  handle: SharedHandle,
  options: WatchOptions,
  sink: SharedWatchSink,
  clock: Clock,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const { bindings, limit, unmask } = options;
  const ports = bindings.length > 0 ? new Set(bindings.map(({ port }) => port)) : undefined;
  const subscription = await handle.subscribe({ ports, limit, unmask });
  const deliveries = deliveriesOf(subscription, options, clock, signal);
  try {
    await sink.begun?.();
    for (;;) {
      const { done, value } = await deliveries.next();
      if (done) return value;
      if (value.kind === "overflow") await sink.overflow(value.time);
      else await sink.pending(value.time, value.events);
    }
  } finally {
    await subscription.close();
  }
}

/** What a subscription gives until the limit, a timeout or the signal; then it closes it and returns why it ended. */
export async function* deliveriesOf(
  subscription: Subscription,
  { limit = Infinity, timeout = Infinity, idleTimeout = Infinity }: WatchLimits,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Delivery, WatchEnd> {
  const deadline = clock.monotonic() + timeout;
  let idleSince = clock.monotonic();
  let seen = 0;
  try {
    while (seen < limit && !signal.aborted && clock.monotonic() <= deadline) {
      const delivery = await nextBefore(subscription, Math.min(deadline, idleSince + idleTimeout), clock, signal);
      if (delivery === undefined) break;
      idleSince = clock.monotonic();
      if (delivery.kind === "events") seen += delivery.events.length;
      yield delivery;
    }
    if (seen >= limit) return "limit";
    // Events that the handle gave to this watch reach no other watcher: report them too.
    for await (const delivery of lastOf(subscription, clock)) {
      if (delivery.kind === "events") seen += delivery.events.length;
      yield delivery;
    }
  } finally {
    await subscription.close();
  }
  return seen >= limit ? "limit" : signal.aborted ? "aborted" : "timeout";
}

/** Closes a subscription, and gives what was on its way to it. */
export async function* lastOf(subscription: Subscription, clock: Clock): AsyncGenerator<Delivery, void> {
  await subscription.close();
  for (const end = clock.monotonic() + LAST_EVENTS;;) {
    const delivery = await nextBefore(subscription, end, clock);
    if (delivery === undefined) return;
    yield delivery;
  }
}

/** Undefined if no delivery came before `end` (monotonic clock) and before the signal. */
export async function nextBefore(
  subscription: Subscription,
  end: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Delivery | undefined> {
  const there = await subscription.next(NOW); // the usual case, without a timer
  if (there !== undefined || signal?.aborted) return there;
  const over = new AbortController();
  const abort = () => over.abort(null); // the default reason would cost a stack trace
  signal?.addEventListener("abort", abort);
  try {
    return await subscription.next(clock.sleep(Math.max(0, end - clock.monotonic()), over.signal));
  } finally {
    signal?.removeEventListener("abort", abort);
    abort();
  }
}

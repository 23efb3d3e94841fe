/**
 * One who watches a shared handle: a queue that fills as events come and empties as they are taken.
 *
 * @module
 */

import type { Port } from "../types.ts";
import type { PendingEvent } from "./watch.ts";

/** The most events that wait for one watcher who does not take them. */
export const QUEUE_LIMIT = 65_536;

/** What a watcher takes: events of one read, or word that some were lost. */
export type Delivery =
  | { readonly kind: "events"; readonly time: number; readonly events: readonly PendingEvent[] }
  /** The ring, or this watcher's queue, was full: events were lost before what comes next. */
  | { readonly kind: "overflow"; readonly time: number };

/** What a watcher wants. */
export interface Wanted {
  /** Its ports; undefined: every port of the handle. */
  readonly ports?: ReadonlySet<Port>;
  /** How many events; it wants no more after so many. */
  readonly limit?: number;
  /** Whether its ports are unmasked once it has their events; true by default. Any other watcher can say otherwise. */
  readonly unmask?: boolean;
}

/** One watcher: a queue that fills as events come and empties as it takes them. */
export class Watcher {
  readonly #wanted: Wanted;
  readonly #onLeave: (watcher: Watcher) => Promise<void> | undefined;
  #queue: ({ time: number; event: PendingEvent } | { time: number; event: undefined })[] = [];
  #arrived = Promise.withResolvers<void>();
  #seq = 0;
  #overflowing = false;
  #failure: unknown;
  #open = true;
  #left: Promise<void> | undefined;

  /** Use {@linkcode EventHub.subscribe}. */
  constructor(wanted: Wanted, onLeave: (watcher: Watcher) => Promise<void> | undefined) {
    this.#wanted = wanted;
    this.#onLeave = onLeave;
  }

  /** Whether ports are to be unmasked once it has their events. */
  get unmasks(): boolean {
    return this.#wanted.unmask !== false;
  }

  /** Whether it takes the event. Called by the hub. */
  offer(time: number, event: PendingEvent): boolean {
    const { ports, limit = Infinity } = this.#wanted;
    if (!this.#open || this.#seq >= limit || (ports !== undefined && !ports.has(event.port))) return false;
    if (this.#queue.length >= QUEUE_LIMIT) {
      this.lost(time);
      return true;
    }
    this.#overflowing = false;
    this.#push({ time, event: { ...event, seq: ++this.#seq } });
    if (this.#seq >= limit) void this.close(); // it wants no more: the ring is not read on for it
    return true;
  }

  /** Events were lost. Said once for a run of them. Called by the hub. */
  lost(time: number): void {
    if (this.#overflowing) return;
    this.#overflowing = true;
    this.#push({ time, event: undefined });
  }

  /** The handle failed. Called by the hub. */
  fail(error: unknown): void {
    this.#failure = error;
    void this.close();
  }

  /**
   * What came next: all that one read brought of what is wanted.
   *
   * @param wake Resolves when waiting is to end; the result is then undefined.
   * @returns What came; undefined when `wake` came first or the watch is closed.
   * @throws What the handle failed with.
   */
  async next(wake: Promise<unknown>): Promise<Delivery | undefined> {
    let woken = false;
    void wake.then(() => woken = true);
    while (this.#queue.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (!this.#open || woken) return undefined;
      await Promise.race([this.#arrived.promise, wake]);
    }
    return this.#take();
  }

  /**
   * Ends the watch. What is in its queue can still be taken.
   *
   * @returns Once the ring is not read on its account any more.
   */
  async close(): Promise<void> {
    if (this.#open) {
      this.#open = false;
      this.#left = this.#onLeave(this);
      this.#arrived.resolve();
    }
    await this.#left;
  }

  #take(): Delivery {
    const [{ time, event }] = this.#queue;
    if (event === undefined) {
      this.#queue.shift();
      this.#rearm();
      return { kind: "overflow", time };
    }
    let count = 1;
    while (count < this.#queue.length && this.#queue[count].time === time && this.#queue[count].event) count++;
    const events = this.#queue.splice(0, count).map(({ event }) => event!);
    this.#rearm();
    return { kind: "events", time, events };
  }

  #push(entry: { time: number; event: PendingEvent | undefined }): void {
    this.#queue.push(entry as { time: number; event: PendingEvent });
    this.#arrived.resolve();
  }

  #rearm(): void {
    if (this.#queue.length === 0 && this.#open) this.#arrived = Promise.withResolvers<void>();
  }
}

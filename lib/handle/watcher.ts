/** One watcher of a shared handle. @module */

import type { Port } from "../types.ts";
import { type Delivery, DeliveryQueue } from "./queue.ts";
import type { PendingEvent } from "./watch.ts";

export const QUEUE_LIMIT = 65_536;

export interface Wanted {
  /** Undefined: every port of the handle. */
  readonly ports?: ReadonlySet<Port>;
  /** The watch ends after this many events. */
  readonly limit?: number;
  /** Whether its ports are unmasked once it has their events; true by default. Another watcher can unmask them too. */
  readonly unmask?: boolean;
}

type Entry =
  | { readonly kind: "events"; readonly time: number; readonly events: PendingEvent[] }
  | { readonly kind: "overflow"; readonly time: number };

/** A watcher with its queue. The hub calls `offer`, `lost` and `fail`. */
export class Watcher {
  readonly #queue = new DeliveryQueue<Entry>();
  #eventCount = 0;
  #seq = 0;
  #overflowing = false;
  #left: Promise<void> | undefined;

  /** Use `EventHub.subscribe`. */
  constructor(
    private readonly wanted: Wanted,
    private readonly onLeave: (watcher: Watcher) => Promise<void> | undefined,
  ) {}

  get unmasks(): boolean {
    return this.wanted.unmask !== false;
  }

  /** Returns false if the watcher does not want the event. */
  offer(time: number, event: PendingEvent): boolean {
    const { ports, limit = Infinity } = this.wanted;
    if (this.#queue.ended || this.#seq >= limit || (ports !== undefined && !ports.has(event.port))) return false;
    if (this.#eventCount >= QUEUE_LIMIT) {
      this.lost(time);
      return true;
    }
    this.#overflowing = false;
    const numbered = { ...event, seq: ++this.#seq };
    const { last } = this.#queue;
    if (last?.kind === "events" && last.time === time) last.events.push(numbered);
    else this.#queue.push({ kind: "events", time, events: [numbered] });
    this.#eventCount++;
    if (this.#seq >= limit) void this.close();
    return true;
  }

  /** Several losses in a row are reported once. */
  lost(time: number): void {
    if (this.#overflowing) return;
    this.#overflowing = true;
    this.#queue.push({ kind: "overflow", time });
  }

  fail(error: unknown): void {
    this.#end(error);
  }

  async next(wake: Promise<unknown>): Promise<Delivery | undefined> {
    const delivery = await this.#queue.next(wake);
    if (delivery?.kind === "events") this.#eventCount -= delivery.events.length;
    return delivery;
  }

  /** Resolves when the ring is no longer read for it. */
  async close(): Promise<void> {
    this.#end();
    await this.#left;
  }

  #end(failure?: unknown): void {
    const first = !this.#queue.ended;
    this.#queue.end(failure);
    if (first) this.#left = this.onLeave(this);
  }
}

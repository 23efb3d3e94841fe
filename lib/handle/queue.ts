/** Deliveries that wait for one watcher. @module */

import type { PendingEvent } from "./watch.ts";

/** What a watcher takes: the events of one read, or news of a loss. */
export type Delivery =
  | { readonly kind: "events"; readonly time: number; readonly events: readonly PendingEvent[] }
  /** The ring, or this watcher's queue, was full: events before the next delivery were lost. */
  | { readonly kind: "overflow"; readonly time: number };

export class DeliveryQueue<D extends Delivery = Delivery> {
  readonly #deliveries: D[] = [];
  #arrived = Promise.withResolvers<void>();
  #ended = false;
  #failure: unknown;

  get length(): number {
    return this.#deliveries.length;
  }

  get last(): D | undefined {
    return this.#deliveries.at(-1);
  }

  get ended(): boolean {
    return this.#ended;
  }

  push(delivery: D): void {
    this.#deliveries.push(delivery);
    this.#arrived.resolve();
  }

  /** Ends the queue. Its deliveries can still be taken; after them {@linkcode next} throws `failure`, if defined. */
  end(failure?: unknown): void {
    this.#ended = true;
    this.#failure ??= failure;
    this.#arrived.resolve();
  }

  async next(wake: Promise<unknown>): Promise<D | undefined> {
    let woken = false;
    void wake.then(() => woken = true);
    while (this.#deliveries.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended || woken) return undefined;
      await Promise.race([this.#arrived.promise, wake]);
    }
    const delivery = this.#deliveries.shift();
    if (this.#deliveries.length === 0 && !this.#ended) this.#arrived = Promise.withResolvers();
    return delivery;
  }
}

/**
 * A watch of a client: what its queue has, sent as fast as the client reads.
 *
 * @module
 */

import type { Subscription } from "../handle/shared.ts";
import type { Delivery } from "../handle/queue.ts";
import { BATCH_LIMIT, type Frame, type WatchStop, type WireEvent } from "./protocol.ts";
import { toWire } from "./wire_errors.ts";

/** One watch that goes on. */
export class RunningWatch {
  readonly #id: number;
  readonly #subscription: Subscription;
  readonly #send: (frame: Frame) => Promise<boolean>;
  #left: number;
  #stop: WatchStop = "cancelled";

  /**
   * @param id The request that began it.
   * @param subscription Where events come from.
   * @param limit How many; undefined: no end.
   * @param send Takes a frame once there is room for it, and says whether the client is still there.
   */
  constructor(
    id: number,
    subscription: Subscription,
    limit: number | undefined,
    send: (frame: Frame) => Promise<boolean>,
  ) {
    this.#id = id;
    this.#subscription = subscription;
    this.#left = limit ?? Infinity;
    this.#send = send;
  }

  /** Ends it. What its queue has is still sent. */
  end(why: WatchStop): void {
    this.#stop = why;
    void this.#subscription.close();
  }

  /** Sends until it has an end, and says which. Never fails. */
  async run(): Promise<void> {
    const id = this.#id;
    try {
      let there = true;
      while (there && this.#left > 0) {
        // A promise of its own for each wait: one that lived on would collect what waits on it.
        const delivery = await this.#subscription.next(new Promise(() => {}));
        if (delivery === undefined) break;
        there = await this.#deliver(delivery);
      }
      await this.#subscription.close(); // from here on the ring is not read on its account
      await this.#send({ id, end: this.#left > 0 ? this.#stop : "limit" });
    } catch (error) {
      await this.#send({ id, error: toWire(error) });
    }
  }

  async #deliver(delivery: Delivery): Promise<boolean> {
    const [id, { time }] = [this.#id, delivery];
    if (delivery.kind === "overflow") return await this.#send({ id, time, overflow: true });
    const events = delivery.events.map(({ port, name, seq, initial, stale }): WireEvent => ({
      port,
      channel: name,
      seq,
      initial: initial || undefined,
      stale: stale || undefined,
    }));
    this.#left -= events.length;
    for (let first = 0; first < events.length; first += BATCH_LIMIT) {
      if (!await this.#send({ id, time, events: events.slice(first, first + BATCH_LIMIT) })) return false;
    }
    return true;
  }
}

/** A watch of a client, in the server: it sends events as fast as the client reads. @module */

import type { Subscription } from "../handle/shared.ts";
import type { Delivery } from "../handle/queue.ts";
import { BATCH_LIMIT, type Frame, type WatchStop, type WireEvent } from "./protocol.ts";
import { toWire } from "./wire_errors.ts";

export class RunningWatch {
  #left: number;
  #stop: WatchStop = "cancelled";

  /** @param send Sends a frame when there is room for it. Returns false if the client is gone. */
  constructor(
    private readonly id: number,
    private readonly subscription: Subscription,
    limit: number | undefined,
    private readonly send: (frame: Frame) => Promise<boolean>,
  ) {
    this.#left = limit ?? Infinity;
  }

  /** Ends the watch. Queued events are still sent. */
  end(why: WatchStop): void {
    this.#stop = why;
    void this.subscription.close();
  }

  /** Sends events, then the end of the watch. Never rejects. */
  async run(): Promise<void> {
    const id = this.id;
    try {
      let there = true;
      while (there && this.#left > 0) {
        // A new promise for each wait: a long-lived one would leak reactions.
        const delivery = await this.subscription.next(new Promise(() => {}));
        if (delivery === undefined) break;
        there = await this.#deliver(delivery);
      }
      await this.subscription.close(); // the ring is not read for this watch after this
      await this.send({ id, end: this.#left > 0 ? this.#stop : "limit" });
    } catch (error) {
      await this.send({ id, error: toWire(error) });
    }
  }

  async #deliver(delivery: Delivery): Promise<boolean> {
    const [id, { time }] = [this.id, delivery];
    if (delivery.kind === "overflow") return await this.send({ id, time, overflow: true });
    const events = delivery.events.map(({ port, name, seq, initial, stale }): WireEvent => ({
      port,
      channel: name,
      seq,
      initial: initial || undefined,
      stale: stale || undefined,
    }));
    this.#left -= events.length;
    for (let first = 0; first < events.length; first += BATCH_LIMIT) {
      if (!await this.send({ id, time, events: events.slice(first, first + BATCH_LIMIT) })) return false;
    }
    return true;
  }
}

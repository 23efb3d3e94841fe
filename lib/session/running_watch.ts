/** A watch of a client, in the server. @module */

import type { Delivery } from "../handle/queue.ts";
import type { Subscription } from "../handle/shared.ts";
import { BATCH_LIMIT, type Frame, type WatchStop } from "./protocol.ts";
import { toWire } from "./wire_errors.ts";

export interface RunningWatch {
  /** Ends the watch. Queued events are still sent. */
  end(why: WatchStop): void;
  /** Never rejects. */
  readonly ended: Promise<void>;
}

/** Sends events, then the end of the watch. `send` waits for room, and returns false if the client is gone. */
export function runWatch(
  id: number,
  subscription: Subscription,
  limit: number | undefined,
  send: (frame: Frame) => Promise<boolean>,
): RunningWatch {
  let left = limit ?? Infinity;
  let stop: WatchStop = "cancelled";
  const deliver = async (delivery: Delivery) => {
    for (const frame of framesOf(id, delivery)) if (!await send(frame)) return false;
    return true;
  };
  const run = async () => {
    try {
      while (left > 0) {
        // A new promise for each wait: a long-lived one would leak reactions.
        const delivery = await subscription.next(new Promise(() => {}));
        if (delivery?.kind === "events") left -= delivery.events.length;
        if (delivery === undefined || !await deliver(delivery)) break;
      }
      await subscription.close(); // the ring is not read for this watch after this
      await send({ id, end: left > 0 ? stop : "limit" });
    } catch (error) {
      await send({ id, error: toWire(error) });
    }
  };
  return {
    end(why) {
      stop = why;
      void subscription.close();
    },
    ended: run(),
  };
}

function* framesOf(id: number, delivery: Delivery): Generator<Frame> {
  const { time } = delivery;
  if (delivery.kind === "overflow") return yield { id, time, overflow: true };
  const events = delivery.events.map(({ port, name, seq, initial, stale }) => ({
    port,
    channel: name,
    seq,
    initial: initial || undefined,
    stale: stale || undefined,
  }));
  for (let first = 0; first < events.length; first += BATCH_LIMIT) {
    yield { id, time, events: events.slice(first, first + BATCH_LIMIT) };
  }
}

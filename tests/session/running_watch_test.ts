import { assertEquals } from "@std/assert";
import type { Frame } from "../../lib/session/protocol.ts";
import { BATCH_LIMIT } from "../../lib/session/protocol.ts";
import { runWatch } from "../../lib/session/running_watch.ts";
import type { Delivery } from "../../lib/handle/queue.ts";
import { test } from "../support/test.ts";

/** More events at once than one frame has. */
const MANY: Delivery = {
  kind: "events",
  time: 5,
  events: Array.from({ length: 2 * BATCH_LIMIT + 1 }, (_, i) => ({
    port: 7,
    channel: { kind: "port", port: 7 },
    name: "7",
    seq: i + 1,
    initial: false,
    stale: false,
  })),
};

/** How many events each frame had that was sent, and whether the watch was closed. */
async function sent(there: (frame: Frame) => boolean): Promise<[frames: number[], closed: boolean]> {
  const frames: number[] = [];
  const left: Delivery[] = [MANY];
  let closed = false;
  const subscription = {
    next: () => Promise.resolve(left.shift()),
    close: () => {
      closed = true;
    },
  };
  await runWatch(1, subscription, undefined, (frame) => {
    frames.push("events" in frame ? (frame.events as readonly unknown[]).length : 0);
    return Promise.resolve(there(frame));
  }).ended;
  return [frames, closed];
}

test("more events than one frame has go in several, and then the end", async () => {
  assertEquals(await sent(() => true), [[BATCH_LIMIT, BATCH_LIMIT, 1, 0], true]);
});

test("a client that leaves between two frames is sent no more events, and its watch is closed", async () => {
  assertEquals(await sent(() => false), [[BATCH_LIMIT, 0], true]);
});

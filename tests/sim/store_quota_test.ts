import { assertEquals } from "@std/assert";
import { ANSWERS, Asker, QUOTA_OF_NODES, QUOTA_OF_WATCHES, QUOTAS } from "../support/store_quotas.ts";
import { createWorld } from "../support/simulated.ts";
import { TestClock } from "../support/test_clock.ts";
import { test } from "../support/test.ts";

const GUEST = 1;

/** The simulated guest's own nodes: data, control/shutdown, device/suspend/event-channel. */
const OWNED = 3;

/** Asks a simulated guest's xenstored. */
async function asking(work: (ask: Asker, world: ReturnType<typeof createWorld>) => Promise<void>): Promise<void> {
  const world = createWorld();
  const ask = new Asker(world.process(GUEST), new TestClock());
  await work(ask, world);
  await ask.close();
}

test("a guest's quota of nodes is the real xenstored's, and a node that domain 0 makes in its folder counts", () =>
  asking(async (ask, world) => {
    const { made, ...full } = await QUOTAS.fill(ask);
    assertEquals([OWNED + made, full], [QUOTA_OF_NODES, ANSWERS.fill]);
    assertEquals(world.writeStore(GUEST, "data/by-dom0", ""), 0);
    assertEquals<unknown>(await QUOTAS.drain(ask), ANSWERS.drain);
  }));

test("a guest's nodes are as large, and its paths as long, as the real xenstored lets them be", () =>
  asking(async (ask) => {
    assertEquals<unknown>(await QUOTAS.sizes(ask), ANSWERS.sizes);
    assertEquals<unknown>(await QUOTAS.paths(ask), ANSWERS.paths);
  }));

test("a guest has as many watches as the real xenstored and Linux let it have", () =>
  asking(async (ask) => {
    const { count, ...watches } = await QUOTAS.watches(ask);
    assertEquals([count, watches], [QUOTA_OF_WATCHES, ANSWERS.watches]);
  }));

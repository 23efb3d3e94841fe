/** Clients that come to a session and leave it, some with bad manners. @module */

import { systemClock } from "../../lib/clock.ts";
import { RemoteDevice } from "../../lib/session/client.ts";
import { simulatedKernel } from "../../lib/sim/mod.ts";
import { RawClient } from "../support/sessions.ts";
import { type Meter, openDescriptors } from "./course.ts";
import { withServer } from "./watching.ts";

/** Clients at the same time. */
const LANES = 8;

/** The longest wait, milliseconds, until the server has noticed that all clients are gone. */
const PATIENCE = 5000;

type Visit = (socket: string) => Promise<void>;

async function polite(socket: string): Promise<void> {
  const device = await RemoteDevice.connect(socket);
  await device.unbind(await device.allocUnbound(0));
  await device.close();
}

/** One that leaves in the middle of what it does. */
function rude(act: (client: RawClient) => Promise<unknown>): Visit {
  return async (socket) => {
    const client = new RawClient(await Deno.connect({ transport: "unix", path: socket }));
    await act(client).catch(() => {}); // the server may hang up first
    client.close();
  };
}

const VISITS: readonly Visit[] = [
  polite,
  polite,
  polite,
  polite,
  rude(() => Promise.resolve()), // leaves before it is greeted
  rude((client) => client.ask(1, "status")), // does not read its answer
  rude((client) => client.send('{"id":1,"verb":"sta')), // leaves half a line
  rude((client) => client.send("no request\n")),
  rude(async (client) => { // leaves its watch open
    await client.next();
    await client.ask(1, "watch");
    await client.next();
  }),
  rude(async (client) => { // leaves while it waits
    await client.next();
    await client.ask(1, "poll", { events: 1, timeout: -1 });
  }),
];

/** Each tenth is counted when all of its clients are gone. */
export async function attaches(size: number, meter: Meter): Promise<void> {
  const kernel = await simulatedKernel("linux", 0);
  meter.world = kernel.world;
  await withServer(kernel, async ({ socket }) => {
    const alone = openDescriptors();
    let begun = 0;
    const lane = async (until: number) => {
      while (begun < until) await VISITS[begun++ % VISITS.length](socket);
    };
    for (let tenth = 1; !meter.over; tenth++) {
      const until = Math.round(size * tenth / 10);
      await Promise.all(Array.from({ length: LANES }, () => lane(until)));
      await untilGone(alone);
      meter.done(until);
    }
  });
}

async function untilGone(alone: number): Promise<void> {
  const { monotonic, sleep } = systemClock();
  const end = monotonic() + PATIENCE;
  while (openDescriptors() > alone && monotonic() < end) await sleep(10);
}

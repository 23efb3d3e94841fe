/** Events through `watch`, in its own process and through a session. @module */

import { setImmediate } from "node:timers";
import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { systemClock } from "../../lib/clock.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { makePlace } from "../../lib/session/place.ts";
import { SessionServer } from "../../lib/session/server.ts";
import { type SimulatedKernel, simulatedKernel } from "../../lib/sim/mod.ts";
import { KernelView } from "../../lib/view/kernel_view.ts";
import { linesIn, type Meter, mustEnd, sinkHost } from "./course.ts";

/** Events of one read. */
const CHANNELS = 64;

/** Of so many batches one comes later, so that the watch waits for it. */
const LATER = 16;

/** Watches the ports that another handle offers; whatever was printed is followed by one more event of each. */
async function watched(kernel: SimulatedKernel, words: readonly string[], size: number, meter: Meter): Promise<void> {
  meter.world = kernel.world;
  const peer = LocalDevice.open(kernel.abi.devicePath, kernel);
  const offered = Array.from({ length: CHANNELS }, () => peer.allocUnbound(0));
  const send = () => {
    for (const port of offered) peer.notify(port);
  };
  let [seen, asked, batches] = [0, CHANNELS, 0]; // each bind causes an event
  const host = sinkHost((text) => {
    seen += linesIn(text);
    meter.done(seen);
    if (seen < asked || seen >= size) return;
    asked += CHANNELS;
    if (++batches % LATER === 0) setImmediate(send);
    else send();
  }, { kernel: () => Promise.resolve(kernel) });
  const channels = offered.map((port) => `0:${port}`);
  mustEnd(await runCommandLine([...words, "watch", ...channels, "-n", String(size)], host, VERBS), 0);
  peer.close();
}

export async function watchAlone(words: readonly string[], size: number, meter: Meter): Promise<void> {
  await watched(await simulatedKernel("linux", 0), ["--simulator", ...words], size, meter);
}

/** The server and its client are both in this process. */
export async function watchInSession(words: readonly string[], size: number, meter: Meter): Promise<void> {
  const kernel = await simulatedKernel("linux", 0);
  await withServer(kernel, ({ socket }) => watched(kernel, ["--session", socket, ...words], size, meter));
}

/** Runs a session's server while `work` does. */
export async function withServer(
  kernel: SimulatedKernel,
  work: (server: SessionServer) => Promise<void>,
): Promise<void> {
  const own = LocalDevice.open(kernel.abi.devicePath, kernel);
  const view = () => new KernelView(kernel, systemClock());
  const server = SessionServer.listen(
    { own, holds: "a test", view },
    await makePlace(undefined, "session", 0),
    systemClock(),
  );
  try {
    await work(server);
  } finally {
    server.stop();
    await server.ended;
  }
}

/** Verbs that look again and again: `wiring --watch` and `top`. @module */

import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import type { Signal } from "../../lib/host/host.ts";
import { VirtualClock } from "../../lib/script/virtual_clock.ts";
import { simulatedKernel } from "../../lib/sim/mod.ts";
import { type Meter, mustEnd, sinkHost } from "./course.ts";

/** After a change was shown the next one is made: a backend that connects and disconnects. */
export async function wiringWatch(words: readonly string[], meter: Meter): Promise<void> {
  const clock = new VirtualClock();
  const kernel = await simulatedKernel("linux", 0, clock);
  meter.world = kernel.world;
  const made = await kernel.world.createDevice({ kind: "vif", domain: 1, backend: 0 });
  if (typeof made === "string") throw new Error(made);
  const state = "/local/domain/0/backend/vif/1/0/state";
  let [changes, end] = [-1, (_: Signal) => {}]; // the first text is the wiring as it is
  const host = sinkHost(() => {
    meter.done(++changes);
    if (meter.over) return end("SIGINT");
    const refused = kernel.world.writeStore(0, state, changes % 2 === 0 ? "5" : "4");
    if (typeof refused === "string") throw new Error(refused);
  }, {
    clock,
    kernel: () => Promise.resolve(kernel),
    onSignal(listener) {
      end = listener;
      return () => {};
    },
  });
  mustEnd(await runCommandLine(["--simulator", ...words, "wiring", "1", "--watch"], host, VERBS), 130);
}

/** An event in each interval. */
export async function top(size: number, meter: Meter): Promise<void> {
  const clock = new VirtualClock();
  const kernel = await simulatedKernel("linux", 0, clock);
  meter.world = kernel.world;
  const peer = LocalDevice.open(kernel.abi.devicePath, kernel);
  const offered = peer.allocUnbound(0);
  let looks = 0;
  const host = sinkHost(() => {
    meter.done(++looks);
    peer.notify(offered);
  }, { clock, kernel: () => Promise.resolve(kernel) });
  const words = ["--simulator", "--json", "top", `0:${offered}`, "--refreshes", String(size)];
  mustEnd(await runCommandLine(words, host, VERBS), 0);
  peer.close();
}

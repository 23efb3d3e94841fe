/**
 * `evtchn wiring --watch`: the wiring, and what changes of it.
 *
 * @module
 */

import type { HostView } from "../../lib/view/host_view.ts";
import { changeLines } from "../../lib/render/wiring_changes.ts";
import type { Domid } from "../../lib/types.ts";
import { type FollowSink, followWiring } from "../../lib/wiring/follow.ts";
import type { Context } from "../../lib/cli/context.ts";
import { Status } from "../../lib/cli/failure.ts";
import { signalStatus } from "../../lib/host/host.ts";
import type { WiringFlags } from "./mod.ts";
import { printWiring } from "./output.ts";

/**
 * Shows the wiring, and what changes of it until a signal.
 *
 * @returns The exit status.
 */
export async function followed(
  context: Context,
  flags: WiringFlags,
  view: HostView,
  domains: readonly Domid[],
): Promise<number> {
  const { clock, host } = context;
  const layout = { ...flags, palette: await context.palette(flags) };
  let lines = changeLines(layout);
  const sink: FollowSink = {
    begin: async (wiring) => {
      lines = changeLines(layout, wiring.domains.flatMap(({ channels }) => channels));
      await printWiring(context, flags, wiring);
    },
    changed: async (changes) => await host.stdout.write(lines(clock.now(), changes)),
  };
  const { interval } = flags;
  const { signal } = await context.untilSignal((abort) =>
    followWiring(view, { domains, interval }, sink, clock, abort)
  );
  return signal === undefined ? Status.OK : signalStatus(signal);
}

/**
 * Holding a port: what binding means in a process of its own.
 *
 * @module
 */

import { channelName } from "../channel.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import type { Channel, Port } from "../types.ts";
import { period } from "./arguments.ts";
import type { Context } from "./context.ts";
import { signalStatus } from "../host/host.ts";
import type { CommonFlags } from "./options.ts";

/** The options of a verb that binds. */
export type HoldFlags = CommonFlags & {
  /** Milliseconds to hold; undefined: until a signal. */
  readonly hold?: number;
};

/** `--hold` */
export const HOLD_FLAG = { hold: period("How long to hold the port; 0s only probes [until a signal]") } as const;

/**
 * Binds, prints the port, and holds it for as long as the handle is this process's own.
 *
 * @param op The verb, for its record.
 * @param bind Binds and returns the port.
 * @returns The exit status.
 */
export function bindAndHold(
  context: Context,
  flags: HoldFlags,
  op: "bind-virq" | "bind-interdomain" | "alloc-unbound",
  channel: Channel,
  bind: (device: EventChannelDevice) => Port | Promise<Port>,
): Promise<number> {
  return context.withDevice(flags, async (device) => {
    // Signals are caught before the port is there, so that none can end the process between bind and print.
    const { signal } = await context.untilSignal(async (abort) => {
      const port = await bind(device);
      const name = channelName(channel);
      context.print(flags, { op, port, channel: name }, String(port));
      if (!device.exclusive || flags.hold === 0) return;
      const end = flags.hold === undefined ? "until a signal" : `for ${flags.hold / 1000} s`;
      if (!flags.json) context.say(`holding port ${port} (${name}) ${end}: it closes when this process ends`);
      await context.clock.sleep(flags.hold ?? Infinity, abort);
    });
    return signal ? signalStatus(signal) : 0;
  });
}

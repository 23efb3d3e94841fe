/**
 * A bind in a process of its own holds its port: the port would close with the process.
 *
 * @module
 */

import { type Bindable, bindNew } from "../handle/bind.ts";
import { channelName } from "../channel.ts";
import { type Act, type Option, type Outcome, period } from "./verb.ts";

/** The options of a verb that binds. */
export const HOLD: { readonly hold: Option<number | undefined> } = {
  hold: {
    ...period("How long to hold the port; 0s only probes [until a signal]"),
    notInScript: "a port lives as long as its handle there",
  },
};

/**
 * Binds, prints the port, and holds it where the handle is this process's own.
 *
 * @param hold Milliseconds; undefined: until a signal.
 */
export async function bindAndHold(
  act: Act,
  op: "bind-virq" | "bind-interdomain" | "alloc-unbound",
  channel: Bindable,
  hold: number | undefined,
): Promise<Outcome> {
  const handle = await act.handle();
  const holds = act.place === "new" && hold !== 0;
  // Signals are caught before the port is bound, so that none can end the process between bind and print.
  const signal = act.place === "script" ? undefined : act.signal;
  const port = await bindNew(handle, channel);
  const name = channelName(channel);
  await act.print({ op, port, channel: name }, String(port));
  if (holds) {
    const end = hold === undefined ? "until a signal" : `for ${hold / 1000} s`;
    if (!act.json) await act.say(`holding port ${port} (${name}) ${end}: it closes when this process ends`);
    await act.clock.sleep(hold ?? Infinity, signal);
  }
  return { ports: [port] };
}

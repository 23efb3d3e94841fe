/** A bind in a process of its own holds its port: the port would close with the process. @module */

import { after } from "../awaitable.ts";
import type { Awaitable, Port } from "../types.ts";
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

type BindOp = "bind-virq" | "bind-interdomain" | "alloc-unbound";

/**
 * Binds, prints the port, and holds it where the handle is this process's own.
 *
 * @param hold Milliseconds; undefined: until a signal.
 */
export function bindAndHold(act: Act, op: BindOp, channel: Bindable, hold: number | undefined): Awaitable<Outcome> {
  return act.place === "script"
    ? after(bind(act, op, channel), (port) => ({ ports: [port] }))
    : holdBound(act, op, channel, hold);
}

async function holdBound(act: Act, op: BindOp, channel: Bindable, hold: number | undefined): Promise<Outcome> {
  // Signals are caught before the port is bound, so that none can end the process between bind and print.
  const { signal } = act;
  const port = await bind(act, op, channel);
  if (act.place === "new" && hold !== 0) {
    const end = hold === undefined ? "until a signal" : `for ${hold / 1000} s`;
    const name = channelName(channel);
    if (!act.json) await act.say(`holding port ${port} (${name}) ${end}: it closes when this process ends`);
    await act.clock.sleep(hold ?? Infinity, signal);
  }
  return { ports: [port] };
}

/** Binds and prints the port. */
function bind(act: Act, op: BindOp, channel: Bindable): Awaitable<Port> {
  return after(act.handle(), (handle) =>
    after(bindNew(handle, channel), (port) => {
      const printed = act.print({ op, port, channel: channelName(channel) }, String(port));
      return after(printed, () => port);
    }));
}

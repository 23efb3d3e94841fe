/** The verbs that bind: on a handle of their own they hold the port, which would close with the process. @module */

import { after } from "../awaitable.ts";
import type { Awaitable, Channel, Port } from "../types.ts";
import { bindNew } from "../handle/bind.ts";
import { channelName } from "../channel.ts";
import { type Act, type Option, type Outcome, period } from "./verb.ts";

export const HOLD: { readonly hold: Option<number | undefined> } = {
  hold: {
    ...period("How long to hold the port; 0s closes it at once [until a signal]"),
    notInScript: "in a script a port is held until its handle is closed",
  },
};

type BindOp = "bind-virq" | "bind-interdomain" | "alloc-unbound" | "bind-static";

/**
 * Binds, prints the port, and holds it if the handle was opened for this verb.
 *
 * @param hold Milliseconds; undefined: until a signal.
 */
export function bindAndHold(act: Act, op: BindOp, channel: Channel, hold: number | undefined): Awaitable<Outcome> {
  return act.place === "script"
    ? after(bind(act, op, channel), (port) => ({ ports: [port] }))
    : holdBound(act, op, channel, hold);
}

async function holdBound(act: Act, op: BindOp, channel: Channel, hold: number | undefined): Promise<Outcome> {
  await act.handle();
  // Reading the signal catches signals: none may end the process between bind and print.
  const { signal } = act;
  const port = await bind(act, op, channel);
  if (act.place === "new" && hold !== 0) {
    const end = hold === undefined ? "until a signal" : `for ${hold / 1000} s`;
    if (!act.json) await act.say(`holding ${heldText(port, channel, end)} when this process ends`);
    await act.clock.sleep(hold ?? Infinity, signal);
  }
  return { ports: [port] };
}

function heldText(port: Port, channel: Channel, end: string): string {
  return channel.kind === "port"
    ? `port ${port} ${end}: Xen keeps its channel`
    : `port ${port} (${channelName(channel)}) ${end}: it closes`;
}

function bind(act: Act, op: BindOp, channel: Channel): Awaitable<Port> {
  return after(act.handle(), (handle) =>
    after(bindNew(handle, channel), (port) => {
      const printed = act.print({ op, port, channel: channelName(channel) }, String(port));
      return after(printed, () => port);
    }));
}

/**
 * `evtchn ping --answer`: the peer.
 *
 * @module
 */

import { bindChannel } from "../lib/handle/bind.ts";
import { channelName } from "../lib/channel.ts";
import type { EventChannelDevice } from "../lib/handle/handle.ts";
import { openListener } from "../lib/ping/listener.ts";
import { answer as answerPings } from "../lib/ping/ping.ts";
import type { Channel } from "../lib/types.ts";
import type { Context } from "../lib/cli/context.ts";
import { signalStatus } from "../lib/host/host.ts";
import type { PingFlags } from "./ping.ts";
import { tellSkipped } from "./watch_output.ts";

/** Binds the channel, says its port, and sends its events back until a signal. Returns the exit status. */
export async function answer(
  context: Context,
  flags: PingFlags,
  device: EventChannelDevice,
  channel: Channel,
): Promise<number> {
  const { signal } = await context.untilSignal(async (abort) => {
    const { port, channel: bound } = await bindChannel(device, "ping", channel);
    const listener = await openListener(device, [port], context.clock, tellSkipped(context));
    const name = channelName(bound);
    context.print(flags, { op: "ping-answer", port, channel: name }, String(port));
    if (!flags.json) context.say(`answering on port ${port} (${name}) until a signal`);
    try {
      const answered = await answerPings(device, listener, port, flags.count ?? Infinity, context.clock, abort);
      if (flags.json) context.print(flags, { op: "ping-answer", answered });
      else context.say(`answered ${answered} ${answered === 1 ? "event" : "events"}`);
    } finally {
      await listener.close();
    }
  });
  return signal ? signalStatus(signal) : 0;
}

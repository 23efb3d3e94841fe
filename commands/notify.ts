import { after } from "../lib/awaitable.ts";
import { channelName } from "../lib/channel.ts";
import { type Act, CHANNEL, count, type Outcome, period, some, verb } from "../lib/cli/verb.ts";
import { bindChannel } from "../lib/handle/bind.ts";
import { notifyAgain } from "../lib/handle/notify.ts";
import type { Channel, Port } from "../lib/types.ts";

/** `notify CHANNEL...` */
export default verb({
  help: "Sends an event on each channel; binds those that are not bound yet. Success means that Xen accepted the " +
    "event, not that the peer got it: a peer that is gone sees nothing, and one that has the port masked may " +
    "see one event for many.",
  examples: ["notify 5:12 --count 3", "notify 27 28"],
  options: {
    count: count("How many times [1]"),
    interval: period("The time between two events [0s]"),
  },
  arguments: some(CHANNEL),
  gets: "ports",
  records: ["notify"],
  run(act, { count = 1, interval = 0 }, channels) {
    const [channel] = channels;
    if (channels.length > 1 || channel.kind !== "port" || count > 1) return notifyAll(act, channels, count, interval);
    const { port } = channel;
    return after(
      act.handle(),
      (handle) => after(handle.notify(port), () => after(act.print({ op: "notify", port }), () => ({ ports: [port] }))),
    );
  },
});

async function notifyAll(act: Act, channels: readonly Channel[], count: number, interval: number): Promise<Outcome> {
  const { clock, signal } = act;
  const handle = await act.handle();
  const ports: Port[] = [];
  for (const channel of channels) {
    // The driver itself refuses a port of another handle.
    ports.push(channel.kind === "port" ? channel.port : (await bindChannel(handle, "notify", channel)).port);
  }
  const sent = act.json ? (port: Port) => act.print({ op: "notify", port }) : undefined;
  await notifyAgain(handle, ports, { count, interval, clock, signal, sent });
  if (!act.json) await sayInVain(act, channels, ports, count > 1 && interval > 0);
  return { ports };
}

/** Says which channels nobody can have heard. With `time` between two events, somebody may bind a new port meanwhile. */
async function sayInVain(
  act: Act,
  channels: readonly Channel[],
  ports: readonly Port[],
  time: boolean,
): Promise<void> {
  for (const [i, channel] of channels.entries()) {
    const name = channelName(channel);
    // Xen refuses it (event_channel.c, evtchn_send), and the drivers do not say so.
    if (channel.kind === "virq") await act.say(`notify: nothing was sent on ${name}: only Xen raises a VIRQ`);
    if (channel.kind === "unbound" && act.place === "new" && !time) {
      const why = "it was new, and closed with this command; a script or a session keeps it";
      await act.say(`notify: nobody can have bound port ${ports[i]} (${name}): ${why}`);
    }
  }
}

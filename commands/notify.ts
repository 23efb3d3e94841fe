import { after } from "../lib/awaitable.ts";
import { type Act, CHANNEL, count, type Outcome, period, some, verb } from "../lib/cli/verb.ts";
import { bindChannel } from "../lib/handle/bind.ts";
import { notifyAgain } from "../lib/handle/notify.ts";
import type { Channel, Port } from "../lib/types.ts";

/** `notify CHANNEL...` */
export default verb({
  help: "Sends an event on each channel, binding what is not bound yet. Success means that Xen took it, not that it " +
    "arrived: a peer that is gone or has the port masked sees nothing, or one event for many.",
  options: {
    count: count("How many times [1]"),
    interval: period("How long to wait between two times [0s]"),
  },
  arguments: some(CHANNEL),
  gets: "ports",
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
    // A port that is not this handle's is refused by the driver itself.
    ports.push(channel.kind === "port" ? channel.port : (await bindChannel(handle, "notify", channel)).port);
  }
  const sent = act.json ? (port: Port) => act.print({ op: "notify", port }) : undefined;
  await notifyAgain(handle, ports, { count, interval, clock, signal, sent });
  return { ports };
}

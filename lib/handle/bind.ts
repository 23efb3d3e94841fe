/** Channels made into ports. @module */

import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { Awaitable, Binding, Channel, Port } from "../types.ts";
import type { EventChannelDevice } from "./handle.ts";
import { isShared } from "./shared.ts";

/** The port of a channel for the verb `op`: a new port, or on a shared handle what `SharedHandle.findOrBind` gives. */
export async function bindChannel(device: EventChannelDevice, op: string, channel: Channel): Promise<Binding> {
  if (isShared(device)) return await device.findOrBind(op, channel);
  if (channel.kind === "port") return { port: channel.port, channel: channelOf(device, op, channel.port) };
  return { port: await bindNew(device, channel), channel };
}

export type Bindable = Exclude<Channel, { kind: "port" }>;

/** Binds a new port, even if the handle has one of this channel already; of kind `port`, one that Xen made at boot. */
export function bindNew(device: EventChannelDevice, channel: Channel): Awaitable<Port> {
  switch (channel.kind) {
    case "port":
      return device.bindStatic(channel.port);
    case "virq":
      return device.bindVirq(channel.virq);
    case "interdomain":
      return device.bindInterdomain(channel.domain, channel.port);
    case "unbound":
      return device.allocUnbound(channel.domain);
  }
}

/** Stops at the first channel that is refused. */
export async function bindAll(
  device: EventChannelDevice,
  op: string,
  channels: readonly Channel[],
): Promise<Binding[]> {
  const bindings: Binding[] = [];
  for (const channel of channels) bindings.push(await bindChannel(device, op, channel));
  return bindings;
}

/** The driver is not asked: only a notify would tell, and the peer would receive it. */
function channelOf(device: EventChannelDevice, op: string, port: Port): Channel {
  const channel = device.bindings.get(port);
  if (channel) return channel;
  if (!device.exclusive) return { kind: "port", port };
  throw new DeviceError(op, "ENOTCONN", String(port), `Cannot ${op} port ${port}`, explain(op, "ENOTCONN"));
}

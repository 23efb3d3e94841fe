/**
 * Channels made into ports: what is not bound yet is bound.
 *
 * @module
 */

import { channelName } from "../channel.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { EventChannelDevice } from "./handle.ts";
import type { Awaitable, Binding, Channel, Port } from "../types.ts";

/** A handle that finds or binds by itself, being shared with others. */
interface Binder {
  /** As {@linkcode findOrBind}. */
  bindChannel(op: string, channel: Channel): Promise<Binding>;
}

/**
 * The port of a channel on this handle. On one that is shared with other processes it is {@linkcode findOrBind}.
 *
 * @param op The verb that wants it, for its errors.
 * @returns The port and what it is bound as. For a port that somebody else bound on this handle that is the port.
 * @throws {DeviceError} If the kernel refuses the bind, or the port is none of this handle's.
 */
export async function bindChannel(
  device: EventChannelDevice | EventChannelDevice & Binder,
  op: string,
  channel: Channel,
): Promise<Binding> {
  if ("bindChannel" in device) return await device.bindChannel(op, channel);
  if (channel.kind === "port") return { port: channel.port, channel: knownAs(device, op, channel.port) };
  return { port: await bindNew(device, channel), channel };
}

/** A channel that has to be bound to have a port. */
export type Bindable = Exclude<Channel, { kind: "port" }>;

/**
 * A new port of a channel, also where the handle has one already.
 *
 * @throws {DeviceError} If the kernel refuses.
 */
export function bindNew(device: EventChannelDevice, channel: Bindable): Awaitable<Port> {
  switch (channel.kind) {
    case "virq":
      return device.bindVirq(channel.virq);
    case "interdomain":
      return device.bindInterdomain(channel.domain, channel.port);
    case "unbound":
      return device.allocUnbound(channel.domain);
  }
}

/**
 * The ports of channels, in their order: {@linkcode bindChannel} of each.
 *
 * @throws {DeviceError} At the first that is refused.
 */
export async function bindAll(
  device: EventChannelDevice,
  op: string,
  channels: readonly Channel[],
): Promise<Binding[]> {
  const bindings: Binding[] = [];
  for (const channel of channels) bindings.push(await bindChannel(device, op, channel));
  return bindings;
}

/**
 * The port of a channel on a handle that outlives the verb: what is bound by that name already is not bound again.
 * `5:any` is a new port each time.
 *
 * @param op The verb that wants it, for its errors.
 * @returns The port and what it is bound as; of several by one name the one that was bound last.
 * @throws {DeviceError} As {@linkcode bindChannel}.
 */
export async function findOrBind(device: EventChannelDevice, op: string, channel: Channel): Promise<Binding> {
  if (channel.kind === "virq" || channel.kind === "interdomain") {
    const name = channelName(channel);
    const found = [...device.bindings].findLast(([, bound]) => channelName(bound) === name);
    if (found) return { port: found[0], channel: found[1] };
  }
  return await bindChannel(device, op, channel);
}

/** What `port` is bound as. The driver is not asked: only a notify would tell, and that would reach the peer. */
function knownAs(device: EventChannelDevice, op: string, port: Port): Channel {
  const channel = device.bindings.get(port);
  if (channel) return channel;
  if (!device.exclusive) return { kind: "port", port };
  throw new DeviceError(op, "ENOTCONN", String(port), `Cannot ${op} port ${port}`, explain(op, "ENOTCONN"));
}

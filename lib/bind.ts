/**
 * Channels made into ports: what is not bound yet is bound.
 *
 * @module
 */

import { DeviceError } from "./errors.ts";
import { explain } from "./explain.ts";
import type { EventChannelDevice } from "./handle.ts";
import type { Binding, Channel, Port } from "./types.ts";

/**
 * The port of a channel on this handle.
 *
 * @param op The verb that wants it, for its errors.
 * @returns The port and what it is bound as. For a port that somebody else bound on this handle that is the port.
 * @throws {DeviceError} If the kernel refuses the bind, or the port is none of this handle's.
 */
export async function bindChannel(device: EventChannelDevice, op: string, channel: Channel): Promise<Binding> {
  switch (channel.kind) {
    case "port":
      return { port: channel.port, channel: knownAs(device, op, channel.port) };
    case "virq":
      return { port: await device.bindVirq(channel.virq), channel };
    case "interdomain":
      return { port: await device.bindInterdomain(channel.domain, channel.port), channel };
    case "unbound":
      return { port: await device.allocUnbound(channel.domain), channel };
  }
}

/** What `port` is bound as. The driver is not asked: only a notify would tell, and that would reach the peer. */
function knownAs(device: EventChannelDevice, op: string, port: Port): Channel {
  const channel = device.bindings.get(port);
  if (channel) return channel;
  if (!device.exclusive) return { kind: "port", port };
  throw new DeviceError(op, "ENOTCONN", String(port), `Cannot ${op} port ${port}`, explain(op, "ENOTCONN"));
}

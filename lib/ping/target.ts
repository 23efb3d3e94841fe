/**
 * What is pinged: a peer, or oneself.
 *
 * @module
 */

import { bindChannel } from "../handle/bind.ts";
import { channelName } from "../channel.ts";
import { UsageError } from "../errors.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import type { Leg } from "./round.ts";
import { type Binding, type Channel, DOMID_SELF, type Port } from "../types.ts";

/** One who answers. */
export interface Target {
  /** As it is written. */
  readonly name: string;
  readonly legs: readonly Leg[];
  /** Takes back what was bound only for this. */
  undo(): Promise<void>;
}

/**
 * Refuses a channel on which nobody answers.
 *
 * @throws {UsageError} If it is a VIRQ.
 */
export function refuseVirq(channel: Channel | undefined): void {
  if (channel?.kind !== "virq") return;
  throw new UsageError(
    "Cannot ping a VIRQ: nobody answers there",
    "name a channel to a domain, such as 1:9, or none for a channel to oneself",
  );
}

/**
 * Refuses to wait for no time at all.
 *
 * @param timeout Milliseconds; undefined where none was named.
 * @throws {UsageError} If it is 0.
 */
export function refuseNoTime(timeout: number | undefined): number | undefined {
  if (timeout === 0) throw new UsageError("Cannot wait 0 s for an answer: nothing comes at once");
  return timeout;
}

/**
 * A channel to oneself: there and back are two legs.
 *
 * @throws {DeviceError} If it cannot be bound.
 */
export async function loopback(device: EventChannelDevice): Promise<Target> {
  const offered = await device.allocUnbound(DOMID_SELF);
  let bound: Port;
  try {
    bound = await device.bindInterdomain(DOMID_SELF, offered);
  } catch (error) {
    await device.unbind(offered);
    throw error;
  }
  return {
    name: "self",
    legs: [{ send: bound, hear: offered }, { send: offered, hear: bound }],
    async undo() {
      await device.unbind(bound);
      await device.unbind(offered);
    },
  };
}

/**
 * A channel to somebody who answers. It stays bound on a handle that goes on.
 *
 * @param bind How a channel gets its port.
 * @throws {DeviceError} If it cannot be bound.
 */
export async function peer(
  device: EventChannelDevice,
  channel: Channel,
  bind: (device: EventChannelDevice, op: string, channel: Channel) => Promise<Binding> = bindChannel,
): Promise<Target & { readonly port: Port }> {
  const { port, channel: bound } = await bind(device, "ping", channel);
  return { name: channelName(bound), port, legs: [{ send: port, hear: port }], undo: () => Promise.resolve() };
}

/** What is pinged: a peer, or this domain itself. @module */

import { channelName } from "../channel.ts";
import { UsageError } from "../errors.ts";
import { bindChannel } from "../handle/bind.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import { type Channel, DOMID_SELF, type Port } from "../types.ts";
import type { Hop } from "./round.ts";

export interface Target {
  readonly name: string;
  readonly hops: readonly Hop[];
  /** Unbinds the ports that were bound only for the ping. */
  undo(): Promise<void>;
}

export function refuseVirq(channel: Channel | undefined): void {
  if (channel?.kind !== "virq") return;
  throw new UsageError(
    "Cannot ping a VIRQ: nobody answers there",
    "name a channel to a domain, such as 1:9, or none for a channel to oneself",
  );
}

export function refuseNoTime(timeout: number | undefined): number | undefined {
  if (timeout === 0) throw new UsageError("Cannot wait 0 s for an answer: expected at least 1us");
  return timeout;
}

/** Binds a channel from this domain to itself. */
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
    hops: [{ send: bound, hear: offered }, { send: offered, hear: bound }],
    async undo() {
      await device.unbind(bound);
      await device.unbind(offered);
    },
  };
}

/** Binds a channel to a peer that answers. `undo` leaves it bound. */
export async function peer(device: EventChannelDevice, channel: Channel): Promise<Target & { readonly port: Port }> {
  const { port, channel: bound } = await bindChannel(device, "ping", channel);
  return { name: channelName(bound), port, hops: [{ send: port, hear: port }], undo: () => Promise.resolve() };
}

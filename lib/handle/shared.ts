/** A handle that several watch, and that stays open from verb to verb: in scripts, prompts and sessions. @module */

import type { ChannelStatus } from "../records.ts";
import type { Awaitable, Binding, Channel } from "../types.ts";
import type { EventChannelDevice } from "./handle.ts";
import type { Delivery } from "./queue.ts";
import type { Wanted } from "./watcher.ts";

/** The events of one watcher. */
export interface Subscription {
  /** The next delivery. Undefined if `wake` resolves first or the subscription is closed; throws if the handle fails. */
  next(wake: Promise<unknown>): Promise<Delivery | undefined>;
  /** Resolves when the ring is no longer read for it. */
  close(): Awaitable<void>;
}

export interface SharedHandle extends EventChannelDevice {
  /** The first events are those that nobody wanted before. */
  subscribe(wanted: Wanted): Awaitable<Subscription>;
  status(): Awaitable<ChannelStatus[]>;
  /**
   * The port of a VIRQ or interdomain channel that is bound, the last one if several are; else binds the channel.
   *
   * @param op The verb that binds, for errors.
   */
  findOrBind(op: string, channel: Channel): Promise<Binding>;
}

export function isShared(device: EventChannelDevice): device is SharedHandle {
  return "status" in device;
}

/** A handle that several watch, and that stays open from verb to verb: in scripts, prompts and sessions. @module */

import type { ChannelStatus } from "../records.ts";
import type { Awaitable, Binding, Channel, Domid } from "../types.ts";
import type { EventChannelDevice } from "./handle.ts";
import type { Delivery } from "./queue.ts";
import type { Wanted } from "./watcher.ts";

/** The events of one watcher. */
export interface Subscription {
  /** Undefined if `wake` resolves before a delivery, or after the end. Throws what the handle failed with. */
  next(wake: Promise<unknown>): Promise<Delivery | undefined>;
  /** Resolves when the ring is no longer read for it. */
  close(): Awaitable<void>;
}

export interface SharedHandle extends EventChannelDevice {
  /** The simulated domain whose handle it is; undefined on a real device, which has one domain alone. */
  readonly domain?: Domid;
  /** The first events are those that nobody wanted before. */
  subscribe(wanted: Wanted): Awaitable<Subscription>;
  status(): Awaitable<ChannelStatus[]>;
  /** Binds `channel` for the verb `op`, unless a VIRQ or interdomain channel is bound: then gives its latest port. */
  findOrBind(op: string, channel: Channel): Promise<Binding>;
}

export function isShared(device: EventChannelDevice): device is SharedHandle {
  return "status" in device;
}

/** A handle that several watch, and that stays open from verb to verb: in scripts, prompts and sessions. @module */

import type { ChannelStatus } from "../records.ts";
import type { Awaitable, Binding, Channel } from "../types.ts";
import type { EventChannelDevice } from "./handle.ts";
import type { Delivery } from "./queue.ts";
import type { Wanted } from "./watcher.ts";

/** The events of one watcher. */
export interface Subscription {
  /**
   * Waits for the next delivery.
   *
   * @param wake Ends the wait when it resolves.
   * @returns Undefined if `wake` came first, or the subscription is closed.
   * @throws {DeviceError} If the handle failed.
   */
  next(wake: Promise<unknown>): Promise<Delivery | undefined>;
  /** Ends the subscription. Resolves when the ring is no longer read for it. */
  close(): Awaitable<void>;
}

/** A handle with several watchers, which knows its channels. */
export interface SharedHandle extends EventChannelDevice {
  /** Starts to watch. The first events are those that nobody wanted before. */
  subscribe(wanted: Wanted): Awaitable<Subscription>;
  /** The channels of this handle, by port. */
  status(): Awaitable<ChannelStatus[]>;
  /**
   * The port of a channel: found by the channel's name among the ports of the handle, else bound. `5:any` is always
   * bound.
   *
   * @param op The verb that binds, for errors.
   * @returns The port, and the channel that it was bound as. If several ports have this name, the one bound last.
   * @throws {DeviceError} If the kernel refuses the bind, or the handle has no such port.
   */
  findOrBind(op: string, channel: Channel): Promise<Binding>;
}

/** Whether a handle is shared. */
export function isShared(device: EventChannelDevice): device is SharedHandle {
  return "status" in device;
}

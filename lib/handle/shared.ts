/** A handle that several watch, and that stays open from verb to verb: in scripts, prompts and sessions. @module */

import type { Awaitable, Binding, Channel, Domid, Port } from "../types.ts";
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

/** A port of a handle. */
export interface BoundPort {
  /** Its number. */
  readonly port: Port;
  /** What it was bound as: `virq:dom_exc`, `5:12` or `5:any`; its number if that is not known. */
  readonly channel: string;
  /** The kind of the channel; `port` if it is not known. */
  readonly kind: "port" | "virq" | "interdomain" | "unbound";
  /** Whether it has fired and was not unmasked since. */
  readonly masked: boolean;
  /** How many events were read from it. */
  readonly events: number;
}

export interface SharedHandle extends EventChannelDevice {
  /** The simulated domain whose handle it is; undefined on a real device, which has one domain alone. */
  readonly domain?: Domid;
  /** The first events are those that nobody wanted before. */
  subscribe(wanted: Wanted): Awaitable<Subscription>;
  status(): Awaitable<BoundPort[]>;
  /** Binds `channel` for the verb `op`, unless a VIRQ or interdomain channel is bound: then gives its latest port. */
  findOrBind(op: string, channel: Channel): Promise<Binding>;
}

export function isShared(device: EventChannelDevice): device is SharedHandle {
  return "status" in device;
}

/**
 * How a ping listens on the handle that the options name.
 *
 * @module
 */

import type { EventChannelDevice } from "../../lib/handle/handle.ts";
import { type Ears, HandleEars, SharedEars } from "../../lib/ping/listener.ts";
import type { SharedHandle } from "../../lib/handle/shared.ts";
import type { Port } from "../../lib/types.ts";
import type { Context } from "../../lib/cli/context.ts";
import type { PingFlags } from "./mod.ts";
import { tellSkipped } from "../watch/output.ts";

/** Begins to listen to those ports. */
export function openEars(
  context: Context,
  flags: PingFlags,
  device: EventChannelDevice,
  ports: readonly Port[],
): Ears | Promise<Ears> {
  const { clock } = context;
  const ours = new Set(ports);
  return context.place(flags) === "session"
    ? SharedEars.open(device as SharedHandle, ours, clock)
    : new HandleEars(device, ours, clock, tellSkipped(context));
}

/**
 * A ping as a statement: one record, whatever it came to.
 *
 * @module
 */

import { ping, type PingOptions } from "../ping/ping.ts";
import { openListener } from "../ping/listener.ts";
import { loopback, peer } from "../ping/target.ts";
import { PLAIN } from "../render/human.ts";
import { pingRecord, summaryLines } from "../render/ping.ts";
import type { SharedHandle } from "../handle/shared.ts";
import type { Channel } from "../types.ts";
import type { Outcome, Scope } from "./verb.ts";

/** Nobody is told of single answers: a statement is one record. */
const SILENT = { answered: () => {}, overdue: () => {}, late: () => {} };

/**
 * Pings.
 *
 * @param channel Undefined: a channel to oneself.
 * @throws {DeviceError} If it cannot be bound, or the device fails.
 */
export async function pings(
  device: SharedHandle,
  channel: Channel | undefined,
  plan: PingOptions,
  { carrier: { clock }, signal }: Scope,
): Promise<Outcome> {
  const target = channel === undefined ? await loopback(device) : await peer(device, channel);
  try {
    const listener = await openListener(device, target.hops.map(({ hear }) => hear), clock, () => {});
    try {
      const result = await ping({ device, listener, hops: target.hops, clock, signal }, plan, SILENT);
      return {
        record: pingRecord(result),
        text: summaryLines(target.name, result, undefined, PLAIN).join("\n"),
        fault: result.answered === 0 ? `Cannot ping ${target.name}: nothing was answered in time` : undefined,
      };
    } finally {
      await listener.close();
    }
  } finally {
    await target.undo();
  }
}

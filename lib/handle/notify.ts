/**
 * Notifying again and again.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { EventChannelDevice } from "./handle.ts";
import type { Port } from "../types.ts";

/** How often, and how. */
export interface NotifyOptions {
  /** How many times. */
  readonly count?: number;
  /** Milliseconds between two times. */
  readonly interval?: number;
  readonly clock: Clock;
  /** Ends it between two times. */
  readonly signal: AbortSignal;
  /** Is told of each event that was sent. */
  readonly sent?: (port: Port) => void;
}

/** How many times in a row without a turn for signals. */
const ROUNDS_A_TURN = 256;

/**
 * Sends an event on each port, so many times.
 *
 * @throws {DeviceError} If the driver refuses.
 */
export async function notifyAgain(
  device: EventChannelDevice,
  ports: readonly Port[],
  { count = 1, interval = 0, clock, signal, sent }: NotifyOptions,
): Promise<void> {
  for (let left = count; left > 0 && !signal.aborted; left--) {
    for (const port of ports) {
      await device.notify(port);
      sent?.(port);
    }
    if (left > 1 && (interval > 0 || left % ROUNDS_A_TURN === 0)) await clock.sleep(interval, signal);
  }
}

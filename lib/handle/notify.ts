/** Repeated notifies. @module */

import type { Clock } from "../clock.ts";
import type { EventChannelDevice } from "./handle.ts";
import type { Awaitable, Port } from "../types.ts";

export interface NotifyOptions {
  readonly count?: number;
  /** Milliseconds between two rounds. */
  readonly interval?: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly sent?: (port: Port) => Awaitable<void>;
}

/** How many rounds run before signals and timers get a turn. */
const ROUNDS_A_TURN = 256;

/** Notifies each port, `count` times. */
export async function notifyAgain(
  device: EventChannelDevice,
  ports: readonly Port[],
  { count = 1, interval = 0, clock, signal, sent }: NotifyOptions,
): Promise<void> {
  for (let left = count; left > 0 && !signal.aborted; left--) {
    for (const port of ports) {
      await device.notify(port);
      if (sent !== undefined) await sent(port);
    }
    if (left > 1 && (interval > 0 || left % ROUNDS_A_TURN === 0)) await clock.sleep(interval, signal);
  }
}

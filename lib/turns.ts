/**
 * Turns of the event loop in the midst of work that finds more to do whenever it looks.
 *
 * A promise that is settled already gives no turn to timers and signals: work that awaits nothing else would keep them
 * out for as long as it goes on.
 *
 * @module
 */

import { type Clock, TURN_AFTER } from "./clock.ts";

/** How many steps are made without a turn at the most: the clock of a script stands still while anything runs. */
const STEPS_A_TURN = 256;

/** Gives turns, every so often. */
export class Turns {
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  #last: number;
  #steps = 0;

  /** @param signal What the work ends by: a turn is cut short by it. */
  constructor(clock: Clock, signal?: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#last = clock.monotonic();
  }

  /** Called between two steps of the work. Returns undefined, or a turn to be waited for. */
  step(): Promise<void> | undefined {
    const due = ++this.#steps >= STEPS_A_TURN || this.#clock.monotonic() - this.#last > TURN_AFTER;
    return due ? this.#turn() : undefined;
  }

  /** The work has waited: everybody had a turn. */
  had(): void {
    this.#steps = 0;
    this.#last = this.#clock.monotonic();
  }

  async #turn(): Promise<void> {
    await this.#clock.sleep(0, this.#signal);
    this.had();
  }
}

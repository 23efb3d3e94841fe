/**
 * A time-out that every sign of life puts off.
 *
 * @module
 */

import type { Clock } from "../clock.ts";

/** Calls somebody when nothing was heard for too long. */
export class Deadline {
  readonly #clock: Clock;
  readonly #milliseconds: number;
  readonly #missed: () => void;
  #heard = 0;
  #running: AbortController | undefined;

  /**
   * @param clock Whose time it is.
   * @param milliseconds How long it may be quiet.
   * @param missed Called once it was quiet for so long.
   */
  constructor(clock: Clock, milliseconds: number, missed: () => void) {
    this.#clock = clock;
    this.#milliseconds = milliseconds;
    this.#missed = missed;
  }

  /** Something was heard, or is waited for from now on. */
  putOff(): void {
    this.#heard = this.#clock.monotonic();
  }

  /** Begins to wait, if it does not yet; before, no timer runs. */
  start(): void {
    if (this.#running !== undefined) return;
    this.#running = new AbortController();
    void this.#wait(this.#running.signal);
  }

  /** Nothing is waited for. */
  stop(): void {
    this.#running?.abort();
    this.#running = undefined;
  }

  async #wait(signal: AbortSignal): Promise<void> {
    for (;;) {
      const left = this.#heard + this.#milliseconds - this.#clock.monotonic();
      if (left <= 0) return this.#missed();
      if (!await this.#clock.sleep(left, signal)) return;
    }
  }
}

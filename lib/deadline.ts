/** A time-out that each sign of life puts off. @module */

import type { Clock } from "./clock.ts";

/** Calls `onMissed` after `milliseconds` without a sign of life. */
export class Deadline {
  #lastSign = 0;
  #running: AbortController | undefined;

  constructor(
    private readonly clock: Clock,
    private milliseconds: number,
    private readonly onMissed: () => void,
  ) {}

  /** Sets the time-out. A wait that has begun gets more time by it, and no less. */
  allow(milliseconds: number): void {
    this.milliseconds = this.#running === undefined ? milliseconds : Math.max(milliseconds, this.milliseconds);
  }

  /** Starts the time anew. */
  putOff(): void {
    this.#lastSign = this.clock.monotonic();
  }

  start(): void {
    if (this.#running !== undefined) return;
    this.#running = new AbortController();
    void this.#wait(this.#running.signal);
  }

  stop(): void {
    this.#running?.abort();
    this.#running = undefined;
  }

  async #wait(signal: AbortSignal): Promise<void> {
    for (;;) {
      const left = this.#lastSign + this.milliseconds - this.clock.monotonic();
      if (left <= 0) return this.onMissed();
      if (!await this.clock.sleep(left, signal)) return;
    }
  }
}

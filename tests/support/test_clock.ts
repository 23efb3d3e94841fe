import type { Clock } from "../../lib/clock.ts";

/** The time of day when a {@linkcode TestClock} starts: microseconds since 1970. */
export const START = Date.UTC(2026, 0, 2, 3, 4, 5) * 1000 + 678_901;

/** A clock that only the test moves. */
export class TestClock implements Clock {
  #elapsed = 0;
  /** When each sleeper wakes, by what wakes it: the moved time, without what was spent. */
  readonly #sleepers = new Map<() => void, number>();
  #advanced = 0;
  #asleep = Promise.withResolvers<void>();

  /** How many sleep. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  now(): number {
    return START + Math.round(this.#elapsed * 1000);
  }

  monotonic(): number {
    return this.#elapsed;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<boolean> {
    if (milliseconds <= 0 || signal?.aborted) return Promise.resolve(!signal?.aborted);
    return new Promise((resolve) => {
      const end = (ranOut: boolean) => {
        this.#sleepers.delete(due);
        resolve(ranOut);
      };
      const due = () => end(true);
      this.#sleepers.set(due, this.#advanced + milliseconds);
      signal?.addEventListener("abort", () => end(false), { once: true });
      this.#asleep.resolve();
      this.#asleep = Promise.withResolvers();
    });
  }

  advance(milliseconds: number): void {
    this.#elapsed += milliseconds;
    this.#advanced += milliseconds;
    for (const [due, time] of this.#sleepers) if (time <= this.#advanced) due();
  }

  /** Lets time pass without waking a sleeper, as work does that does not yield. */
  spend(milliseconds: number): void {
    this.#elapsed += milliseconds;
  }

  /** Waits until somebody sleeps. */
  async asleep(): Promise<void> {
    while (this.sleeping === 0) await this.#asleep.promise;
  }
}

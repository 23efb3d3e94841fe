import type { Clock } from "../../lib/clock.ts";
import { ManualClock } from "./simulated.ts";

/** When a {@linkcode TestClock} starts: microseconds since 1970. */
export const START = Date.UTC(2026, 0, 2, 3, 4, 5) * 1000 + 678_901;

/** A whole clock that only the test moves, and that says when somebody sleeps on it. */
export class TestClock extends ManualClock implements Clock {
  #elapsed = 0;
  readonly #watchers = new Set<() => void>();

  now(): number {
    return START + Math.round(this.#elapsed * 1000);
  }

  monotonic(): number {
    return this.#elapsed;
  }

  override sleep(milliseconds: number, signal?: AbortSignal): Promise<boolean> {
    if (milliseconds <= 0) return Promise.resolve(!signal?.aborted);
    const sleep = super.sleep(milliseconds, signal);
    for (const watcher of [...this.#watchers]) watcher();
    return sleep;
  }

  override advance(milliseconds: number): void {
    this.#elapsed += milliseconds;
    super.advance(milliseconds);
  }

  /** Lets time pass without waking anybody: what work takes while nobody else has a turn. */
  spend(milliseconds: number): void {
    this.#elapsed += milliseconds;
  }

  /** Waits until somebody sleeps. */
  async asleep(): Promise<void> {
    while (this.sleeping === 0) {
      await new Promise<void>((resolve) => {
        const watcher = () => {
          this.#watchers.delete(watcher);
          resolve();
        };
        this.#watchers.add(watcher);
      });
    }
  }
}

/**
 * The clock of a simulated script. It stands still while anything runs, and jumps to the next wake-up when everything
 * sleeps. So sleeps and timeouts take no real time, and each run prints the same times.
 *
 * @module
 */

import type { Clock } from "../clock.ts";

/** The time at the start, 2026-01-01T00:00:00Z: microseconds since 1970. */
export const VIRTUAL_START = Date.UTC(2026, 0, 1) * 1000;

interface Sleeper {
  /** Microseconds since the start. */
  readonly due: number;
  wake(): void;
}

/** A {@linkcode Clock} that jumps to the next wake-up when everything sleeps. It starts at 2026-01-01T00:00:00Z. */
export class VirtualClock implements Clock {
  /** Microseconds since the start. */
  #elapsed = 0;
  /** In the order of their wake-up. */
  readonly #sleepers: Sleeper[] = [];
  readonly #patient = new Set<() => void>();
  #turning = false;

  now(): number {
    return VIRTUAL_START + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed / 1000;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        due: this.#elapsed + Math.max(0, Math.round(milliseconds * 1000)),
        wake: () => end(true),
      };
      const onAbort = () => {
        const index = this.#sleepers.indexOf(sleeper);
        if (index >= 0) this.#sleepers.splice(index, 1);
        end(false);
      };
      const end = (ranOut: boolean) => {
        signal?.removeEventListener("abort", onAbort);
        resolve(ranOut);
      };
      signal?.addEventListener("abort", onAbort);
      if (milliseconds !== Infinity) this.#add(sleeper);
    });
  }

  /** Waits until nothing runs and no wake-up is left, so that nothing more can happen; the signal ends the wait. */
  quiet(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#patient.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      signal?.addEventListener("abort", wake);
      this.#patient.add(wake);
      this.#turn();
    });
  }

  #add(sleeper: Sleeper): void {
    let index = this.#sleepers.length;
    while (index > 0 && this.#sleepers[index - 1].due > sleeper.due) index--;
    this.#sleepers.splice(index, 0, sleeper);
    this.#turn();
  }

  /** Advances the clock when nothing runs: an immediate comes after every promise that is settled by then. */
  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    globalThis.setImmediate(() => {
      this.#turning = false;
      const next = this.#sleepers.shift();
      if (next !== undefined) {
        this.#elapsed = Math.max(this.#elapsed, next.due);
        next.wake();
      } else {
        for (const wake of [...this.#patient]) wake();
      }
      if (this.#sleepers.length > 0 || this.#patient.size > 0) this.#turn();
    });
  }
}

/** Clocks: the system's, and the interface that tests and simulated scripts implement. @module */

export interface Clock {
  /** The time of day: microseconds since 1970, UTC. */
  now(): number;
  /** Milliseconds since an arbitrary start, with a fraction. Never goes back. */
  monotonic(): number;
  /** Waits; Infinity waits for the signal only. Returns true after the time, false if the signal aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<boolean>;
}

/** Microseconds that `now()` may differ from the system's clock before it follows that again. */
const STEP = 2000;

/** Milliseconds: a timer cannot wait for less, so a shorter sleep is a busy loop. */
const TIMER_GRAIN = 1;

/** Milliseconds of work without a turn of the event loop, at most. Signals and timers wait as long. */
export const TURN_AFTER = 10;

/** Milliseconds: setTimeout takes 31 bits. */
const LONGEST_TIMER = 0x7FFF_FFFF;

/** The clock of this machine. `now()` is performance.now() with an offset, as Date.now() has no microseconds. */
export function systemClock(): Clock {
  let anchor = performance.timeOrigin * 1000;
  const now = () => {
    const time = Math.round(anchor + performance.now() * 1000);
    const coarse = Date.now() * 1000;
    if (Math.abs(time - coarse) < STEP) return time;
    anchor += coarse - time; // the system's clock was set
    return coarse;
  };
  return { now, monotonic: () => performance.now(), sleep };
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted) return Promise.resolve(false);
  if (milliseconds < TIMER_GRAIN) return turn(milliseconds, signal);
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout>;
    const wait = (left: number) => {
      timer = left > LONGEST_TIMER
        ? setTimeout(() => wait(left - LONGEST_TIMER), LONGEST_TIMER)
        : setTimeout(end, left, true);
    };
    const onAbort = () => end(false);
    signal?.addEventListener("abort", onAbort);
    wait(milliseconds);
    function end(ranOut: boolean) {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      resolve(ranOut);
    }
  });
}

/** Monotonic time of the last turn of the event loop. */
let turned = 0;

async function turn(milliseconds: number, signal?: AbortSignal): Promise<boolean> {
  const start = performance.now();
  if (start - turned > TURN_AFTER) {
    await new Promise((resolve) => setTimeout(resolve, 0)); // a microtask would not let signals in
    turned = performance.now();
  } else {
    await undefined;
  }
  while (performance.now() < start + milliseconds);
  return !signal?.aborted;
}

/** Steps without a turn, at most: a virtual clock stands still during the work. */
const STEPS_A_TURN = 256;

/** Gives turns to the event loop during long work. */
export class Turns {
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  #last: number;
  #steps = 0;

  constructor(clock: Clock, signal?: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#last = clock.monotonic();
  }

  /** Call it after each step of the work. Await the result unless it is undefined. */
  step(): Promise<void> | undefined {
    const due = ++this.#steps >= STEPS_A_TURN || this.#clock.monotonic() - this.#last > TURN_AFTER;
    return due ? this.#turn() : undefined;
  }

  /** Call it after the work has waited for something else: no turn is due. */
  had(): void {
    this.#steps = 0;
    this.#last = this.#clock.monotonic();
  }

  async #turn(): Promise<void> {
    await this.#clock.sleep(0, this.#signal);
    this.had();
  }
}

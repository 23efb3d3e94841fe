/**
 * Time, as something that tests can hand in.
 *
 * @module
 */

/** Where time comes from and how it is waited for. */
export interface Clock {
  /** The time of day: microseconds since 1970, UTC. */
  now(): number;
  /** A clock that never goes back: milliseconds since some start, with a fraction. */
  monotonic(): number;
  /**
   * Waits.
   *
   * @param milliseconds How long; may have a fraction, and Infinity waits for the signal alone.
   * @param signal Ends the wait early.
   * @returns Whether the time ran out, as against the signal having come.
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<boolean>;
}

/** How far, in microseconds, the time of day may be stepped before the anchor is laid anew. */
const STEP = 2000;

/** Periods below this, milliseconds, are below what a timer can do: they are waited out by turning. */
const TIMER_GRAIN = 1;

/** The longest stretch, milliseconds, in which busy work keeps signals and timers waiting. */
export const TURN_AFTER = 10;

/** The longest wait of a timer, milliseconds. */
const LONGEST_TIMER = 0x7FFF_FFFF;

/** The clock of this machine, in microseconds: performance.now() anchored to Date.now(). */
export function systemClock(): Clock {
  let anchor = performance.timeOrigin * 1000;
  const now = () => {
    const time = Math.round(anchor + performance.now() * 1000);
    const coarse = Date.now() * 1000;
    if (Math.abs(time - coarse) < STEP) return time;
    anchor += coarse - time; // somebody set the clock
    return coarse;
  };
  return { now, monotonic: () => performance.now(), sleep };
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted) return Promise.resolve(false);
  if (milliseconds < TIMER_GRAIN) return turn(milliseconds, signal);
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout>;
    // setTimeout counts in 31 bits, and takes more for none at all: a longer wait is several, one for ever has no last.
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

/** When the event loop last had its turn, on the monotonic clock. */
let turned = 0;

async function turn(milliseconds: number, signal?: AbortSignal): Promise<boolean> {
  const start = performance.now();
  if (start - turned > TURN_AFTER) {
    await new Promise((resolve) => setTimeout(resolve, 0)); // a mere microtask would let no signal in
    turned = performance.now();
  } else {
    await undefined;
  }
  while (performance.now() < start + milliseconds); // under a millisecond
  return !signal?.aborted;
}

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

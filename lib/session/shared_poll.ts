/**
 * One wait in the kernel for everybody who waits for events of a handle.
 *
 * A poll(2) that waits takes one of the few threads that Deno has for it. However many clients wait, one is taken.
 *
 * @module
 */

import { type Errno, failed, Poll, type Result } from "../../ffi/syscalls.ts";
import type { Clock } from "../clock.ts";
import type { EventChannelDevice } from "../handle/handle.ts";

/** What a device becomes ready for. That it can be written to is always so. */
const READABLE = Poll.IN | Poll.RDNORM;

/** poll(2) of one handle for many. */
export class SharedPoll {
  readonly #device: EventChannelDevice;
  readonly #clock: Clock;
  /** The wait that is under way, and how many it is for. */
  #wait: { readonly ready: Promise<Result>; readonly stop: AbortController; users: number } | undefined;

  constructor(device: EventChannelDevice, clock: Clock) {
    this.#device = device;
    this.#clock = clock;
  }

  /**
   * poll(2), as `EventChannelDevice.poll` has it.
   *
   * @param events The bits asked for.
   * @param timeout Milliseconds; negative waits for ever.
   * @param signal Ends the wait with EINTR.
   */
  async poll(events: number, timeout: number, signal: AbortSignal): Promise<Result> {
    const end = timeout < 0 ? Infinity : this.#clock.monotonic() + timeout;
    for (let again = false;; again = true) {
      const now = await this.#device.poll(events, 0);
      if (failed(now) || now !== 0) return now;
      if (again) await this.#clock.sleep(0, signal); // it was said to be ready and is not: that may go on and on
      if (signal.aborted) return "EINTR";
      const rest = end - this.#clock.monotonic();
      if (rest <= 0) return 0;
      const failure = await this.#ready((events & READABLE) !== 0, rest, signal);
      if (failure !== undefined) return failure;
    }
  }

  /**
   * Waits until the handle may be readable, the time is over, or the signal comes.
   *
   * @returns What poll(2) failed with, if it did: asking again would be answered so again, and at once.
   */
  async #ready(readable: boolean, rest: number, signal: AbortSignal): Promise<Errno | undefined> {
    const over = new AbortController();
    const abort = () => over.abort();
    signal.addEventListener("abort", abort);
    const slept = this.#clock.sleep(rest, over.signal);
    try {
      if (readable) return await this.#share(slept);
      await slept;
    } finally {
      signal.removeEventListener("abort", abort);
      over.abort();
    }
  }

  async #share(slept: Promise<unknown>): Promise<Errno | undefined> {
    const wait = this.#wait ??= this.#start();
    wait.users++;
    try {
      const result = await Promise.race([wait.ready, slept.then(() => 0)]);
      return failed(result) && result !== "EINTR" ? result : undefined;
    } finally {
      if (--wait.users === 0) {
        wait.stop.abort();
        if (this.#wait === wait) this.#wait = undefined;
      }
    }
  }

  #start() {
    const stop = new AbortController();
    const ready = Promise.resolve(this.#device.poll(READABLE, -1, stop.signal));
    const wait = { ready, stop, users: 0 };
    const ended = () => {
      if (this.#wait === wait) this.#wait = undefined;
    };
    ready.then(ended, ended);
    return wait;
  }
}

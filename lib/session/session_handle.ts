/** A handle of a session. All clients that poll it share one poll(2), since each takes a blocking thread. @module */

import { type Errno, failed, Poll, type Result } from "../../ffi/syscalls.ts";
import type { Clock } from "../clock.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import { SharedDevice } from "../handle/shared_device.ts";

/** The bits that a device may have to wait for. It is always writable. */
const READABLE = Poll.IN | Poll.RDNORM;

/** One poll(2) that waits. */
interface Wait {
  readonly stop: AbortController;
  /** Those who wait. A promise that all of them share would keep a reaction of each that has left. */
  readonly users: Set<PromiseWithResolvers<Result>>;
}

export class SessionHandle extends SharedDevice {
  #wait: Wait | undefined;

  constructor(device: EventChannelDevice, private readonly clock: Clock) {
    super(device, clock);
  }

  override async poll(events: number, timeout: number, signal?: AbortSignal): Promise<Result> {
    const end = timeout < 0 ? Infinity : this.clock.monotonic() + timeout;
    for (let again = false;; again = true) {
      const now = await super.poll(events, 0);
      if (failed(now) || now !== 0) return now;
      if (again) await this.clock.sleep(0, signal); // a false alarm, which may repeat without end
      if (signal?.aborted) return "EINTR";
      const rest = end - this.clock.monotonic();
      if (rest <= 0) return 0;
      const failure = await this.#ready((events & READABLE) !== 0, rest, signal);
      if (failure !== undefined) return failure;
    }
  }

  /** Waits `rest` milliseconds, for the signal, or until the handle may be readable. Returns the errno of poll(2). */
  async #ready(readable: boolean, rest: number, signal?: AbortSignal): Promise<Errno | undefined> {
    const over = new AbortController();
    const slept = this.clock.sleep(rest, AbortSignal.any(signal ? [signal, over.signal] : [over.signal]));
    try {
      if (readable) return await this.#share(slept);
      await slept;
    } finally {
      over.abort();
    }
  }

  async #share(slept: Promise<unknown>): Promise<Errno | undefined> {
    const wait = this.#wait ??= this.#start();
    const user = Promise.withResolvers<Result>();
    wait.users.add(user);
    void slept.then(() => user.resolve(0));
    try {
      const result = await user.promise;
      return failed(result) && result !== "EINTR" ? result : undefined;
    } finally {
      wait.users.delete(user);
      if (wait.users.size === 0) {
        wait.stop.abort();
        this.#forget(wait);
      }
    }
  }

  #start(): Wait {
    const wait: Wait = { stop: new AbortController(), users: new Set() };
    Promise.resolve(super.poll(READABLE, -1, wait.stop.signal)).finally(() => this.#forget(wait)).then(
      (result) => wait.users.forEach(({ resolve }) => resolve(result)),
      (error) => wait.users.forEach(({ reject }) => reject(error)),
    );
    return wait;
  }

  /** The next one who waits starts another poll(2). */
  #forget(wait: Wait): void {
    if (this.#wait === wait) this.#wait = undefined;
  }
}

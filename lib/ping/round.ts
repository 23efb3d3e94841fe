/**
 * One round trip: a request, and the event that answers it.
 *
 * An event carries no number and no time. What comes while a request is out is its answer as far as anybody can tell;
 * so a request that is not answered in time keeps the next one waiting, as long again, for its late answer. An answer
 * later than that is taken for the next one's, and nothing shows it.
 *
 * @module
 */

import { type Clock, Turns } from "../clock.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import type { Ears } from "./listener.ts";
import type { Port } from "../types.ts";

/** One way: a notification, and the port that fires by it. */
export interface Leg {
  /** The port that is notified. */
  readonly send: Port;
  /** The port whose event ends the leg. */
  readonly hear: Port;
}

/** What a round came to. Times are microseconds. */
export type Round =
  | { readonly kind: "answered"; readonly micros: number }
  /** The answer came after the time-out, and before the end of the wait that follows it. */
  | { readonly kind: "late"; readonly micros: number }
  | { readonly kind: "lost" }
  /** The signal came first. */
  | { readonly kind: "aborted" };

/** What rounds are made with. */
export interface Track {
  readonly device: EventChannelDevice;
  readonly ears: Ears;
  /** One leg to a peer who answers; two over a channel to oneself, there and back. */
  readonly legs: readonly Leg[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How often it is read at the most before a request is out. */
const DRAINS = 64;

/** Makes round trips. */
export class Rounds {
  readonly #track: Track;
  readonly #ports: readonly Port[];
  readonly #turns: Turns;
  /** Events that nobody had asked for: repeated answers, and what the peer sends on its own. */
  unasked = 0;

  constructor(track: Track) {
    this.#track = track;
    this.#ports = track.legs.map(({ hear }) => hear);
    this.#turns = new Turns(track.clock, track.signal);
  }

  /**
   * Sends one request and waits for its answer.
   *
   * @param timeout Milliseconds after which it counts as not answered.
   * @param overdue Is told when that is so, before the wait for the late answer.
   * @throws {DeviceError} If the device fails.
   */
  async run(timeout: number, overdue: () => unknown): Promise<Round> {
    const { clock, signal, ears } = this.#track;
    await this.#drain();
    const turn = this.#turns.step();
    if (turn !== undefined) await turn;
    const start = clock.monotonic();
    const { back, late } = await this.#travel(start, timeout, overdue);
    const micros = (clock.monotonic() - start) * 1000;
    // Whatever became of it: a port that fired on the way would stay masked.
    const armed = ears.rearm(this.#ports);
    if (armed instanceof Promise) await armed;
    if (back) return { kind: late ? "late" : "answered", micros };
    return { kind: signal.aborted ? "aborted" : "lost" };
  }

  /** Goes there, and back where that is this process's part too. */
  async #travel(start: number, timeout: number, overdue: () => unknown): Promise<{ back: boolean; late: boolean }> {
    const { device, legs, signal } = this.#track;
    let late = false;
    for (const { send, hear } of legs) {
      const sent = device.notify(send);
      if (sent instanceof Promise) await sent;
      if (!late) {
        const heard = this.#hear(hear, start + timeout);
        if (heard === true || await heard) continue;
        if (signal.aborted) return { back: false, late };
        late = true;
        await overdue();
      }
      if (!await this.#hear(hear, start + 2 * timeout)) return { back: false, late };
    }
    return { back: true, late };
  }

  /** Waits for an event of a port; true without a promise if it is there already. False: the end or the signal came. */
  #hear(port: Port, end: number): true | Promise<boolean> {
    for (let left = this.#track.ears.tries; left > 0; left--) {
      const heard = this.#track.ears.now();
      if (heard instanceof Promise) return heard.then((heard) => this.#count(heard, port) || this.#wait(port, end));
      if (this.#count(heard, port)) return true;
    }
    return this.#wait(port, end);
  }

  async #wait(port: Port, end: number): Promise<boolean> {
    const { ears, signal } = this.#track;
    while (await ears.wait(end, signal)) {
      if (this.#count(await ears.now(), port)) return true;
      const turn = this.#turns.step();
      if (turn !== undefined) await turn;
    }
    return false;
  }

  /** Whether that port is among those heard. The others were not asked for, and may fire again. */
  #count(heard: ArrayLike<Port> | undefined, wanted: Port): boolean {
    if (heard === undefined) return false;
    let found = false;
    for (let i = 0; i < heard.length; i++) {
      if (heard[i] === wanted && !found) found = true;
      else this.#dismiss(heard[i]);
    }
    return found;
  }

  /**
   * Takes what is there before a request is out: it answers nothing. A peer who sends without a pause does not keep the
   * request back for ever.
   */
  async #drain(): Promise<void> {
    for (let left = DRAINS; left > 0; left--) {
      const there = this.#track.ears.now();
      const heard = there instanceof Promise ? await there : there;
      if (heard === undefined) return;
      for (const port of Array.from(heard)) this.#dismiss(port);
    }
  }

  #dismiss(port: Port): void {
    this.unasked++;
    void this.#track.ears.rearm([port]);
  }
}

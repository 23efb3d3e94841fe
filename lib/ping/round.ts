/**
 * One round trip: a request and its answer. Events have no numbers, so the next event counts as the answer. After its
 * timeout a request waits as long again for a late answer; a later one counts as the answer of the next request.
 * @module
 */

import { type Clock, Turns } from "../clock.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import type { Port } from "../types.ts";
import type { Listener } from "./listener.ts";

/** One direction of a round trip: a notification of `send` makes the port `hear` fire. */
export interface Hop {
  readonly send: Port;
  readonly hear: Port;
}

export type Round =
  | { readonly kind: "answered"; readonly micros: number }
  /** Answered after the timeout, before twice the timeout. */
  | { readonly kind: "late"; readonly micros: number }
  | { readonly kind: "lost" }
  | { readonly kind: "aborted" };

export interface PingSetup {
  readonly device: EventChannelDevice;
  readonly listener: Listener;
  /** One hop if a peer answers; two, there and back, for a channel to this domain. */
  readonly hops: readonly Hop[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Reads before a request, at most: a peer that sends all the time cannot delay the request for ever. */
const DRAINS = 64;

export class Rounds {
  readonly #setup: PingSetup;
  readonly #ports: readonly Port[];
  readonly #turns: Turns;
  /** Events that answered no request. */
  unasked = 0;

  constructor(setup: PingSetup) {
    this.#setup = setup;
    this.#ports = setup.hops.map(({ hear }) => hear);
    this.#turns = new Turns(setup.clock, setup.signal);
  }

  /** Sends one request. Calls `overdue` after the timeout (milliseconds), before it waits for a late answer. */
  async run(timeout: number, overdue: () => unknown): Promise<Round> {
    const { clock, signal, listener } = this.#setup;
    await this.#drain();
    await this.#turns.step();
    const start = clock.monotonic();
    const result = await this.#travel(start, timeout, overdue);
    const micros = (clock.monotonic() - start) * 1000;
    await listener.rearm(this.#ports);
    if (result === "lost") return { kind: signal.aborted ? "aborted" : "lost" };
    return { kind: result, micros };
  }

  /** The part that is measured: promises are awaited only where they cannot be avoided. */
  async #travel(start: number, timeout: number, overdue: () => unknown): Promise<"answered" | "late" | "lost"> {
    const { device, hops, signal } = this.#setup;
    let late = false;
    for (const { send, hear } of hops) {
      const sent = device.notify(send);
      if (sent instanceof Promise) await sent;
      if (!late) {
        const heard = this.#hear(hear, start + timeout);
        if (heard === true || await heard) continue;
        if (signal.aborted) return "lost";
        late = true;
        await overdue();
      }
      if (!await this.#hear(hear, start + 2 * timeout)) return "lost";
    }
    return late ? "late" : "answered";
  }

  /** Whether `port` fires before `end`. */
  #hear(port: Port, end: number): true | Promise<boolean> {
    for (let left = this.#setup.listener.tries; left > 0; left--) {
      const heard = this.#setup.listener.now();
      if (heard instanceof Promise) return heard.then((heard) => this.#count(heard, port) || this.#wait(port, end));
      if (this.#count(heard, port)) return true;
    }
    return this.#wait(port, end);
  }

  async #wait(port: Port, end: number): Promise<boolean> {
    const { listener, signal } = this.#setup;
    while (await listener.wait(end, signal)) {
      if (this.#count(await listener.now(), port)) return true;
      await this.#turns.step();
    }
    return false;
  }

  /** Whether `wanted` is in `heard`. All other events there are unasked. */
  #count(heard: ArrayLike<Port> | undefined, wanted: Port): boolean {
    if (heard === undefined) return false;
    let found = false;
    for (let i = 0; i < heard.length; i++) {
      if (heard[i] === wanted && !found) found = true;
      else this.#dismiss(heard[i]);
    }
    return found;
  }

  async #drain(): Promise<void> {
    for (let left = DRAINS; left > 0; left--) {
      const heard = await this.#setup.listener.now();
      if (heard === undefined) return;
      for (const port of Array.from(heard)) this.#dismiss(port);
    }
  }

  #dismiss(port: Port): void {
    this.unasked++;
    void this.#setup.listener.rearm([port]);
  }
}

/** Events of every open handle, shown as they arrive. @module */

import type { Clock } from "../../lib/clock.ts";
import { type EventLines, eventLines } from "../../lib/render/events.ts";
import type { Palette } from "../../lib/render/human.ts";
import type { SharedHandle } from "../../lib/handle/shared.ts";
import type { PendingEvent } from "../../lib/handle/watch.ts";
import { watchShared } from "../../lib/handle/watch_shared.ts";

/** Watches handles in the background. */
export class Followers {
  readonly #clock: Clock;
  readonly #lines: EventLines;
  readonly #print: (text: string) => void;
  readonly #handles = new Set<SharedHandle>();
  #watches: Promise<unknown>[] = [];
  #stop = new AbortController();
  #showing = true;

  /**
   * @param clock Whose time events have.
   * @param palette Their colours.
   * @param json Whether they are records.
   * @param print Takes whole lines.
   */
  constructor(clock: Clock, palette: Palette, json: boolean, print: (text: string) => void) {
    this.#clock = clock;
    this.#lines = eventLines({ json }, palette, clock.now());
    this.#print = print;
  }

  /** Follows one handle more. */
  add(handle: SharedHandle): void {
    this.#handles.add(handle);
    if (this.#showing) this.#start(handle);
  }

  /** Whether events are shown. While they are not they wait in the kernel, or for a `watch` or an `expect`. */
  async show(showing: boolean): Promise<void> {
    if (showing === this.#showing) return;
    this.#showing = showing;
    if (!showing) return await this.close();
    this.#stop = new AbortController();
    for (const handle of this.#handles) this.#start(handle);
  }

  /** Does something whose events nobody else is to see: what comes meanwhile on other ports is shown when it is done. */
  async aside(work: () => Promise<void>): Promise<void> {
    const showing = this.#showing;
    await this.show(false);
    try {
      await work();
    } finally {
      await this.show(showing);
    }
  }

  /** Ends every watch. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#watches);
    this.#watches = [];
  }

  #start(handle: SharedHandle): void {
    const sink = {
      pending: (time: number, events: readonly PendingEvent[]) => this.#print(this.#lines.events(time, events)),
      overflow: (time: number) => this.#print(this.#lines.overflow(time)),
    };
    const options = { bindings: [], unmask: true };
    const watch = watchShared(handle, options, sink, this.#clock, this.#stop.signal).catch(() => {
      this.#handles.delete(handle); // it is closed, or failed, which the next statement on it tells
    });
    this.#watches.push(watch);
  }
}

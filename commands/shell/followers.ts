/** Shows the events of every open handle as they arrive. @module */

import type { Clock } from "../../lib/clock.ts";
import { type EventLines, eventLines, type Origin } from "../../lib/render/events.ts";
import type { Palette } from "../../lib/render/human.ts";
import type { SharedHandle } from "../../lib/handle/shared.ts";
import type { PendingEvent } from "../../lib/handle/watch.ts";
import { watchShared } from "../../lib/handle/watch_shared.ts";

export class Followers {
  readonly #clock: Clock;
  readonly #linesOf: (origin: Origin) => EventLines;
  readonly #named: () => boolean;
  readonly #print: (text: string) => void;
  readonly #handles = new Set<SharedHandle>();
  #watches: Promise<unknown>[] = [];
  #stop = new AbortController();
  #showing = true;

  /**
   * @param named Whether events say their domain now.
   * @param print Gets whole lines.
   */
  constructor(clock: Clock, palette: Palette, json: boolean, named: () => boolean, print: (text: string) => void) {
    this.#clock = clock;
    const start = clock.now();
    this.#linesOf = (origin) => eventLines({ json }, palette, start, origin);
    this.#named = named;
    this.#print = print;
  }

  /** The open handles, and those that closed since showing was last on. */
  get handles(): Iterable<SharedHandle> {
    return this.#handles;
  }

  add(handle: SharedHandle): void {
    this.#handles.add(handle);
    if (this.#showing) this.#start(handle);
  }

  /** Turns showing on or off. While off, events stay in the kernel for a later `watch` or `expect`. */
  async show(showing: boolean): Promise<void> {
    if (showing === this.#showing) return;
    this.#showing = showing;
    if (!showing) return await this.close();
    this.#stop = new AbortController();
    for (const handle of this.#handles) this.#start(handle);
  }

  /** Runs `work` with showing off, so that it gets all events of its ports; those of other ports are shown later. */
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
    const lines = () => this.#linesOf({ domain: this.#named() ? handle.domain : undefined });
    const sink = {
      pending: (time: number, events: readonly PendingEvent[]) => this.#print(lines().events(time, events)),
      overflow: (time: number) => this.#print(lines().overflow(time)),
    };
    const options = { bindings: [], unmask: true };
    const watch = watchShared(handle, options, sink, this.#clock, this.#stop.signal).catch(() => {
      this.#handles.delete(handle); // closed or failed: the next statement on it reports that
    });
    this.#watches.push(watch);
  }
}

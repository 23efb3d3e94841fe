/** Things that are opened at their first use and closed together, such as handles and views. @module */

import type { Awaitable } from "../types.ts";

export class Opened<T extends { close(): Awaitable<void> }> {
  readonly #opened = new Map<string, Awaitable<T>>();

  /** Opens `key` if it is not open. Calls during an open share its promise; a failed open is forgotten. */
  get(key: string, open: () => Awaitable<T>): Awaitable<T> {
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const opened = open();
    this.#opened.set(key, opened);
    if (opened instanceof Promise) {
      opened.catch(() => {
        if (this.#opened.get(key) === opened) this.#opened.delete(key);
      });
    }
    return opened;
  }

  /** What is open under `key`, if anything is. */
  peek(key: string): Awaitable<T> | undefined {
    return this.#opened.get(key);
  }

  /** What is open or being opened, by its key. */
  get all(): ReadonlyMap<string, Awaitable<T>> {
    return this.#opened;
  }

  /** Whether `key` is open or being opened. */
  has(key: string): boolean {
    return this.#opened.has(key);
  }

  /** Everything that is open or being opened. */
  keys(): Iterable<string> {
    return this.#opened.keys();
  }

  async close(key: string): Promise<void> {
    const opening = this.#opened.get(key);
    this.#opened.delete(key);
    let opened: T | undefined;
    try {
      opened = await opening;
    } catch {
      return; // the open failed, and whoever asked for it has the error
    }
    await opened?.close();
  }

  async closeWhere(matches: (key: string) => boolean): Promise<void> {
    for (const key of [...this.#opened.keys()].filter(matches)) await this.close(key);
  }

  closeAll(): Promise<void> {
    return this.closeWhere(() => true);
  }
}

/**
 * Xenstore, as a program needs it to find the other end of its channels: read, list, watch.
 *
 * @example The domains of a simulated host, by name
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openStore } from "evtchn/xenstore";
 *
 * await using store = await openStore({ device: "sim:linux" });
 * assertEquals(await store.read("/local/domain/5/name"), "guest5");
 * assertEquals(await store.directory("/local/domain/5/device"), ["suspend"]);
 * ```
 *
 * @module
 */

import type { HostView } from "../view/host_view.ts";
import { type Place, viewOf } from "./place.ts";

export { DeviceError, UsageError } from "../errors.ts";
export type { Errno } from "../../ffi/syscalls.ts";
export type { Place } from "./place.ts";

/** How long xenstore may say nothing. */
export interface StoreOptions {
  /** Milliseconds that xenstored may send nothing while a request waits; 5000 by default. Then ETIMEDOUT. */
  readonly timeout?: number;
}

/** A connection to xenstore. Its methods throw a {@linkcode DeviceError}: what xenstored answers, or ETIMEDOUT. */
export class Xenstore implements AsyncDisposable {
  readonly #view: HostView;
  #closed = false;

  /** @internal */
  constructor(view: HostView) {
    this.#view = view;
  }

  /** A node's value; undefined if there is no such node. A relative path starts at the folder of the own domain. */
  async read(path: string): Promise<string | undefined> {
    return await (await this.#view.store()).read(path);
  }

  /** The names below a node, in xenstored's order; undefined if there is no such node. */
  async directory(path: string): Promise<string[] | undefined> {
    const names = await (await this.#view.store()).directory(path);
    return names && [...names];
  }

  /** Watches a node and everything below it: gives `path` first, then each path that changed, until the signal. */
  async *watch(path: string, options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<string, void> {
    const { signal = new AbortController().signal } = options;
    try {
      yield* (await this.#view.store()).watch(path, signal);
    } catch (error) {
      if (!this.#closed) throw error;
    }
  }

  /** Closes the connection; loops over changes end. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#view.close();
  }

  /** As {@linkcode Xenstore.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Connects to xenstore: through the kernel's device, or xenstored's socket where there is none.
 *
 * @throws {DeviceError} If neither can be opened; the hint says what is missing.
 * @throws {UsageError} If `place` contradicts itself, or names no simulator that there is.
 */
export async function openStore(place: Place = {}, { timeout }: StoreOptions = {}): Promise<Xenstore> {
  return new Xenstore(await viewOf(place, timeout, (view) => view.store()));
}

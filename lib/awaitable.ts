/**
 * What is there now or later, handled alike: a handle in this process answers without a promise.
 *
 * @module
 */

import type { Awaitable } from "./types.ts";

/** Goes on with a value, at once if it is there. */
export function after<T, U>(value: Awaitable<T>, work: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(work) : work(value);
}

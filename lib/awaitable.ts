import type { Awaitable } from "./types.ts";

/**
 * Goes on with a value, at once if it is not a promise. It is for the verbs that long scripts are made of: with an
 * `await` in its place a script of binds and notifies runs a fifth slower (tests/bench/script.ts).
 */
export function after<T, U>(value: Awaitable<T>, work: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(work) : work(value);
}

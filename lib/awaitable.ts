import type { Awaitable } from "./types.ts";

/**
 * Calls `work` with a value: at once if it is no promise, else when it resolves. Only for the verbs that long scripts
 * repeat: with `await` instead, a script of binds and notifies runs a fifth slower (tests/bench/script.ts).
 */
export function after<T, U>(value: Awaitable<T>, work: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(work) : work(value);
}

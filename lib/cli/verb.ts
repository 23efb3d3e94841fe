/**
 * What every verb is wrapped in.
 *
 * @module
 */

import type { Context } from "./context.ts";
import type { CommonFlags } from "./options.ts";

/**
 * Makes a verb's function into what the argument parser calls: its error and its status are kept.
 *
 * @param work Does the verb; returns the exit status, 0 if nothing.
 */
export function verb<FLAGS extends CommonFlags, ARGS extends readonly unknown[]>(
  work: (context: Context, flags: FLAGS, ...args: ARGS) => Promise<number | void>,
): (this: Context, flags: FLAGS, ...args: ARGS) => Promise<void> {
  return async function (flags, ...args) {
    try {
      this.status = await work(this, flags, ...args) ?? 0;
    } catch (error) {
      this.failure = error; // the argument parser would keep what is thrown here to itself
    }
  };
}

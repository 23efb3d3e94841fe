/**
 * What a verb of a script is.
 *
 * @module
 */

import { after } from "../awaitable.ts";
import type { ResultRecord } from "../records.ts";
import type { SharedHandle } from "../handle/shared.ts";
import type { Awaitable, Port } from "../types.ts";
import type { Carrier } from "./environment.ts";
import type { HandleName } from "./handle_name.ts";
import type { Handles } from "./handles.ts";
import type { ScriptOutput } from "./output.ts";
import type { ScriptRecord } from "./records.ts";
import type { Views } from "./views.ts";

/** What a statement acts with. */
export interface Scope {
  readonly carrier: Carrier;
  readonly handles: Handles;
  readonly views: Views;
  readonly output: ScriptOutput;
  /** Ends what the statement waits for. */
  readonly signal: AbortSignal;
}

/** What a statement came to. */
export interface Outcome {
  readonly record: ResultRecord | ScriptRecord;
  /** What a person is told, without its last newline; undefined: nothing. */
  readonly text?: string;
  /** The ports that it got. */
  readonly ports?: readonly Port[];
  /** What it found wrong: the statement did what it was to do, and counts as failed. */
  readonly fault?: string;
}

/**
 * Does a statement.
 *
 * @param at Whose handle it acts on.
 * @throws {DeviceError} The kernel refuses.
 * @throws {UsageError} It asks for what cannot be.
 */
export type Act = (scope: Scope, at: HandleName) => Awaitable<Outcome>;

/** One verb. */
export interface Verb {
  /** How it is written, as in `alloc-unbound DOM`. */
  readonly usage: string;
  /** What it does, in a line. */
  readonly brief: string;
  /** Whether it gets ports, which can be named. */
  readonly ports?: boolean;
  /** For a verb of a simulated world: what cannot be done to another host, where the name does not say it. */
  readonly deed?: string;
  /**
   * Understands its words.
   *
   * @throws {UsageError} If they are not what it takes.
   */
  parse(words: readonly string[]): Act;
}

/** The verbs by their names. */
export type Verbs = ReadonlyMap<string, Verb>;

/** What acts on the statement's handle, which is opened if it is not yet. */
export function onHandle(work: (handle: SharedHandle, scope: Scope) => Awaitable<Outcome>): Act {
  return (scope, at) => {
    return after(scope.handles.get(at), (handle) => work(handle, scope));
  };
}

/** Does something for each port, one after the other. */
export function forEach(ports: readonly Port[], work: (port: Port) => Awaitable<void>): Awaitable<void> {
  for (const [i, port] of ports.entries()) {
    const done = work(port);
    if (done instanceof Promise) return done.then(() => forEach(ports.slice(i + 1), work));
  }
}

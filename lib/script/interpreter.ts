/**
 * Runs the statements of a script, one after the other.
 *
 * Where a handle answers at once there is no promise: most statements of a script are one function call.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { TURN_AFTER } from "../clock.ts";
import { errorRecord } from "../errors.ts";
import type { ErrorRecord } from "../records.ts";
import type { Port } from "../types.ts";
import { jsonLine } from "../render/json.ts";
import { oneLine } from "../render/line.ts";
import type { Carrier } from "./environment.ts";
import { Handles } from "./handles.ts";
import type { ScriptOutput } from "./output.ts";
import type { Statement } from "./syntax.ts";
import { fillIn } from "./variables.ts";
import type { Outcome, Scope } from "./verb.ts";
import { Views } from "./views.ts";

/** What runs a script. */
export interface InterpreterOptions {
  readonly carrier: Carrier;
  readonly output: ScriptOutput;
  /** What stands before the message of a statement that failed, as `evtchn: run: FILE:3: unbind 7`. */
  where(statement: Statement): string;
  /** Whether to go on after a statement that failed. */
  readonly keepGoing?: boolean;
}

/** How many statements are run between two looks at the time. */
const STATEMENTS_A_LOOK = 64;

/** One run. */
export class Interpreter {
  readonly #options: InterpreterOptions;
  readonly #handles: Handles;
  readonly #views: Views;
  #scope: Scope;
  readonly #variables = new Map<string, readonly Port[]>();
  #failures = 0;

  constructor(options: InterpreterOptions) {
    const { carrier, output } = options;
    this.#options = options;
    this.#handles = new Handles(carrier);
    this.#views = new Views(carrier);
    this.#scope = { carrier, output, signal: AbortSignal.abort(), handles: this.#handles, views: this.#views };
  }

  /** The names that stand for ports by now. */
  get names(): Iterable<string> {
    return this.#variables.keys();
  }

  /**
   * Runs statements to their end, to the first that fails, or to the signal.
   *
   * @param statements In order.
   * @param signal Ends what is being waited for, and the run.
   * @returns How many failed.
   */
  async run(statements: readonly Statement[], signal: AbortSignal): Promise<number> {
    const { output, keepGoing } = this.#options;
    this.#scope = { ...this.#scope, signal };
    let turned = performance.now();
    for (let i = 0; i < statements.length && !signal.aborted; i++) {
      const statement = statements[i];
      const outcome = this.#start(statement);
      const done = outcome instanceof Promise ? await this.#settle(outcome, statement) : outcome;
      if (signal.aborted || done === undefined) break;
      const told = this.#tell(statement, done);
      if (told !== undefined) await this.#unlessAborted(told);
      if (this.#failures > 0 && !keepGoing) break;
      if (output.full) await this.#flush();
      if (i % STATEMENTS_A_LOOK === 0 && performance.now() - turned > TURN_AFTER) {
        await new Promise((resolve) => setTimeout(resolve, 0)); // a mere microtask would let no signal in
        turned = performance.now();
      }
    }
    await this.#flush();
    return this.#failures;
  }

  /** Closes every handle and every view. */
  async close(): Promise<void> {
    await this.#views.closeAll();
    await this.#handles.closeAll();
  }

  #start(statement: Statement): Outcome | ErrorRecord | Promise<Outcome> {
    try {
      const { act, verb, args, at } = statement;
      const ready = act ?? verb.parse(fillIn(args, this.#variables));
      return ready(this.#scope, at);
    } catch (error) {
      return failure(statement, error);
    }
  }

  /**
   * Waits for a statement. What was printed before is written first, unless all that the statement waits for is
   * other work of this process that is about to be done.
   *
   * @returns What it came to; undefined: the signal came first.
   */
  async #settle(outcome: Promise<Outcome>, statement: Statement): Promise<Outcome | ErrorRecord | undefined> {
    const settled = outcome.catch((error) => failure(statement, error));
    const soon = await Promise.race([settled, turn()]);
    if (soon !== undefined) return soon;
    await this.#flush();
    return await this.#unlessAborted(settled);
  }

  /** Prints what a statement came to. */
  #tell(statement: Statement, done: Outcome | ErrorRecord): Promise<void> | undefined {
    const { line, name } = statement;
    const { output, where } = this.#options;
    if ("error" in done) {
      this.#failures++;
      if (name !== undefined) this.#variables.delete(name);
      if (output.json) output.put(jsonLine({ ...done, line }));
      else {
        const hint = done.hint === undefined ? "" : `hint: ${oneLine(done.hint)}\n`;
        return output.tell(`${oneLine(`${where(statement)}: ${done.message}`)}\n${hint}`);
      }
      return undefined;
    }
    if (name !== undefined) this.#variables.set(name, done.ports ?? []);
    const { fault } = done;
    if (fault !== undefined) this.#failures++;
    if (output.json) {
      const { record } = done;
      // What a record says of itself, as the answer of `why` does, stands.
      const message = "message" in record ? record.message : fault;
      output.put(jsonLine({ ...record, ...(fault !== undefined && { error: "fault", message }), line }));
      return undefined;
    }
    if (name === undefined && done.text !== undefined) output.put(done.text + "\n");
    return fault === undefined ? undefined : output.tell(oneLine(`${where(statement)}: ${fault}`) + "\n");
  }

  /** A reader who does not read holds a script up, and not its end. */
  async #flush(): Promise<void> {
    const written = this.#options.output.flush();
    if (written instanceof Promise) await this.#unlessAborted(written);
  }

  async #unlessAborted<T>(work: Promise<T>): Promise<T | undefined> {
    const { signal } = this.#scope;
    if (signal.aborted) return undefined;
    const aborted = Promise.withResolvers<undefined>();
    const abort = () => aborted.resolve(undefined);
    signal.addEventListener("abort", abort);
    try {
      return await Promise.race([work, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }
}

/** Resolves once all that can run by now has run. */
function turn(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(() => resolve(undefined)));
}

/** The record of what a user can cause; anything else is thrown on. */
function failure({ op }: Statement, error: unknown): ErrorRecord {
  const record = errorRecord(op, error);
  if (record === undefined) throw error;
  return record;
}

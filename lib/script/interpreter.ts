/**
 * Runs the statements of a script, one after the other.
 *
 * @example A script on the simulator
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { VERBS } from "../../commands/mod.ts";
 * import { CommandAct } from "../cli/command_act.ts";
 * import { denoHost } from "../host/deno_host.ts";
 * import { Interpreter } from "./interpreter.ts";
 * import { openEnvironment } from "./open_environment.ts";
 * import { ScriptOutput } from "./output.ts";
 * import { parseScript } from "./syntax.ts";
 *
 * const act = new CommandAct(denoHost(), "run", { simulator: true });
 * const environment = await openEnvironment(act, false);
 * const { statements } = await parseScript("p = alloc-unbound 0; print $p", { table: VERBS, environment });
 * let printed = "";
 * const output = new ScriptOutput({ write: (text) => void (printed += text), tell: () => {} }, false);
 * const interpreter = new Interpreter({ environment, host: act.host, output, where: ({ text }) => text });
 * await interpreter.run(statements, new AbortController().signal);
 * assertEquals(printed, "27\n");
 * await interpreter.close();
 * ```
 *
 * @module
 */

import { checkWords, type Parsed, readStatement } from "../cli/arguments.ts";
import { Status } from "../cli/failure.ts";
import type { Outcome } from "../cli/verb.ts";
import { TURN_AFTER } from "../clock.ts";
import { errorRecord, UsageError } from "../errors.ts";
import { Opened } from "../handle/opened.ts";
import type { SharedHandle } from "../handle/shared.ts";
import type { Host } from "../host/host.ts";
import { type Palette, PLAIN } from "../render/human.ts";
import { jsonLine } from "../render/json.ts";
import { errorLines } from "../render/line.ts";
import type { Awaitable, Domid, Port } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import type { Environment, OpenWorld } from "./environment.ts";
import { type HandleName, handleText, OWN } from "./handle_name.ts";
import type { ScriptOutput } from "./output.ts";
import { StatementAct } from "./statement_act.ts";
import type { Statement } from "./syntax.ts";
import { fillIn } from "./variables.ts";

/** What statements use of this machine. */
export type ScriptHost = Pick<
  Host,
  "readText" | "clock" | "env" | "runtime" | "sessionSockets" | "replaceFile" | "serve"
>;

export interface InterpreterOptions {
  readonly environment: Environment;
  readonly host: ScriptHost;
  readonly output: ScriptOutput;
  /** The prefix of an error message, as in `evtchn: run: FILE:3: unbind 7`. */
  where(statement: Statement): string;
  /** Whether to go on after a statement that failed. */
  readonly keepGoing?: boolean;
  /** The columns of the terminal; undefined: the output goes to none. */
  readonly width?: () => number | undefined;
  /** Whether all output is turned into ASCII. */
  readonly ascii?: boolean;
  /** Gets the ports that a named statement got. */
  readonly named?: (name: string, ports: readonly Port[]) => void;
}

/** The time is checked after this many statements. */
const STATEMENTS_A_LOOK = 64;

/** Output is written before a statement that takes more microtasks than this; most take only a few. */
const SOON = 12;

/** One run of a script. */
export class Interpreter {
  readonly environment: Environment;
  readonly host: ScriptHost;
  readonly output: ScriptOutput;
  readonly #options: InterpreterOptions;
  readonly #handles = new Opened<SharedHandle>();
  readonly #views = new Opened<HostView>();
  readonly #worlds = new Opened<OpenWorld>();
  readonly #variables = new Map<string, readonly Port[]>();
  #signal = AbortSignal.abort();
  /** How many statements found something wrong, and how many errors there were otherwise. */
  #found = 0;
  #failures = 0;

  constructor(options: InterpreterOptions) {
    this.#options = options;
    this.environment = options.environment;
    this.host = options.host;
    this.output = options.output;
  }

  /** The columns of the terminal; undefined: the output goes to none. */
  get width(): number | undefined {
    return this.#options.width?.();
  }

  get palette(): Palette {
    return { ...PLAIN, ascii: this.#options.ascii };
  }

  /** The names of the variables that are set. */
  get names(): Iterable<string> {
    return this.#variables.keys();
  }

  /** Whether handles of several domains are open. */
  get namesDomains(): boolean {
    const domains = new Set(Array.from(this.#handles.keys(), domainOfKey));
    return domains.size > 1;
  }

  /**
   * Runs statements until the last one, the first failure (without `keepGoing`) or the signal.
   *
   * @returns The exit status of all statements so far: 0; 3 if those that failed had only found something wrong; else 1.
   */
  async run(statements: readonly Statement[], signal: AbortSignal): Promise<number> {
    const { output } = this;
    this.#signal = signal;
    let turned = performance.now();
    for (let i = 0; i < statements.length && !signal.aborted; i++) {
      const statement = statements[i];
      const before = this.#failures;
      const started = this.#start(statement);
      const done = started instanceof Promise ? await this.#settle(started) : started;
      if (signal.aborted || done === undefined) break;
      const { ports, fault } = done;
      if (statement.name !== undefined && done !== FAILED) {
        this.#variables.set(statement.name, ports ?? []);
        this.#options.named?.(statement.name, ports ?? []);
      }
      if (fault !== undefined) await this.#unlessAborted(this.#tellFault(statement, fault));
      if (typeof fault === "string") {
        this.#failures = before; // what it found says more than a part that it could not see
        this.#found++;
      }
      if (this.#status !== Status.OK && !this.#options.keepGoing) break;
      if (output.full) await this.#flush();
      const last = i === statements.length - 1;
      if (!last && i % STATEMENTS_A_LOOK === 0 && performance.now() - turned > TURN_AFTER) {
        await new Promise((resolve) => setTimeout(resolve, 0)); // lets signals and timers run
        turned = performance.now();
      }
    }
    await this.#flush();
    return this.#status;
  }

  get #status(): number {
    return this.#failures > 0 ? Status.REFUSED : this.#found > 0 ? Status.FOUND : Status.OK;
  }

  async close(): Promise<void> {
    await this.#worlds.closeAll();
    await this.#views.closeAll();
    await this.#handles.closeAll();
  }

  /** Opens the handle at the first call. */
  handle(at: HandleName): Awaitable<SharedHandle> {
    const domain = this.#domain(at.domain);
    const name = key(domain, at.label);
    return this.#handles.peek(name) ??
      this.#handles.get(name, () => this.environment.open({ domain, label: at.label }));
  }

  /** @throws {UsageError} If it is already open. */
  openHandle(at: HandleName): Awaitable<SharedHandle> {
    if (this.#handles.has(key(this.#domain(at.domain), at.label))) {
      throw new UsageError(`Cannot open ${handleText(at)}: it is open already`);
    }
    return this.handle(at);
  }

  /** @throws {UsageError} If it is not open. */
  async closeHandle(at: HandleName): Promise<void> {
    const name = key(this.#domain(at.domain), at.label);
    if (!this.#handles.has(name)) throw new UsageError(`Cannot close ${handleText(at)}: it is not open`);
    await this.#handles.close(name);
  }

  /** Closes the handles and the view of a domain. */
  async closeDomain(domain: Domid): Promise<void> {
    const prefix = key(this.#domain(domain), "");
    await this.#handles.closeWhere((name) => name.startsWith(prefix));
    await this.#views.close(prefix);
  }

  /** The view from the handle's domain, opened at the first call. */
  view(at: HandleName): Awaitable<HostView> {
    const domain = this.#domain(at.domain);
    return this.#views.get(key(domain, ""), () => this.environment.view(domain));
  }

  /** The simulated host, opened at the first call. Only where the environment has one. */
  world(): Awaitable<OpenWorld> {
    return this.#worlds.get("", () => this.environment.world!());
  }

  /** Prints an error and counts the statement as failed. */
  fail(statement: Statement, error: unknown): Awaitable<void> {
    const record = errorRecord(statement.op, error);
    if (record === undefined) throw error;
    this.#failures++;
    const { output } = this;
    if (output.json) return output.put(jsonLine({ ...record, line: statement.line }));
    return output.tell(errorLines(`${this.#options.where(statement)}: ${record.message}`, record.hint));
  }

  /** Starts a statement. Its errors are printed, not thrown. */
  #start(statement: Statement): Outcome | Promise<Outcome> {
    try {
      const { op, verb, args, words } = statement;
      if (words !== undefined) return this.#run(statement, words);
      const filled = readStatement(op, verb, fillIn(args, this.#variables));
      return filled instanceof Promise
        ? filled.then((words) => this.#check(statement, words)).catch((error) => this.#failed(statement, error))
        : this.#check(statement, filled);
    } catch (error) {
      return this.#failed(statement, error);
    }
  }

  #check(statement: Statement, words: Parsed): Outcome | Promise<Outcome> {
    checkWords(statement.verb, words, false);
    return this.#run(statement, words);
  }

  #run(statement: Statement, words: Parsed): Outcome | Promise<Outcome> {
    if (words.named) {
      return this.#lookUp(statement, words).then(
        (found) => this.#run(statement, found),
        (error) => this.#failed(statement, error),
      );
    }
    const { options, args } = words;
    const outcome = statement.verb.run(new StatementAct(this, statement, this.#signal), options, args);
    return outcome instanceof Promise
      ? outcome.then(orNothing, (error) => this.#failed(statement, error))
      : orNothing(outcome);
  }

  /** Names are looked up each time: an earlier statement may have made the domain. */
  async #lookUp({ op }: Statement, words: Parsed): Promise<Parsed> {
    const { lookUp } = await import("../cli/domain_names.ts");
    return await lookUp(words, op, await this.view(OWN));
  }

  async #failed(statement: Statement, error: unknown): Promise<Outcome> {
    if (this.#signal.aborted) return FAILED; // the user has ended the script: print nothing
    if (statement.name !== undefined) this.#variables.delete(statement.name);
    await this.fail(statement, error);
    return FAILED;
  }

  #tellFault(statement: Statement, fault: NonNullable<Outcome["fault"]>): Awaitable<void> {
    if (typeof fault !== "string") return this.fail(statement, fault);
    const { output } = this;
    const { op, line } = statement;
    if (output.json) return output.put(jsonLine({ op, error: "fault", message: fault, line }));
    return output.tell(errorLines(`${this.#options.where(statement)}: ${fault}`, undefined));
  }

  /**
   * Waits for a statement. Earlier output is written first, unless the statement ends within a few microtasks.
   *
   * @returns Undefined if the signal came first.
   */
  async #settle(work: Promise<Outcome>): Promise<Outcome | undefined> {
    let done: Outcome | undefined;
    const settled = work.then((outcome) => done = outcome);
    for (let left = SOON; left > 0; left--) {
      await undefined;
      if (done !== undefined) return done;
    }
    await Promise.race([settled, new Promise((resolve) => globalThis.setImmediate(resolve))]);
    if (done !== undefined) return done;
    await this.#flush();
    return await this.#unlessAborted(settled);
  }

  /** A slow reader delays a script, but the signal still ends it. */
  async #flush(): Promise<void> {
    const written = this.output.flush();
    if (written instanceof Promise) await this.#unlessAborted(written);
  }

  async #unlessAborted<T>(work: Awaitable<T>): Promise<T | undefined> {
    if (this.#signal.aborted) return undefined;
    const aborted = Promise.withResolvers<undefined>();
    const abort = () => aborted.resolve(undefined);
    this.#signal.addEventListener("abort", abort);
    try {
      return await Promise.race([work, aborted.promise]);
    } finally {
      this.#signal.removeEventListener("abort", abort);
    }
  }

  /** Maps this domain's own id to undefined, so that both name the same handle. */
  #domain(domain: Domid | undefined): Domid | undefined {
    return domain === this.environment.ownDomain ? undefined : domain;
  }
}

const NOTHING: Outcome = {};

function orNothing(outcome: Outcome | void): Outcome {
  return outcome ?? NOTHING;
}

/** The statement failed, and its error has been printed. */
const FAILED: Outcome = {};

function key(domain: Domid | undefined, label: string): string {
  return `${domain ?? "self"}/${label}`;
}

function domainOfKey(key: string): string {
  return key.slice(0, key.indexOf("/"));
}

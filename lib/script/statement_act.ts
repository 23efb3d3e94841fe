/** Runs a verb in a script or at a prompt. @module */

import { type Input, readInput } from "../cli/input.ts";
import type { Act, Arguments, Declared, Options, Verb } from "../cli/verb.ts";
import type { Clock } from "../clock.ts";
import type { DeviceError } from "../errors.ts";
import type { SharedHandle } from "../handle/shared.ts";
import type { ResultRecord } from "../records.ts";
import type { Palette } from "../render/human.ts";
import { jsonLine } from "../render/json.ts";
import { oneLine } from "../render/line.ts";
import type { SimulatedWorld } from "../sim/world.ts";
import type { Awaitable, Domid } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import { handleText } from "./handle_name.ts";
import type { Interpreter, ScriptHost } from "./interpreter.ts";
import type { Statement } from "./syntax.ts";

/** Declares a verb for scripts and prompts only. */
export function statement<O extends Options, const A extends Arguments = readonly []>(
  declared: Declared<O, A, StatementAct>,
): Verb {
  return declared;
}

export class StatementAct implements Act {
  readonly place = "script";
  readonly recorded = false;

  constructor(
    private readonly interpreter: Interpreter,
    private readonly statement: Statement,
    readonly signal: AbortSignal,
  ) {}

  get host(): ScriptHost {
    return this.interpreter.host;
  }

  get op(): string {
    return this.statement.op;
  }

  get width(): number | undefined {
    return this.interpreter.width;
  }

  get clock(): Clock {
    return this.interpreter.environment.clock;
  }

  get patientClock(): Clock {
    return this.interpreter.environment.patientClock;
  }

  get line(): number {
    return this.statement.line;
  }

  get namesDomains(): boolean {
    return this.interpreter.namesDomains;
  }

  get json(): boolean {
    return this.interpreter.output.json;
  }

  /** The statement's handle, as in `@1/b`. */
  get handleName(): string {
    return handleText(this.statement.at);
  }

  get domain(): Domid | undefined {
    return this.statement.at.domain ?? this.interpreter.environment.ownDomain;
  }

  world(): Awaitable<SimulatedWorld> {
    return this.interpreter.world();
  }

  palette(): Palette {
    return this.interpreter.palette;
  }

  handle(): Awaitable<SharedHandle> {
    return this.interpreter.handle(this.statement.at);
  }

  /** @throws {UsageError} If the statement's handle is already open. */
  open(): Awaitable<SharedHandle> {
    return this.interpreter.openHandle(this.statement.at);
  }

  /** @throws {UsageError} If the statement's handle is not open. */
  close(): Promise<void> {
    return this.interpreter.closeHandle(this.statement.at);
  }

  /** Closes every handle and view of a domain. */
  closeDomain(domain: Domid): Promise<void> {
    return this.interpreter.closeDomain(domain);
  }

  view(): Awaitable<HostView> {
    return this.interpreter.view(this.statement.at);
  }

  print(record: ResultRecord, text?: string): void {
    const { output } = this.interpreter;
    const { line, name } = this.statement;
    if (this.signal.aborted) return;
    if (output.json) output.put(jsonLine({ ...record, line }));
    else if (text !== undefined && name === undefined) output.put(text + "\n");
  }

  async printAll(records: Iterable<ResultRecord>): Promise<void> {
    for (const record of records) {
      this.print(record);
      if (this.interpreter.output.full) await this.interpreter.output.flush();
    }
  }

  printText(text: string): void {
    if (this.statement.name === undefined && !this.signal.aborted) this.interpreter.output.put(text + "\n");
  }

  write(lines: string): Awaitable<void> {
    const { output } = this.interpreter;
    output.put(lines);
    return output.flush();
  }

  say(text: string): Promise<void> {
    return this.interpreter.output.tell(`evtchn: ${oneLine(text)}\n`);
  }

  report(error: DeviceError): Awaitable<void> {
    return this.interpreter.fail(this.statement, error);
  }

  read(file: string, lossy = false): Promise<Input | undefined> {
    return readInput(this.interpreter.host, file, this.signal, lossy);
  }
}

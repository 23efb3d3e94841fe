/** Runs a verb of a command line: its handle, output, clock and signals. @module */

import type { Clock } from "../clock.ts";
import { type DeviceError, UsageError } from "../errors.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import { type Host, type Kernel, type KernelChoice, type Signal, signalStatus } from "../host/host.ts";
import type { ResultRecord } from "../records.ts";
import { counted } from "../render/count.ts";
import { type Palette, PLAIN } from "../render/human.ts";
import { recordLine, recordLines } from "../render/json.ts";
import { oneLine, pieces } from "../render/line.ts";
import type { RemoteDevice } from "../session/client.ts";
import type { FoundSession } from "../session/found.ts";
import type { SimulatedWorld } from "../sim/world.ts";
import type { Awaitable, Domid } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import { type Access, accessTo } from "./access.ts";
import { choose, type DeviceChoice, type SessionChoice } from "./choice.ts";
import { reportFailure, Status } from "./failure.ts";
import { knownSockets } from "./known_sockets.ts";
import { noWorld } from "./no_world.ts";
import { type Input, readInput } from "./input.ts";
import type { CommonFlags } from "./options.ts";
import { runProgram } from "./program.ts";
import type { Act, Arguments, Declared, Options, Outcome, Place, Program, Progress, Verb } from "./verb.ts";

/** How long work may go on after a signal, milliseconds: longer than a watch waits for its session's last events. */
const LAST_WORK = 2000;

/** Declares a verb for command lines only: it may use the common options and the host. */
export function command<O extends Options, const A extends Arguments = readonly []>(
  declared: Declared<O, A, CommandAct>,
): Verb {
  return declared;
}

/** A recording to look at, in place of a host. */
export interface RecordedPlace {
  readonly view: HostView;
  /** Tells whose it is, before anything that it shows. */
  begin(act: CommandAct): Awaitable<void>;
}

/** One run of one verb. */
export class CommandAct implements Act {
  readonly program?: Program;
  readonly #looks: boolean;
  #choice: DeviceChoice | SessionChoice | undefined;
  #kernel: Promise<Kernel> | undefined;
  #remote: Promise<RemoteDevice> | undefined;
  #handle: Promise<EventChannelDevice> | undefined;
  #view: Promise<HostView> | undefined;
  #palette: Promise<Palette> | undefined;
  readonly #left = Promise.withResolvers<void>();
  #signals: Signals | undefined;
  #failed = false;

  /**
   * @param op The verb's name.
   * @param looks Whether the verb inspects more than its handle.
   * @param program The words after `--`.
   * @param elsewhere A recording to look at; undefined: the options choose the host.
   */
  constructor(
    readonly host: Host,
    readonly op: string,
    readonly flags: CommonFlags,
    looks = false,
    program?: readonly string[],
    private readonly elsewhere?: RecordedPlace,
  ) {
    this.#looks = looks;
    if (program === undefined) return;
    const simulated = () => this.choice.session === undefined && this.choice.kernel.kind === "simulated";
    this.program = {
      words: program,
      get simulated() {
        return simulated();
      },
      run: (env, unset) => runProgram(host, op, program, unset && host.env(unset) ? { ...env, [unset]: "" } : env),
    };
  }

  get clock(): Clock {
    return this.host.clock;
  }

  get recorded(): boolean {
    return this.elsewhere !== undefined;
  }

  get patientClock(): Clock {
    return this.host.clock;
  }

  get json(): boolean {
    return this.flags.json === true;
  }

  get namesDomains(): boolean {
    const { choice } = this;
    return choice.session !== undefined && choice.as !== undefined;
  }

  get width(): number | undefined {
    return this.host.stdout.columns;
  }

  /** @throws {UsageError} If the options contradict each other. */
  get choice(): DeviceChoice | SessionChoice {
    if (this.elsewhere !== undefined) return { kernel: { kind: "running" } };
    return this.#choice ??= choose(this.flags, this.host);
  }

  get place(): Place {
    if (this.elsewhere !== undefined) throw needsHost(this.op);
    const { choice } = this;
    return choice.session !== undefined ? "session" : choice.fd === undefined ? "new" : "descriptor";
  }

  /** Signals are caught from the first use of this on; before, they end the process. */
  get signal(): AbortSignal {
    this.#signals ??= new Signals(this.host, () => {
      void this.#remote?.then((remote) => remote.close(), () => {});
      this.#left.resolve();
    });
    return this.#signals.signal;
  }

  get progress(): Progress | undefined {
    const { stderr } = this.host;
    if (!stderr.terminal || this.json) return undefined;
    return {
      progress: (done, total) => stderr.writeSync(`\r${done} of ${counted(total, "event")}\x1b[K`),
      end: () => stderr.writeSync("\r\x1b[K"),
    };
  }

  async sessions(): Promise<readonly FoundSession[]> {
    if (this.elsewhere !== undefined) return []; // those of this machine are not the other host's
    const { choice, host } = this;
    if (choice.session === undefined && choice.kernel.kind === "simulated") return []; // no process of this machine
    const [{ askSessions }, sockets] = await Promise.all([import("../session/found.ts"), knownSockets(host)]);
    return await askSessions(sockets, host.clock);
  }

  palette(): Promise<Palette> {
    return this.#palette ??= paletteFor(this.flags, this.host);
  }

  handle(): Promise<EventChannelDevice> {
    if (this.elsewhere !== undefined) throw needsHost(this.op);
    return this.#handle ??= this.#openHandle();
  }

  view(): Promise<HostView> {
    if (this.flags.fd !== undefined && this.#handle === undefined) {
      throw new UsageError(
        `Cannot use --fd with ${this.op}: a descriptor shows only its own ports`,
        "leave --fd out: it asks Xen, not the handle",
      );
    }
    return this.#view ??= this.#openView();
  }

  async world(): Promise<SimulatedWorld> {
    const { choice } = this;
    if (choice.session === undefined) throw noWorld(this.op);
    return (await this.#connect(choice)).world();
  }

  get domain(): Domid | undefined {
    const { choice } = this;
    return choice.session === undefined ? undefined : choice.as;
  }

  /** Does nothing: a command line has the handles of one domain, and a session closes its own. */
  closeDomain(): void {}

  async print(record: ResultRecord, text?: string): Promise<void> {
    if (this.json) await this.write(recordLine(record));
    else if (text !== undefined) await this.printText(text);
  }

  async printAll(records: Iterable<ResultRecord>): Promise<void> {
    for (const piece of pieces(recordLines(records), "")) await this.write(piece);
  }

  printText(text: string): Promise<void> {
    return this.write(text + "\n");
  }

  /** Asynchronous: while a slow reader blocks the output, signals must still be handled. */
  write(lines: string): Promise<void> {
    return this.host.stdout.write(lines);
  }

  say(text: string): void {
    this.host.stderr.writeSync(`evtchn: ${oneLine(text)}\n`);
  }

  report(error: DeviceError): void {
    this.#failed = true;
    reportFailure(this.host, this.op, this.json, error);
  }

  read(file: string, lossy = false): Promise<Input | undefined> {
    return readInput(this.host, file, this.signal, lossy);
  }

  /**
   * Does the verb's work and closes what it opened. Work that does not end after a signal is abandoned, for example when
   * a session does not answer or nobody reads the output.
   *
   * @returns The exit status.
   */
  async finish(work: () => Promise<Outcome | void> | Outcome | void): Promise<number> {
    try {
      const outcome = await this.#outcome(work);
      if (this.#signals?.came !== undefined) return outcome?.status ?? signalStatus(this.#signals.came);
      const fault = outcome?.fault;
      // Something wrong that was found says more than a part that could not be seen.
      const status = typeof fault === "string"
        ? Status.FOUND
        : fault !== undefined || this.#failed
        ? Status.REFUSED
        : Status.OK;
      return outcome?.status ?? status;
    } finally {
      this.#signals?.stop();
      await this.#close();
    }
  }

  async #outcome(work: () => Promise<Outcome | void> | Outcome | void): Promise<Outcome | void> {
    try {
      return await Promise.race([work(), this.#left.promise]);
    } catch (error) {
      if (this.#signals?.leaving) return;
      throw error;
    }
  }

  async #openHandle(): Promise<EventChannelDevice> {
    const { choice } = this;
    if (choice.session !== undefined) return await this.#connect(choice);
    const [access, kernel] = await this.#access(choice, { handles: true });
    return access.open(kernel);
  }

  async #openView(): Promise<HostView> {
    if (this.elsewhere !== undefined) {
      await this.elsewhere.begin(this);
      return this.elsewhere.view;
    }
    const { choice } = this;
    if (choice.session !== undefined) return (await this.#connect(choice)).view();
    const [access, kernel] = await this.#access(choice, { views: true });
    return access.view(kernel);
  }

  #access(choice: DeviceChoice, wanted: Parameters<typeof accessTo>[3]): Promise<[Access, Kernel]> {
    return Promise.all([accessTo(this.flags, this.host, choice, wanted), this.#openKernel(choice.kernel)]);
  }

  #openKernel(choice: KernelChoice): Promise<Kernel> {
    const wanted = choice.kind === "simulated" && !this.#looks ? { ...choice, bare: true } : choice;
    return this.#kernel ??= this.host.kernel(wanted);
  }

  #connect({ session, as }: SessionChoice): Promise<RemoteDevice> {
    return this.#remote ??= import("../session/client.ts").then(async ({ RemoteDevice }) => {
      const remote = await RemoteDevice.connect(session, as, this.clock);
      void this.signal; // catches signals from now on: a session may never answer
      return remote;
    });
  }

  async #close(): Promise<void> {
    // An open that failed has been reported.
    await (await this.#view?.catch(() => undefined))?.close();
    await (await this.#handle?.catch(() => undefined))?.close();
    await (await this.#remote?.catch(() => undefined))?.close();
  }
}

/** The error of a verb that needs more than a recording has. */
export function needsHost(op: string): UsageError {
  return new UsageError(
    `Cannot use ${op} on a snapshot: it needs the host itself`,
    "what only looks works with --from and --host, such as list and wiring",
  );
}

/** Handles signals. After a second one, or {@linkcode LAST_WORK} after the first, the work is abandoned. */
class Signals {
  readonly #abort = new AbortController();
  readonly #done = new AbortController();
  readonly #remove: () => void;
  came: Signal | undefined;
  leaving = false;

  constructor(host: Host, leave: () => void) {
    const end = () => {
      this.leaving = true;
      leave();
    };
    this.#remove = host.onSignal((signal) => {
      if (this.came !== undefined) return end();
      this.came = signal;
      this.#abort.abort();
      void host.clock.sleep(LAST_WORK, this.#done.signal).then((over) => over && end());
    });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  stop(): void {
    this.#remove();
    this.#done.abort();
  }
}

/** The colours of standard output, as the options and the environment say. */
export async function paletteFor({ color = "auto" }: CommonFlags, host: Host): Promise<Palette> {
  const wanted = color === "auto"
    ? host.stdout.terminal && (host.env("NO_COLOR") ?? "") === "" && host.env("TERM") !== "dumb"
    : color === "always";
  const { ascii } = host.stdout;
  if (!wanted) return { ...PLAIN, ascii };
  const { cyan, dim, setColorEnabled, yellow } = await import("@std/fmt/colors");
  setColorEnabled(true);
  return { ascii, dim, strong: cyan, warn: yellow };
}

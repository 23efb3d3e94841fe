/**
 * What a command works with: its options made into a handle, its output, its clock, its end.
 *
 * @module
 */

import type { StricliProcess } from "@stricli/core";
import type { Clock } from "../clock.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import type { ResultRecord } from "../records.ts";
import { type Palette, PLAIN } from "../render/human.ts";
import { recordLine } from "../render/json.ts";
import { oneLine } from "../render/line.ts";
import type { RemoteDevice } from "../session/client.ts";
import { choose, type DeviceChoice, type SessionChoice } from "./choice.ts";
import type { Host, Kernel, KernelChoice, Signal } from "../host/host.ts";
import type { CommonFlags } from "./options.ts";

// Addresses that are made here: Deno reads what a literal import names before the program starts, used or not.
const DEVICE = import.meta.resolve("../handle/device.ts");
const TRACE = import.meta.resolve("../../ffi/trace.ts");
const SESSION_CLIENT = import.meta.resolve("../session/client.ts");

/** How long, milliseconds, work goes on after a signal: longer than a watch waits for its session's last events. */
const LAST_WORK = 2000;

/** What became of work that a signal may end. */
export type Ended<T> = { readonly value: T; readonly signal?: undefined } | {
  readonly value?: T;
  readonly signal: Signal;
};

/** One run of one command. */
export class Context {
  /** Where the argument parser writes help. What it has against a command line goes to {@linkcode failure}. */
  readonly process: StricliProcess;
  /** What ended the command, or is wrong with its command line, if something is. */
  failure: unknown;
  /** The exit status of a command that went well. */
  status = 0;
  /** The session that this command asks. */
  #remote: RemoteDevice | undefined;

  /**
   * @param host The world outside.
   * @param command The command's name, for its errors.
   * @param program The words after `--`, where the command is one that takes a program to run.
   */
  constructor(readonly host: Host, readonly command: string, readonly program?: readonly string[]) {
    this.process = {
      stdout: { write: (text) => this.#help(text) },
      stderr: { write: () => {} },
    };
  }

  /** Writes help. The parser would keep what is thrown here to itself. */
  #help(text: string): void {
    try {
      this.host.stdout.writeSync(text);
    } catch (error) {
      this.failure ??= error;
    }
  }

  get clock(): Clock {
    return this.host.clock;
  }

  /**
   * Opens the handle that the options name and closes it when `work` is done, whatever its end.
   *
   * @throws {UsageError} If the options contradict each other.
   * @throws {DeviceError} If it cannot be opened.
   */
  async withDevice<T>(flags: CommonFlags, work: (device: EventChannelDevice) => T | Promise<T>): Promise<T> {
    const device = await this.#open(flags);
    try {
      return await work(device);
    } finally {
      await device.close();
    }
  }

  /** Prints a result: its record with `--json`, else `text` and a newline, else nothing. */
  print(flags: CommonFlags, record: ResultRecord, text?: string): void {
    if (flags.json) this.host.stdout.writeSync(recordLine(record));
    else if (text !== undefined) this.host.stdout.writeSync(text + "\n");
  }

  /** Says something to the person, on stderr. */
  say(text: string): void {
    this.host.stderr.writeSync(`evtchn: ${oneLine(text)}\n`);
  }

  /** Where the handle is: a session's, a new one with no ports, or one that the shell holds. */
  place(flags: CommonFlags): "session" | "new" | "descriptor" {
    const choice = choose(flags, this.host);
    if (choice.session !== undefined) return "session";
    return choice.fd === undefined ? "new" : "descriptor";
  }

  /** Whether a simulator in this process answers, not a kernel. */
  simulated(flags: CommonFlags): boolean {
    const choice = choose(flags, this.host);
    return choice.session === undefined && choice.kernel.kind === "simulated";
  }

  /** The colours that the options, the terminal and the environment ask for. */
  async palette(flags: CommonFlags): Promise<Palette> {
    const wanted = flags.color === "auto"
      ? this.host.stdout.terminal && (this.host.env("NO_COLOR") ?? "") === "" && this.host.env("TERM") !== "dumb"
      : flags.color === "always";
    if (!wanted) return PLAIN;
    const { cyan, dim, setColorEnabled, yellow } = await import("@std/fmt/colors");
    setColorEnabled(true);
    return { dim, strong: cyan, warn: yellow };
  }

  /**
   * Waits for `work` with a signal that aborts it when the user or the system asks the process to end. Work that does
   * not end then, for a session that does not answer or a reader who does not read, is left: the process has to end. A
   * second signal leaves it at once.
   *
   * @returns What `work` returned, and the signal that came, if one did; then `work` may have returned nothing.
   */
  async untilSignal<T>(work: (signal: AbortSignal) => Promise<T>): Promise<Ended<T>> {
    const abort = new AbortController();
    const done = new AbortController();
    let came: Signal | undefined;
    let left = false;
    const leave = Promise.withResolvers<undefined>();
    const stop = this.host.onSignal((signal) => {
      const enough = (over: boolean) => {
        if (!over) return;
        left = true;
        void this.#remote?.close();
        leave.resolve(undefined);
      };
      if (came !== undefined) return enough(true);
      came = signal;
      abort.abort();
      void this.clock.sleep(LAST_WORK, done.signal).then(enough);
    });
    try {
      const value = await Promise.race([work(abort.signal), leave.promise]);
      return came === undefined ? { value: value as T } : { value, signal: came };
    } catch (error) {
      if (!left) throw error;
      return { signal: came! };
    } finally {
      stop();
      done.abort();
    }
  }

  /** What opens the handle that was chosen, or its like in another domain of the same world. */
  async opener(flags: CommonFlags, choice: DeviceChoice): Promise<(kernel: Kernel) => EventChannelDevice> {
    const [{ LocalDevice }, told] = await Promise.all([
      import(DEVICE) as Promise<typeof import("../handle/device.ts")>,
      this.tracing(flags),
    ]);
    return (kernel) => {
      if (choice.fd !== undefined) return LocalDevice.adopt(choice.fd, told(kernel));
      return LocalDevice.open(choice.path ?? kernel.abi.devicePath, told(kernel));
    };
  }

  async #open(flags: CommonFlags): Promise<EventChannelDevice> {
    const choice = choose(flags, this.host);
    if (choice.session === undefined) {
      const bare: KernelChoice = choice.kernel.kind === "simulated" ? { ...choice.kernel, bare: true } : choice.kernel;
      const [open, kernel] = await Promise.all([this.opener(flags, choice), this.host.kernel(bare)]);
      return open(kernel);
    }
    return await this.connect(choice);
  }

  /**
   * Connects to a session.
   *
   * @throws {DeviceError} If it cannot be reached.
   */
  async connect({ session, as }: SessionChoice): Promise<RemoteDevice> {
    const client: typeof import("../session/client.ts") = await import(SESSION_CLIENT);
    return this.#remote = await client.RemoteDevice.connect(session, as, this.clock);
  }

  /** With `--trace`, what makes a kernel tell its system calls; else what leaves it as it is. */
  async tracing({ trace }: CommonFlags): Promise<(kernel: Kernel) => Pick<Kernel, "syscalls" | "abi">> {
    if (!trace) return (kernel) => kernel;
    const { traced }: typeof import("../../ffi/trace.ts") = await import(TRACE);
    const tell = (line: string) => this.host.stderr.writeSync(line + "\n");
    return ({ syscalls, abi }) => ({ syscalls: traced(syscalls, abi, tell), abi });
  }
}

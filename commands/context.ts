/**
 * What a command works with: its options made into a handle, its output, its clock, its end.
 *
 * @module
 */

import type { StricliProcess } from "@stricli/core";
import type { Abi } from "../ffi/abi.ts";
import type { Syscalls } from "../ffi/syscalls.ts";
import type { Clock } from "../lib/clock.ts";
import { UsageError } from "../lib/errors.ts";
import type { EventChannelDevice } from "../lib/handle.ts";
import type { ResultRecord } from "../lib/records.ts";
import { type Palette, PLAIN } from "../lib/render/human.ts";
import { recordLine } from "../lib/render/json.ts";
import { type Domid, DOMID_SELF } from "../lib/types.ts";
import type { Host, KernelChoice, Signal } from "./host.ts";
import { type CommonFlags, parseFd } from "./options.ts";

/** Where the simulator is chosen among the devices. */
const SIM = "sim:";

/** One run of one command. */
export class Context {
  /** Where the argument parser writes help. What it has against a command line goes to {@linkcode failure}. */
  readonly process: StricliProcess;
  /** What ended the command, or is wrong with its command line, if something is. */
  failure: unknown;
  /** The exit status of a command that went well. */
  status = 0;

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
    this.host.stderr.writeSync(`evtchn: ${text}\n`);
  }

  /** Whether the handle is a new one, with no ports. */
  opensHandle(flags: CommonFlags): boolean {
    return choose(flags, this.host).fd === undefined;
  }

  /** Whether a simulator answers, not a kernel. */
  simulated(flags: CommonFlags): boolean {
    return choose(flags, this.host).kernel.kind === "simulated";
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
   * Waits for `work` with a signal that aborts it when the user or the system asks the process to end.
   *
   * @returns What `work` returned, and the signal that came, if one did.
   */
  async untilSignal<T>(work: (signal: AbortSignal) => Promise<T>): Promise<{ value: T; signal?: Signal }> {
    const abort = new AbortController();
    let came: Signal | undefined;
    const stop = this.host.onSignal((signal) => {
      came ??= signal;
      abort.abort();
    });
    try {
      return { value: await work(abort.signal), signal: came };
    } finally {
      stop();
    }
  }

  async #open(flags: CommonFlags): Promise<EventChannelDevice> {
    const choice = choose(flags, this.host);
    const [{ LocalDevice }, { syscalls, abi }] = await Promise.all([
      import("../lib/device.ts"),
      this.host.kernel(choice.kernel),
    ]);
    const options = { syscalls: flags.trace ? await this.#traced(syscalls, abi) : syscalls, abi };
    if (choice.fd !== undefined) return LocalDevice.adopt(choice.fd, options);
    return LocalDevice.open(choice.path ?? abi.devicePath, options);
  }

  async #traced(syscalls: Syscalls, abi: Abi): Promise<Syscalls> {
    const { traced } = await import("../ffi/trace.ts");
    return traced(syscalls, abi, (line) => this.host.stderr.writeSync(line + "\n"));
  }
}

/** Which kernel, and which descriptor or device in it. */
interface Choice {
  readonly kernel: KernelChoice;
  readonly fd?: number;
  /** Undefined: the kernel's own event-channel device. */
  readonly path?: string;
}

/** Where the handle is: an explicit flag beats the environment, and two explicit ones contradict each other. */
function choose(flags: CommonFlags, host: Host): Choice {
  const explicit = [
    flags.device !== undefined && "--device",
    flags.simulator === true && "--simulator",
    flags.fd !== undefined && "--fd",
  ].filter((name) => name !== false);
  if (explicit.length > 1) {
    throw new UsageError(`Cannot use ${explicit.join(" and ")} together: each says where the handle is`);
  }
  const fd = flags.fd ?? (explicit.length > 0 ? undefined : environmentFd(host));
  if (fd !== undefined) return { kernel: running(flags.as), fd };
  const device = flags.simulator ? `${SIM}linux` : flags.device ?? nonEmpty(host.env("EVTCHN_DEVICE"));
  if (device === undefined || !device.startsWith(SIM)) return { kernel: running(flags.as), path: device };
  return { kernel: { kind: "simulated", spec: device.slice(SIM.length), domain: ownDomain(flags.as) } };
}

/** The domain whose kernel a simulated process runs on: domain 0, unless another is named. */
function ownDomain(as: Domid | undefined): Domid {
  return as === undefined || as === DOMID_SELF ? 0 : as;
}

function environmentFd(host: Host): number | undefined {
  const text = nonEmpty(host.env("EVTCHN_FD"));
  return text === undefined ? undefined : parseFd(text);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

function running(as: Domid | undefined): KernelChoice {
  if (as === undefined) return { kind: "running" };
  throw new UsageError("Cannot act as another domain on a real device", "--as is for the simulator: add --simulator");
}

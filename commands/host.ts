/**
 * What a command needs of the world outside: standard streams, environment, signals, kernels, programs. `main.ts`
 * hands in this machine's; tests hand in their own.
 *
 * @module
 */

import type { Abi } from "../ffi/abi.ts";
import type { Syscalls } from "../ffi/syscalls.ts";
import type { Clock } from "../lib/clock.ts";
import type { Domid } from "../lib/types.ts";

/** A standard stream to write to. */
export interface Output {
  /** Whether a person reads it. */
  readonly terminal: boolean;
  /**
   * Writes all of `text` before it returns.
   *
   * @throws {Error} If the stream is closed or takes no more: `Deno.errors.BrokenPipe`, ENOSPC and so on.
   */
  writeSync(text: string): void;
  /** The same without holding up timers and signals while the reader is slow. */
  write(text: string): Promise<void>;
}

/** The signals that end a command. */
export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Which kernel a handle is opened in. */
export type KernelChoice =
  /** The one that runs this process. */
  | { readonly kind: "running" }
  /** A simulated one: the text after `sim:`, and whose domain's kernel. */
  | { readonly kind: "simulated"; readonly spec: string; readonly domain: Domid };

/** A kernel's system calls, and what its driver looks like. */
export interface Kernel {
  readonly syscalls: Syscalls;
  readonly abi: Abi;
}

/** A program that was started. */
export interface Child {
  readonly ended: Promise<{ readonly code: number; readonly signal: string | null }>;
  kill(signal: Signal): void;
}

/** The world outside. */
export interface Host {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly clock: Clock;
  /** A variable of the environment; undefined where it is not set, or may not be read. */
  env(name: string): string | undefined;
  /** Calls `listener` on each signal that would end the process, until the function that comes back is called. */
  onSignal(listener: (signal: Signal) => void): () => void;
  /** Opens a kernel. Loads what it takes only now. */
  kernel(choice: KernelChoice): Promise<Kernel>;
  /** Starts a program on the same standard streams, its environment this one's and `env`. */
  spawn(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Child;
}

/** Numbers of the signals that a shell adds to 128. */
export const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
};

/** The status of a command that a signal ended: 128 and the signal's number. */
export function signalStatus(signal: string): number {
  return 128 + (SIGNAL_NUMBERS[signal] ?? 0);
}

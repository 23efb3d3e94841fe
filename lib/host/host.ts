/**
 * What a command needs of the world outside: standard streams, environment, signals, kernels, programs. `main.ts`
 * hands in this machine's; tests hand in their own.
 *
 * @module
 */

import type { Abi } from "../../ffi/abi.ts";
import type { Syscalls } from "../../ffi/syscalls.ts";
import type { Clock } from "../clock.ts";
import type { SimulatedWorld } from "../sim/world.ts";
import type { Domid } from "../types.ts";

/** A standard stream to write to. */
export interface Output {
  /** Whether a person reads it. */
  readonly terminal: boolean;
  /** How wide its terminal is; undefined where it is none. */
  readonly columns?: number;
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
  | {
    readonly kind: "simulated";
    readonly spec: string;
    readonly domain: Domid;
    /** Whose time waits take; undefined: this machine's. */
    readonly clock?: Clock;
    /** Whether only the event-channel device is wanted, and nothing to inspect the host with. */
    readonly bare?: boolean;
  };

/** A kernel's system calls, and what its driver looks like. */
export interface Kernel {
  readonly syscalls: Syscalls;
  readonly abi: Abi;
  /**
   * That of another domain in the same simulated world; undefined for the running kernel.
   *
   * @throws {UsageError} If there is no such domain.
   */
  as?(domain: Domid): Kernel;
  /** The simulated world; undefined for the running kernel. */
  readonly world?: SimulatedWorld;
}

/** What evtchn, started to outlive this process, said first. */
export interface Begun {
  /** Its first line, without the newline; undefined where it ended without one. */
  readonly line?: string;
  /** What it said on stderr, if it has ended. */
  readonly stderr: string;
}

/** A program that was started. */
export interface Child {
  readonly ended: Promise<{ readonly code: number; readonly signal: string | null }>;
  kill(signal: Signal): void;
}

/** What a prompt is made of. */
export interface PromptOptions {
  /** What stands before the line. Not shown where no person types. */
  readonly text: string;
  /** The words that the last one of a line may become, and the part that they replace. */
  complete(line: string): Promise<[candidates: string[], part: string]>;
  /** ^C was typed. */
  interrupted(): void;
}

/** One prompt. */
export interface Prompt {
  /** Whether a person types. */
  readonly terminal: boolean;
  /** The next line; undefined at the end of the input. */
  read(): Promise<string | undefined>;
  /** Prints whole lines above the one that is being typed. */
  above(text: string): void;
  /** Gives the terminal back. */
  close(): void;
}

/** Who is told what happens at a terminal. */
export interface TerminalListener {
  /** A key, as the terminal sends it: a character, or a sequence that begins with ESC. */
  key(key: string): void;
  /** It has another size, or lost what it showed. */
  redraw(): void;
}

/** A terminal whose screen a command has to itself until it gives it back as it was. */
export interface Terminal {
  /** Its size now. */
  size(): { readonly columns: number; readonly rows: number };
  /**
   * Shows lines in place of those before them.
   *
   * @param lines No wider and no more than the terminal has room for.
   */
  show(lines: readonly string[]): void;
  /** Gives it back. More than once does nothing. */
  close(): void;
}

/** The world outside. */
export interface Host {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly clock: Clock;
  /** A variable of the environment; undefined where it is not set, or may not be read. */
  env(name: string): string | undefined;
  /**
   * The text of a file; of standard input for undefined.
   *
   * @param lossy Whether bytes that are no UTF-8 are read as U+FFFD.
   * @throws {Error} If it cannot be read, or is no UTF-8 and that is not `lossy`.
   */
  readText(path?: string, lossy?: boolean): Promise<string>;
  /** Opens a prompt on standard input and output. Loads line editing only now. */
  openPrompt(options: PromptOptions): Promise<Prompt>;
  /** Takes the terminal that standard output is, and its keys if standard input is one too. Loads what it takes only now. */
  openTerminal(listener: TerminalListener): Promise<Terminal>;
  /** Calls `listener` on each signal that would end the process, until the function that comes back is called. */
  onSignal(listener: (signal: Signal) => void): () => void;
  /** Opens a kernel. Loads what it takes only now. */
  kernel(choice: KernelChoice): Promise<Kernel>;
  /**
   * Starts evtchn itself as a process that outlives this one and its terminal, and waits for its first line. Its
   * working folder is /.
   *
   * @param words The words after `evtchn`.
   * @param fd The only descriptor above 2 that it inherits.
   */
  background(words: readonly string[], fd?: number): Promise<Begun>;
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

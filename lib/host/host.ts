/** The interface to the system outside this program: `main.ts` passes the real one, tests pass their own. @module */

import type { Abi } from "../../ffi/abi.ts";
import type { Syscalls } from "../../ffi/syscalls.ts";
import type { Clock } from "../clock.ts";
import type { Runtime } from "../runtime.ts";
import type { SimulatedWorld } from "../sim/world.ts";
import type { Domid } from "../types.ts";

/** The largest file that is read, bytes. */
export const INPUT_LIMIT = 256 * 1024 * 1024;

/** A standard output stream. */
export interface Output {
  /** Whether it is a terminal. */
  readonly terminal: boolean;
  /** The columns of the terminal; undefined: it is none, or they are unknown. */
  readonly columns?: number;
  /** Whether all that is written is turned into ASCII. */
  readonly ascii?: boolean;
  /**
   * Writes all of `text` before it returns.
   *
   * @throws {Error} `Deno.errors.BrokenPipe`, or an error with a code such as ENOSPC.
   */
  writeSync(text: string): void;
  /** The same without blocking timers and signals while the reader is slow. */
  write(text: string): Promise<void>;
}

export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

export type KernelChoice =
  /** The kernel that runs this process. */
  | { readonly kind: "running" }
  /** A simulated kernel: `spec` is the text after `sim:`. */
  | {
    readonly kind: "simulated";
    readonly spec: string;
    readonly domain: Domid;
    /** Undefined: the system clock. */
    readonly clock?: Clock;
    /** Whether only the event-channel device is needed, without privcmd and xenstore. */
    readonly bare?: boolean;
  };

/** A kernel's system calls and the ABI of its driver. */
export interface Kernel {
  readonly syscalls: Syscalls;
  readonly abi: Abi;
  /**
   * The kernel of another domain on the same simulated host; undefined for the running kernel.
   *
   * @throws {UsageError} If there is no such domain.
   */
  as?(domain: Domid): Kernel;
  /** The simulated host; undefined for the running kernel. */
  readonly world?: SimulatedWorld;
}

/** The first output of a background process. */
export interface Begun {
  /** The first line of stdout, without the newline; undefined: it ended without one. */
  readonly line?: string;
  /** Its stderr if it has ended, else empty. */
  readonly stderr: string;
}

/** A background process that waits for a word of its starter's: without it, it ends. */
export interface Background extends Begun {
  /** Lets it outlive this process. It may have ended already. */
  keep(): Promise<void>;
  /** Lets it end, and waits until it has. */
  drop(): Promise<void>;
}

/** What a background process reads from standard input when it is kept. If its starter ends before, it reads nothing. */
export const KEPT = "kept\n";

/** What a command needs of Deno's permissions, beside its own modules, the environment and the device. */
export type Need =
  /** Reading any file: its words name files. */
  | "files"
  /** Starting programs. */
  | "programs"
  /** Unix sockets: a session's, xenstored's. */
  | "sockets"
  /** Keeping the lines of a prompt. It needs sockets too. */
  | "history";

export interface Child {
  readonly ended: Promise<{ readonly code: number; readonly signal: string | null }>;
  kill(signal: Signal): void;
}

/** What a folder has. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "other";
}

/** What a program came to whose output was taken. */
export interface Captured {
  readonly status: number;
  readonly stdout: string;
  /** Its end. */
  readonly stderr: string;
  /** Whether it was ended because it printed too much. */
  readonly over: boolean;
}

export interface PromptOptions {
  /** Shown before the line, on a terminal. */
  readonly text: string;
  /** The completions of a line's last word, and the part that they replace. */
  complete(line: string): Promise<[candidates: string[], part: string]>;
  /** ^C was typed. */
  interrupted(): void;
  /** ^\\ was typed. */
  quit(): void;
  /** The lines that are typed are not kept for later prompts. Told once. */
  unkept(reason: string): void;
}

export interface Prompt {
  /** Whether input and output are a terminal. */
  readonly terminal: boolean;
  /** The next line; undefined at the end of the input. */
  read(): Promise<string | undefined>;
  /** Prints whole lines above the line being typed. */
  above(text: string): void;
  close(): void;
}

export interface TerminalListener {
  /** A key as the terminal sends it: a character, or a sequence that starts with ESC. */
  key(key: string): void;
  /** The size has changed, or the content was lost. */
  redraw(): void;
}

/** A terminal in full-screen mode. */
export interface Terminal {
  size(): { readonly columns: number; readonly rows: number };
  /** Replaces the content. The lines must fit {@linkcode size}. */
  show(lines: readonly string[]): void;
  /** Restores the terminal. Later calls do nothing. */
  close(): void;
}

/** Where to answer HTTP, and how. */
export interface Served {
  readonly address: string;
  /** 0: any that is free. */
  readonly port: number;
  /** The only path that has an answer. */
  readonly path: string;
  readonly contentType: string;
  /** The text of an answer. An error that it throws is answered with 500, and thrown by {@linkcode Serving.ended}. */
  text(): Promise<string>;
}

/** A server that answers. */
export interface Serving {
  readonly port: number;
  /** When it has ended; rejects with what ended it, if that was not {@linkcode Serving.close}. */
  readonly ended: Promise<void>;
  /** Ends it, and every connection. */
  close(): void;
}

export interface Host {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly clock: Clock;
  /** An environment variable; undefined: not set, or Deno may not read it. */
  env(name: string): string | undefined;
  /**
   * The text of a file, or of standard input if `path` is undefined.
   *
   * @param lossy Whether bytes that are not UTF-8 are read as U+FFFD.
   * @throws {Error} If it cannot be read, or without `lossy` is not UTF-8.
   */
  readText(path?: string, lossy?: boolean): Promise<string>;
  /**
   * Writes a file under another name beside `path` and renames it, so that readers see the old text or the new one, never
   * a part. Everybody may read it.
   *
   * @throws {Error} As Deno does, with nothing left behind.
   */
  replaceFile(path: string, text: string): Promise<void>;
  /**
   * Answers GET and HEAD over HTTP.
   *
   * @throws {Error} If the address cannot be listened at.
   */
  serve(served: Served): Promise<Serving>;
  /** The names in a folder; undefined: it is none. */
  folder(path: string): Promise<readonly FolderEntry[] | undefined>;
  /** Opens a prompt on standard input and output. */
  openPrompt(options: PromptOptions): Promise<Prompt>;
  /** Takes the terminal of standard output, and its keys if standard input is a terminal too. */
  openTerminal(listener: TerminalListener): Promise<Terminal>;
  /** Calls `listener` on each signal instead of ending the process, until the returned function is called. */
  onSignal(listener: (signal: Signal) => void): () => void;
  /** Gives up the permissions of this process that no need in `needs` has, for good. Undefined: it keeps them all. */
  keepOnly?(needs: ReadonlySet<Need>): void;
  kernel(choice: KernelChoice): Promise<Kernel>;
  /**
   * Starts evtchn itself as a process that can outlive this one and its terminal, and waits for its first line. Its
   * working folder is /.
   *
   * @param words The words after `evtchn`.
   * @param env Added to this process's environment.
   * @param fd The only descriptor above 2 that it inherits.
   */
  background(words: readonly string[], env: Readonly<Record<string, string>>, fd?: number): Promise<Background>;
  /** What this process runs in. */
  runtime(): Promise<Runtime>;
  /** The sockets of this user's sessions, living or dead, in the folders where sessions are. */
  sessionSockets(): Promise<string[]>;
  /** Starts a program on the same standard streams; `env` is added to the environment. */
  spawn(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Child;
  /**
   * Runs a program and takes what it prints; bytes that are no UTF-8 become U+FFFD.
   *
   * @param given.input Its standard input; undefined: nothing.
   * @param given.limit The most bytes of standard output: beyond, the program is ended.
   * @param given.signal Ends the program.
   * @throws {Error} It cannot be started.
   */
  capture(
    command: string,
    args: readonly string[],
    given: { readonly input?: string; readonly limit: number; readonly signal: AbortSignal },
  ): Promise<Captured>;
}

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

/** The exit status after a signal, as shells have it: 128 plus the signal's number. */
export function signalStatus(signal: string): number {
  return 128 + (SIGNAL_NUMBERS[signal] ?? 0);
}

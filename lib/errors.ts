/** The two errors that a user can cause. @module */

import type { Errno } from "../ffi/syscalls.ts";
import type { ErrorRecord } from "./records.ts";

/** The device or the kernel refused a call; exit status 1. */
export class DeviceError extends Error {
  /** The name of the class. */
  override readonly name = "DeviceError";

  /** The errno is added to `message`. */
  constructor(
    /** The verb that was refused, such as `notify`. */
    readonly op: string,
    /** The name of the errno, such as `ENOTCONN`. */
    readonly errno: Errno,
    /** The port, channel or path that it is about. */
    readonly subject: string,
    message: string,
    /** What it means and what to do, for an administrator; undefined if nothing is known. */
    readonly hint?: string,
  ) {
    super(`${message}: ${errno}`);
  }

  /** The message without the errno. */
  get action(): string {
    return this.message.slice(0, -`: ${this.errno}`.length);
  }
}

/** What was asked cannot be right: a command line, a statement, an argument; exit status 2. */
export class UsageError extends Error {
  /** The name of the class. */
  override readonly name = "UsageError";

  /** `hint` says what may be meant. */
  constructor(
    message: string,
    /** What may be meant; undefined if nothing is known. */
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** The record of a {@linkcode DeviceError} or {@linkcode UsageError} of the verb `op`; undefined for other errors. */
export function errorRecord(op: string, error: unknown): ErrorRecord | undefined {
  if (error instanceof DeviceError) {
    const { errno, subject, message, hint } = error;
    return { op, error: errno, subject, message, hint };
  }
  if (error instanceof UsageError) return { op, error: "usage", message: error.message, hint: error.hint };
}

/** The result of `work`, for optional information: undefined if it throws a {@linkcode DeviceError}. */
export async function unlessRefused<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DeviceError) return undefined;
    throw error;
  }
}

/** The errno of an error of Deno's own, such as ENOSPC from a full disk; undefined for any other error. */
export function errnoOf(error: unknown): Errno | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code as Errno : undefined;
}

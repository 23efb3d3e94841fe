/**
 * The two ways in which a command fails: the kernel refused, or the user asked for what cannot be.
 *
 * @module
 */

import type { Errno } from "../ffi/syscalls.ts";
import type { ErrorRecord } from "./records.ts";

/** The device or the kernel refused; exit status 1. */
export class DeviceError extends Error {
  override readonly name = "DeviceError";

  /**
   * @param op The verb, as on the command line.
   * @param errno What the kernel answered, by name.
   * @param subject What it was about, as the user wrote it: a port, a channel, a path.
   * @param message The action and its object, without the errno.
   * @param hint A line in an administrator's terms; undefined if there is none.
   */
  constructor(
    readonly op: string,
    readonly errno: Errno,
    readonly subject: string,
    message: string,
    readonly hint?: string,
  ) {
    super(`${message}: ${errno}`);
  }
}

/** The command line, or a statement, asks for what cannot be; exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";

  /**
   * @param message What cannot be done and why.
   * @param hint What to write instead; undefined if there is nothing to say.
   */
  constructor(message: string, readonly hint?: string) {
    super(message);
  }
}

/**
 * What is told of an error that a user can cause.
 *
 * @param op The verb that met it.
 * @returns Undefined for any other error.
 */
export function errorRecord(op: string, error: unknown): ErrorRecord | undefined {
  if (error instanceof DeviceError) {
    const { errno, subject, message, hint } = error;
    return { op, error: errno, subject, message, hint };
  }
  if (error instanceof UsageError) return { op, error: "usage", message: error.message, hint: error.hint };
}

/** What work comes to; undefined where the device or the kernel refuses, for what one can do without. */
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

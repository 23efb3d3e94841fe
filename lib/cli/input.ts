/** The one file that a command reads. @module */

import { UsageError } from "../errors.ts";
import type { Host } from "../host/host.ts";

/** A file's text and what it is called in messages. */
export interface Input {
  readonly name: string;
  readonly text: string;
}

/** Why a file cannot be read, by the errno's name. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "it belongs to somebody else",
  EISDIR: "it is a folder",
};

/**
 * Reads a file, or standard input.
 *
 * @param file Its path; `-` is standard input.
 * @param signal Ends the wait for it.
 * @param lossy Whether it may have other bytes than text in it.
 * @returns Undefined when the signal came first.
 * @throws {UsageError} If it cannot be read.
 */
export async function readInput(
  host: Pick<Host, "readText">,
  file: string,
  signal: AbortSignal,
  lossy = false,
): Promise<Input | undefined> {
  if (file === "") throw new UsageError('Cannot read "": it names no file');
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  try {
    const text = await Promise.race([host.readText(file === "-" ? undefined : file, lossy), aborted]);
    return text === undefined ? undefined : { name: file, text };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    if (error instanceof TypeError) throw new UsageError(`Cannot read "${file}": it is no text`);
    const code = error instanceof Deno.errors.NotFound
      ? "ENOENT"
      : error instanceof Error && "code" in error
      ? error.code
      : "";
    throw new UsageError(`Cannot read "${file}": ${REASONS[String(code)] ?? (error as Error).message}`);
  }
}

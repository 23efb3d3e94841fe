/** Reads the input file of a verb. @module */

import { errnoOf, UsageError } from "../errors.ts";
import { type Host, INPUT_LIMIT } from "../host/host.ts";

/** A file's text, and its name in messages. */
export interface Input {
  readonly name: string;
  readonly text: string;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
  EFBIG: `it is larger than ${INPUT_LIMIT / 1024 / 1024} MiB`,
};

/**
 * Reads a file, or standard input for `-`.
 *
 * @param lossy Whether bytes that are not UTF-8 are read as U+FFFD.
 * @returns Undefined if the signal came first.
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
    if (error instanceof Deno.errors.NotCapable && /^\/(dev|proc|sys)\//.test(file)) {
      throw new UsageError(`Cannot read "${file}": Deno does not read such a file`, `\`cat ${file}\` can be piped in`);
    }
    if (error instanceof Deno.errors.NotCapable) throw error;
    if (error instanceof TypeError) throw new UsageError(`Cannot read "${file}": it is not UTF-8 text`);
    const errno = error instanceof Deno.errors.NotFound ? "ENOENT" : errnoOf(error);
    throw new UsageError(`Cannot read "${file}": ${REASONS[errno ?? ""] ?? (error as Error).message}`);
  }
}

/** Exit statuses, and the report of an error. @module */

import { errnoOf, errorRecord, UsageError } from "../errors.ts";
import type { ErrorRecord } from "../records.ts";
import { recordLine } from "../render/json.ts";
import { errorLines } from "../render/line.ts";
import { type Host, signalStatus } from "../host/host.ts";

/** Exit statuses. After a signal it is 128 plus the signal's number. */
export const Status = {
  OK: 0,
  /** The device or the kernel refused, or there was no way to look. */
  REFUSED: 1,
  /** The command line is wrong. */
  USAGE: 2,
  /** The verb looked, and found something wrong. */
  FOUND: 3,
  /** The time ran out. */
  TIMEOUT: 124,
  /** The program to run exists but is not executable. */
  NOT_EXECUTABLE: 126,
  /** The program to run does not exist. */
  NOT_FOUND: 127,
} as const;

/**
 * Prints the error that ended a command on stderr: a JSON object, or a line and a hint.
 *
 * @param op The verb's name; empty if it is not known.
 * @returns The exit status.
 * @throws The error itself, if it is a bug and not an error that a user can cause.
 */
export function reportFailure(host: Host, op: string, json: boolean, error: unknown): number {
  if (error instanceof Deno.errors.BrokenPipe) return signalStatus("SIGPIPE"); // the reader has closed the pipe: print nothing
  const { record, status } = describe(op, error);
  try {
    const words = record.op.replaceAll(" ", "-"); // as in the record of a verb that succeeds
    host.stderr.writeSync(json ? recordLine({ ...record, op: words }) : errorText(record));
  } catch {
    // stderr is closed: only the exit status remains
  }
  return status;
}

function errorText({ op, message, hint }: ErrorRecord): string {
  return errorLines(`evtchn: ${op === "" ? "" : `${op}: `}${message}`, hint);
}

function describe(op: string, error: unknown): { record: ErrorRecord; status: number } {
  const record = errorRecord(op, error);
  if (error instanceof UsageError) {
    const hint = error.hint ?? (op === "" ? undefined : `\`evtchn ${op} --help\` shows what it takes`);
    return { record: { ...record!, hint }, status: Status.USAGE };
  }
  if (record !== undefined) return { record, status: Status.REFUSED };
  if (lacksPermission(error)) {
    const hint = "Deno was not given this permission: the README lists those that evtchn needs";
    const message = error.message.replace(/, run again with .*/s, "");
    return { record: { op, error: "permission", message, hint }, status: Status.REFUSED };
  }
  const errno = errnoOf(error);
  if (errno === undefined) throw error;
  return { record: { op, error: errno, message: `Cannot write the output: ${errno}` }, status: Status.REFUSED };
}

/** Whether Deno refused a permission. Loading a module without --allow-read throws a TypeError that says so. */
function lacksPermission(error: unknown): error is Error {
  return error instanceof Deno.errors.NotCapable ||
    (error instanceof TypeError && /^Requires \w+ access to /.test(error.message));
}

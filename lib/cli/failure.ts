/** Exit statuses, and how an error becomes one and is told. @module */

import { errorRecord, UsageError } from "../errors.ts";
import type { ErrorRecord } from "../records.ts";
import { recordLine } from "../render/json.ts";
import { oneLine } from "../render/line.ts";
import { type Host, signalStatus } from "../host/host.ts";

/** Exit statuses. A signal's is 128 and its number. */
export const Status = {
  OK: 0,
  /** The device or the kernel refused. */
  REFUSED: 1,
  /** The command line asks for what cannot be. */
  USAGE: 2,
  /** Time ran out before as many events came as were asked for. */
  TIMEOUT: 124,
  /** The program to run was found and cannot be run. */
  NOT_EXECUTABLE: 126,
  /** There is no such program to run. */
  NOT_FOUND: 127,
} as const;

/**
 * Tells an error that ended a command: a JSON object or two lines, on stderr.
 *
 * @param op The command; empty where there is none.
 * @param json Whether as a JSON object.
 * @returns The exit status that goes with it.
 * @throws The error itself, if it is none that a user can cause.
 */
export function reportFailure(host: Host, op: string, json: boolean, error: unknown): number {
  if (error instanceof Deno.errors.BrokenPipe) return signalStatus("SIGPIPE"); // the reader left: nothing to say
  const { record, status } = describe(op, error);
  try {
    host.stderr.writeSync(json ? recordLine(record) : errorText(record));
  } catch {
    // nobody can be told: the status says it all the same
  }
  return status;
}

function errorText({ op, message, hint }: ErrorRecord): string {
  const first = oneLine(`evtchn: ${op === "" ? "" : `${op}: `}${message}`);
  return `${first}\n${hint === undefined ? "" : `hint: ${oneLine(hint)}\n`}`;
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
    return { record: { op, error: "permission", message: error.message, hint }, status: Status.REFUSED };
  }
  const errno = systemErrno(error);
  if (errno === undefined) throw error;
  return { record: { op, error: errno, message: `Cannot write the output: ${errno}` }, status: Status.REFUSED };
}

/** Whether Deno refused something. Loading a module without --allow-read is a TypeError that says so. */
function lacksPermission(error: unknown): error is Error {
  return error instanceof Deno.errors.NotCapable ||
    (error instanceof TypeError && /^Requires \w+ access to /.test(error.message));
}

/** The errno of an error of Deno's own, such as ENOSPC from a full disk; undefined for any other error. */
function systemErrno(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

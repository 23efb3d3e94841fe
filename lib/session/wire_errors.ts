/**
 * Errors from one process to another, so that the text is the same on both sides.
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import { DeviceError, UsageError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { WireError } from "./protocol.ts";

/** An error as it is carried. One that no user can cause is carried as an internal one, and the session goes on. */
export function toWire(error: unknown): WireError {
  if (error instanceof DeviceError) {
    const { op, errno, subject, hint } = error;
    return { error: errno, op, subject, message: withoutErrno(error), hint };
  }
  if (error instanceof UsageError) return { error: "usage", message: error.message, hint: error.hint };
  return { error: "EIO", op: "session", subject: "session", message: `Cannot go on: ${error}` };
}

/** The error that was carried. */
export function fromWire({ error, op = "session", subject = "session", message, hint }: WireError): Error {
  if (error === "usage") return new UsageError(message, hint);
  if (error === "limit") return new DeviceError("session", "EAGAIN", "session", message, explain("session", "EAGAIN"));
  const errno = /^E[A-Z0-9]{1,20}$/.test(error) ? error as Errno : "EPROTO";
  return new DeviceError(op, errno, subject, message, hint);
}

function withoutErrno({ message, errno }: DeviceError): string {
  return message.slice(0, -`: ${errno}`.length);
}

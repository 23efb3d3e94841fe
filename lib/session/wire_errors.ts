/** Errors as they are carried between client and server, so that both print the same text. @module */

import { DeviceError, UsageError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { WireError } from "./protocol.ts";
import { ERRNO, optional, record, type Rule, TEXT } from "./rules.ts";

export const WIRE_ERROR: Rule<WireError> = record({
  error: TEXT,
  op: optional(TEXT),
  subject: optional(TEXT),
  message: TEXT,
  hint: optional(TEXT),
});

/** A request that is invalid, or one too many. */
export class RequestError extends Error {
  constructor(readonly kind: "protocol" | "limit", message: string) {
    super(message);
  }
}

/** An unexpected error is carried as EIO, and the session continues. */
export function toWire(error: unknown): WireError {
  if (error instanceof DeviceError) {
    const { op, errno, subject, action, hint } = error;
    return { error: errno, op, subject, message: action, hint };
  }
  if (error instanceof UsageError) return { error: "usage", message: error.message, hint: error.hint };
  if (error instanceof RequestError) return { error: error.kind, message: error.message };
  return { error: "EIO", op: "session", subject: "session", message: `Cannot go on: ${error}` };
}

export function fromWire({ error, op = "session", subject = "session", message, hint }: WireError): Error {
  if (error === "usage") return new UsageError(message, hint);
  if (error === "limit") return new DeviceError("session", "EAGAIN", "session", message, explain("session", "EAGAIN"));
  return new DeviceError(op, ERRNO(error) ? error : "EPROTO", subject, message, hint);
}

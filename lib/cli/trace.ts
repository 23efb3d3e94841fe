/** `--trace=CALLS` and `--trace-time`: which system calls are shown, and with which times. @module */

import { TRACED_CALLS, type TracedCall, type TraceSink } from "../../ffi/trace.ts";
import type { Clock } from "../clock.ts";
import { UsageError } from "../errors.ts";
import { spanTime, unixTime } from "../render/time.ts";
import { nearest } from "./nearest.ts";
import type { CommonFlags } from "./options.ts";

/**
 * Reads the value of `--trace`: names of system calls with commas between them, or `all`.
 *
 * @throws {UsageError} If a name is none of those that evtchn makes.
 */
export function callsOf(text: string): ReadonlySet<TracedCall> {
  const calls = new Set<TracedCall>();
  for (const name of text.split(",")) {
    const call = TRACED_CALLS.find((each) => each === name);
    if (call !== undefined) calls.add(call);
    else if (name === "all") TRACED_CALLS.forEach((each) => calls.add(each));
    else throw unknownCall(name);
  }
  return calls;
}

function unknownCall(name: string): UsageError {
  const meant = nearest(name, TRACED_CALLS);
  return new UsageError(
    `Cannot trace "${name}": evtchn makes no such system call`,
    meant === undefined ? `it makes ${TRACED_CALLS.join(", ")}` : `did you mean ${meant}?`,
  );
}

/**
 * The sink that writes the calls that the options ask for.
 *
 * @param clock The time of day of a call's start, and how long it took.
 * @param write Gets lines without newlines.
 */
export function traceSink(
  { trace = "all", traceTime }: CommonFlags,
  clock: Pick<Clock, "now">,
  write: (line: string) => void,
): TraceSink {
  const shown = callsOf(trace);
  return (line, call, took) => {
    if (!shown.has(call)) return;
    if (!traceTime) return write(line);
    const micros = Math.round(took * 1000);
    write(`${unixTime(clock.now() - micros)} ${line} <${spanTime(micros)}>`);
  };
}

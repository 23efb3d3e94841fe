/**
 * What holds of every command line, whatever is on it.
 *
 * @module
 */

import { assert } from "@std/assert";
import type { Outcome } from "../support/test_host.ts";

/** The most characters that an error takes, its hint included. */
const LONGEST_ERROR = 5000;

/** done, refused, usage, something wrong was found, time ran out; a program's that cannot be run; ended by SIGHUP, SIGINT, SIGPIPE, SIGTERM. */
const STATUSES = [0, 1, 2, 3, 124, 126, 127, 129, 130, 141, 143];

/** The lines of a text that ends with a newline, or is empty. */
export function linesOf(text: string): string[] {
  assert(text === "" || text.endsWith("\n"), `a line without its end: ${JSON.stringify(text.slice(-200))}`);
  return text.split("\n").slice(0, -1);
}

/** Makes sure that a status is a documented one and that stderr has messages, or with --json records, and no more. */
export function assertWellEnded(
  { status, stdout, stderr }: Outcome,
  { json = false, trace = false, judges = false } = {},
): void {
  assert(STATUSES.includes(status), `status ${status}`);
  assert(!/^\s+at .*:\d+|(Type|Range|Syntax|Reference)Error/m.test(stderr + stdout), stderr);
  const errors = linesOf(stderr).filter((line) => !(trace && /^\w+\(.*\) += /.test(line)));
  for (const line of errors) {
    if (json && line.startsWith("{")) {
      assertRecord(line);
      continue;
    }
    assert(/^(evtchn: |hint: )/.test(line), `on stderr: ${JSON.stringify(line)}`);
    assert(line.length < LONGEST_ERROR, `an error of ${line.length} characters`);
    // deno-lint-ignore no-control-regex
    assert(!/[\u0000-\u001F\u007F-\u009F\u2028\u2029]/.test(line), `a control character: ${JSON.stringify(line)}`);
  }
  if ((status !== 1 && status !== 2) || (judges && status === 1 && stdout !== "")) return;
  // With --json a statement's error is its record, in its place among the others.
  const told = json ? [...errors, ...stdout.split("\n")].filter((line) => line.startsWith("{")) : errors;
  assert(told.some((line) => !json || "error" in JSON.parse(line)), `an error that nobody is told: ${stderr}`);
}

function assertRecord(line: string): void {
  const { op, error, message } = JSON.parse(line);
  assert([op, error, message].every((each) => typeof each === "string"), line);
}

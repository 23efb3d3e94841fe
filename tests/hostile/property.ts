/**
 * What holds of every command line, whatever is on it.
 *
 * @module
 */

import { assert } from "@std/assert";
import type { Outcome } from "../support/test_host.ts";
import { inputText, type Surroundings } from "./machine.ts";

/** The most characters that an error takes, its hint included. */
const LONGEST_ERROR = 5000;

/** done, refused, usage, something wrong was found, time ran out; a program's that cannot be run; ended by SIGHUP, SIGINT, SIGPIPE, SIGTERM. */
const STATUSES = [0, 1, 2, 3, 124, 126, 127, 129, 130, 141, 143];

/** The lines of a text that ends with a newline, or is empty. */
export function linesOf(text: string): string[] {
  assert(text === "" || text.endsWith("\n"), `a line without its end: ${JSON.stringify(text.slice(-200))}`);
  return text.split("\n").slice(0, -1);
}

/** What was asked for: it decides how the output has to look. */
export interface Asked {
  /** Whether records are asked for. */
  readonly json?: boolean;
  /** Whether calls are shown. */
  readonly trace?: boolean;
  /** Whether the answer may be one that nobody likes: status 1, and no error. */
  readonly judges?: boolean;
  /** Whether colours may be asked for. */
  readonly color?: boolean;
  /** Whether the user may have asked for that text itself, as `print` and `--format` print it. */
  readonly verbatim?: boolean;
}

const JUDGES = ["ping", "wiring"];

/** What is asked for by the words of a command line, and by the statements in files and at prompts. */
export function asks(words: readonly string[], given: Surroundings = {}): Required<Asked> {
  const end = words.indexOf("--");
  const own = end < 0 ? words : words.slice(0, end);
  const said = [...own, inputText(given), ...given.typed ?? []].join("\n");
  return {
    json: own.includes("--json"),
    trace: own.some((each) => each.startsWith("--trace")),
    judges: own.some((each) => JUDGES.includes(each)),
    color: own.some((each) => each.startsWith("--color")),
    // what is printed for a shell: a session's socket, quoted, and what completes words
    verbatim: /print|-\w*F|--format|start|complet|collect/.test(said),
  };
}

/**
 * Controls, format characters and separators: they act on a terminal or cannot be seen. Lone surrogates, as what they
 * stand in is not the text that is written.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** What looks like the trace of an error that nobody caught. */
const TRACE = /^\s+at .*:\d+|at file:|Uncaught|(Type|Range|Syntax|Reference)Error/m;

/** Makes sure that a status is a documented one and that stderr has messages, or with --json records, and no more. */
export function assertWellEnded(
  { status, stdout, stderr }: Outcome,
  { json = false, trace = false, judges = false, color = false, verbatim = false }: Asked = {},
): void {
  assert(STATUSES.includes(status), `status ${status}`);
  assert(!TRACE.test(stderr + stdout), stderr);
  const told = linesOf(stderr);
  const errors = told.filter((line) => !(trace && /^\w+\(.*\) += /.test(line)));
  for (const line of told) assert(!UNSEEN.test(line), `on stderr, what cannot be seen: ${JSON.stringify(line)}`);
  for (const line of errors) {
    if (json && line.startsWith("{")) {
      assertRecord(line);
      continue;
    }
    assert(/^(evtchn: |hint: )/.test(line), `on stderr: ${JSON.stringify(line)}`);
    assert(line.length < LONGEST_ERROR, `an error of ${line.length} characters`);
  }
  for (const line of linesOf(stdout)) {
    if (json && line.startsWith("{")) JSON.parse(line);
    else if (verbatim) continue;
    // deno-lint-ignore no-control-regex
    const plain = color ? line.replace(/\x1b\[\d+m/g, "") : line;
    assert(!UNSEEN.test(plain), `on stdout, what cannot be seen: ${JSON.stringify(line.slice(0, 300))}`);
  }
  if ((status !== 1 && status !== 2) || (judges && status === 1 && stdout !== "")) return;
  // With --json a statement's error is its record, in its place among the others.
  const lines = json ? [...errors, ...stdout.split("\n")].filter((line) => line.startsWith("{")) : errors;
  assert(lines.some((line) => !json || "error" in JSON.parse(line)), `an error that nobody is told: ${stderr}`);
}

function assertRecord(line: string): void {
  const { op, error, message } = JSON.parse(line);
  assert([op, error, message].every((each) => typeof each === "string"), line);
}

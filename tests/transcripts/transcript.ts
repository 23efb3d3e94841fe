/**
 * Transcripts: shell sessions and their output as text.
 *
 *     # the behaviour that the session shows (source line of the driver)
 *     $ p=$(evtchn --fd 3 alloc-unbound 0)
 *     $ evtchn --fd 3 unbind $p
 *     $ evtchn --fd 3 unbind $p
 *     evtchn: unbind: Cannot unbind port P1: ENOTCONN
 *     [1]
 *
 * `#` starts a comment; the first one is the title. `$ ` starts a command; its stdout and stderr follow in their order,
 * then `[N]` if its exit status is not 0. Numbers that differ from run to run have names: see `names.ts`.
 *
 * @module
 */

import { sawOutput } from "../support/records.ts";
import { Names } from "./names.ts";

export interface Outcome {
  /** Stdout and stderr, whole lines. */
  readonly output: string;
  readonly status: number;
  /** The value of the variable in `VAR=$(...)`. */
  readonly captured?: string;
}

/** A shell that keeps its descriptors and variables from one command to the next. */
export interface Shell extends AsyncDisposable {
  run(command: string): Promise<Outcome>;
}

/** A command and its lines: the output, then `[N]` if its exit status is not 0. */
export interface Step {
  readonly command: string;
  readonly lines: readonly string[];
}

export interface Transcript {
  /** The first comment: the behaviour that the session shows. */
  readonly title: string;
  readonly steps: readonly Step[];
}

/** @throws {SyntaxError} If the text has no title, no command, or output without a command. */
export function parseTranscript(text: string): Transcript {
  const lines = text.replace(/\n$/, "").split("\n");
  const title = /^# +(.+)$/.exec(lines[0])?.[1];
  if (title === undefined) throw new SyntaxError("A transcript begins with a comment that names the behaviour");
  const steps: { command: string; lines: string[] }[] = [];
  for (const line of lines) {
    if (line.startsWith("#")) continue;
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), lines: [] });
    else if (steps.length > 0) steps[steps.length - 1].lines.push(line);
    else if (line !== "") throw new SyntaxError(`There is output before the first command: ${line}`);
  }
  if (steps.length === 0) throw new SyntaxError("A transcript has at least one command");
  return { title, steps };
}

/** The lines that a command adds to a transcript. */
function linesOf(command: string, { output, status, captured }: Outcome, names: Names): string[] {
  const text = names.apply(command, output, captured);
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  return status === 0 ? lines : [...lines, `[${status}]`];
}

/** Runs every command of a transcript and returns the transcript of this run. */
export async function play({ title, steps }: Transcript, shell: Shell): Promise<Transcript> {
  const names = new Names();
  const played: Step[] = [];
  for (const { command } of steps) {
    const outcome = await shell.run(command);
    if (!command.includes(" | ")) sawOutput(outcome.output); // a filter may have cut records
    played.push({ command, lines: linesOf(command, outcome, names) });
  }
  return { title, steps: played };
}

/** The whole session with `-` before missing lines and `+` before unexpected ones; undefined if nothing differs. */
export function difference(wanted: Transcript, got: Transcript): string | undefined {
  const text: string[] = [];
  let differs = false;
  wanted.steps.forEach(({ command, lines }, i) => {
    text.push(`  $ ${command}`);
    const came = got.steps[i].lines;
    if (lines.join("\n") === came.join("\n") && lines.length === came.length) {
      text.push(...lines.map((line) => `  ${line}`));
    } else {
      differs = true;
      text.push(...changes(lines, came));
    }
  });
  return differs ? text.join("\n") : undefined;
}

/** Keeps equal lines at both ends, and marks those between as missing or unexpected. */
function changes(wanted: readonly string[], got: readonly string[]): string[] {
  const shortest = Math.min(wanted.length, got.length);
  let head = 0;
  while (head < shortest && wanted[head] === got[head]) head++;
  let tail = 0;
  while (tail < shortest - head && wanted.at(-1 - tail) === got.at(-1 - tail)) tail++;
  const mark = (sign: string, lines: readonly string[]) => lines.map((line) => `${sign} ${line}`);
  return [
    ...mark(" ", wanted.slice(0, head)),
    ...mark("-", wanted.slice(head, wanted.length - tail)),
    ...mark("+", got.slice(head, got.length - tail)),
    ...mark(" ", wanted.slice(wanted.length - tail)),
  ];
}

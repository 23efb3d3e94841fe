/**
 * The sessions of the documents: fences whose info string is `console simulator` or `console real-xen`.
 *
 *     $ evtchn notify 9 &&
 *     > echo sent
 *     sent
 *     $ evtchn notify 7
 *     evtchn: notify: Cannot notify port 7: ...
 *     ...
 *     [1]
 *
 * A command and its lines, as in transcripts; `> ` continues a command. `...` stands for any text within a line, and
 * for any lines where it is the whole line.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Outcome } from "../support/process.ts";
import { sawOutput } from "../support/records.ts";
import { withShells } from "../support/session_shell.ts";
import { simulatedShell } from "../transcripts/simulated_shell.ts";

/** Where a session is run: by the quick suite, or by the suite on real Xen. */
export type Place = "simulator" | "real-xen";

/** A fence of a document. */
export interface Fence {
  readonly file: string;
  /** The line of the opening fence, from 1. */
  readonly line: number;
  /** What stands behind the three backquotes. */
  readonly info: string;
  readonly text: string;
}

interface Step {
  readonly command: string;
  /** The output, then `[N]` if the exit status is not 0. */
  readonly lines: readonly string[];
}

const ROOT = new URL("../../", import.meta.url);

/** The documents, by their paths from the root. */
export function documents(): string[] {
  const pages = [...Deno.readDirSync(new URL("docs/", ROOT))].map(({ name }) => `docs/${name}`);
  return ["README.md", "CHANGELOG.md", ...pages.filter((path) => path.endsWith(".md")).sort()];
}

/** The text of a document. */
export const read = (file: string): string => Deno.readTextFileSync(new URL(file, ROOT));

/** The fences of a document. */
export function fencesOf(file: string): Fence[] {
  const text = read(file);
  return [...text.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(({ 1: info, 2: body, index }) => ({
    file,
    line: text.slice(0, index).split("\n").length,
    info,
    text: body,
  }));
}

/** The sessions of all documents that are run at one place. */
export function sessionsAt(place: Place): Fence[] {
  return documents().flatMap(fencesOf).filter(({ info }) => info === `console ${place}`);
}

/** The commands of a session with what they print. */
export function stepsOf({ text }: Fence): Step[] {
  const steps: { command: string; lines: string[] }[] = [];
  for (const line of text.trimEnd().split("\n")) {
    const last = steps.at(-1);
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), lines: [] });
    else if (last === undefined) throw new SyntaxError(`There is output before the first command: ${line}`);
    else if (line.startsWith("> ") && last.lines.length === 0) last.command += `\n${line.slice(2)}`;
    else last.lines.push(line);
  }
  return steps;
}

/** Runs a session in a fresh shell, in a fresh folder, and compares each command's output with what is written. */
export async function play(session: Fence): Promise<void> {
  const steps = stepsOf(session);
  const commands = steps.map(({ command }) => command);
  const came = isPlain(commands) ? await runHere(commands) : await runInShell(commands);
  steps.forEach(({ command, lines }, i) => {
    const wanted = lines.map((line) => `${line}\n`).join("");
    if (!patternOf(lines).test(came[i])) assertEquals(came[i], wanted, `${session.file}:${session.line}: $ ${command}`);
  });
}

const SIMULATED = "export EVTCHN_DEVICE=sim:linux";

/** Whether they are nothing but evtchn on simulated hosts of their own. This process can run them, which is quicker. */
function isPlain(commands: readonly string[]): boolean {
  const own = commands[0] === SIMULATED;
  return commands.every((command) => {
    const words = command.replace(/'[^']*'/g, "''");
    if (command === SIMULATED) return true;
    return /^evtchn (?!session|shell)[^|&;<>$()"`\n]*$/.test(words) && (own || / '?(sim:|--simulator)/.test(command));
  });
}

async function runHere(commands: readonly string[]): Promise<string[]> {
  await using shell = simulatedShell();
  const came: string[] = [];
  for (const command of commands) {
    const { output, status } = await shell.run(command);
    sawOutput(output);
    came.push(withStatus(output, String(status)));
  }
  return came;
}

function withStatus(output: string, status: string): string {
  return output + (status === "0" ? "" : `[${status}]\n`);
}

/** Ends the output of a command, before its exit status. No command prints it. */
const MARK = "\x1e";

/** Longer than any session takes, milliseconds: one that hangs is ended. */
const LIMIT = 120_000;

async function runInShell(commands: readonly string[]): Promise<string[]> {
  const marked = commands.map((command) => `${command}\nprintf '\\036%d\\n' $?\n`).join("");
  const left = `printf '%s' "$EVTCHN_FD$EVTCHN_SESSION"`;
  let outcome: Outcome;
  await withShells(async (shells) => {
    // `session list` and `session stop --all` see no session of others.
    const env = { TMPDIR: shells.folder, LC_ALL: "C.UTF-8" };
    const running = shells.start(`exec 2>&1\ncd '${shells.folder}'\n${marked}${left}`, env);
    const late = setTimeout(() => running.process.kill("SIGKILL"), LIMIT);
    outcome = await running.end();
    clearTimeout(late);
  });
  const pieces = outcome!.stdout.split(new RegExp(`${MARK}(\\d+)\n`));
  const came = commands.map((_, i) => withStatus(pieces[2 * i] ?? "", pieces[2 * i + 1] ?? "the shell has ended"));
  const rest = pieces.slice(2 * commands.length).join("");
  assertEquals(rest, "", "the session leaves EVTCHN_FD or EVTCHN_SESSION in the shell");
  return came;
}

function patternOf(lines: readonly string[]): RegExp {
  const parts = lines.map((line) =>
    line === "..." ? "(?:.*\n)*" : line.split("...").map((text) => RegExp.escape(text)).join(".*") + "\n"
  );
  return new RegExp(`^${parts.join("")}$`);
}

/** What a fence may be besides a session. */
const OTHERS = ["sh", "ts", "json", "mermaid", "text"];

/** Refuses what looks like a session and is not run. */
export function checkFence({ file, line, info, text }: Fence): void {
  const place = `${file}:${line}`;
  if (info === "console simulator" || info === "console real-xen") return;
  assert(OTHERS.includes(info), `${place}: "${info}" is no kind of fence: ${OTHERS.join(", ")}, console PLACE`);
  assert(!/^\s*[$#] (evtchn|xl|eval|export|exec)\b/m.test(text), `${place}: this session is not run`);
}

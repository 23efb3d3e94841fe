/**
 * The lines that were typed at prompts, kept in $XDG_STATE_HOME/evtchn/history, else below ~/.local/state. Several
 * prompts may use the file at once: each adds a line at its end as it is entered, under a lock (flock(2)).
 *
 * @module
 */

import { errnoOf } from "../errors.ts";
import { writeAllSync } from "./write.ts";

/** The most lines that are kept. */
export const HISTORY_LINES = 1000;

/** The most that is read of the file, bytes from its end: a line is short, so this is more than is kept. */
const READ_LIMIT = 1024 * 1024;

/** The bits of a mode that admit anyone but the owner. */
const OTHERS = 0o077;

export interface History {
  /** The lines of earlier prompts, the oldest first. */
  readonly lines: readonly string[];
  /** Keeps a line. Blank ones, and the same line again, are not kept. */
  add(line: string): void;
  /** Cuts the file to {@linkcode HISTORY_LINES}. */
  close(): void;
}

/**
 * Opens the history of this user. It never fails: where no history can be kept, a prompt does without.
 *
 * @param env Reads an environment variable.
 * @param unkept Told once why lines are not kept.
 */
export function openHistory(env: (name: string) => string | undefined, unkept: (reason: string) => void): History {
  const home = folderIn(env("HOME"));
  const state = folderIn(env("XDG_STATE_HOME"));
  if (home === undefined && state === undefined) {
    unkept("neither XDG_STATE_HOME nor HOME names a folder");
    return NO_HISTORY;
  }
  let path = state ?? home!;
  try {
    if (state === undefined) refuseOthers(home!); // sudo(8) may keep HOME, where root must leave nothing
    path = `${state ?? `${home}/.local/state`}/evtchn`;
    makePrivate(path);
    path += "/history";
    return new FileHistory(path, unkept);
  } catch (error) {
    unkept(reasonOf(error, path));
    return NO_HISTORY;
  }
}

const NO_HISTORY: History = { lines: [], add: () => {}, close: () => {} };

class FileHistory implements History {
  readonly lines: readonly string[];
  readonly #path: string;
  readonly #unkept: (reason: string) => void;
  #last: string | undefined;
  #failed = false;

  constructor(path: string, unkept: (reason: string) => void) {
    this.#path = path;
    this.#unkept = unkept;
    this.lines = withFile(path, cut);
    this.#last = this.lines.at(-1);
  }

  add(line: string): void {
    if (line.trim() === "" || line === this.#last) return;
    this.#last = line;
    this.#try(() => withFile(this.#path, (file) => append(file, `${line}\n`)));
  }

  close(): void {
    this.#try(() => withFile(this.#path, cut));
  }

  #try(work: () => unknown): void {
    if (this.#failed) return;
    try {
      work();
    } catch (error) {
      this.#failed = true;
      this.#unkept(reasonOf(error, this.#path));
    }
  }
}

/** The folder that a variable names. The XDG base directory specification has relative paths ignored. */
function folderIn(variable: string | undefined): string | undefined {
  return variable?.startsWith("/") ? variable : undefined;
}

/** @throws {Error} If the folder cannot be made, or is not this user's. */
function makePrivate(folder: string): void {
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const mode = refuseOthers(folder);
  if ((mode & OTHERS) !== 0) Deno.chmodSync(folder, 0o700);
}

/**
 * Returns the mode of a folder.
 *
 * @throws {Error} If it is another user's.
 */
function refuseOthers(folder: string): number {
  const { uid, mode } = Deno.statSync(folder);
  if (uid !== Deno.uid()) throw new Error("it is another user's");
  return mode!;
}

/** Opens the file, locked, so that no other prompt reads or writes it meanwhile. */
function withFile<T>(path: string, work: (file: Deno.FsFile) => T): T {
  using file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
  file.lockSync(true);
  if ((file.statSync().mode! & OTHERS) !== 0) Deno.chmodSync(path, 0o600);
  return work(file);
}

/** Writes at the end. A line that does not fit the disk leaves no part of it. */
function append(file: Deno.FsFile, text: string): void {
  const size = file.seekSync(0, Deno.SeekMode.End);
  try {
    writeAllSync(file, text);
  } catch (error) {
    file.truncateSync(size);
    throw error;
  }
}

/** Returns the newest lines, and removes the others from the file. */
function cut(file: Deno.FsFile): string[] {
  const { size } = file.statSync();
  const from = Math.max(0, size - READ_LIMIT);
  file.seekSync(from, Deno.SeekMode.Start);
  const bytes = new Uint8Array(size - from);
  let count = 0;
  for (let read: number | null; count < bytes.length && (read = file.readSync(bytes.subarray(count))) !== null;) {
    count += read;
  }
  const text = new TextDecoder().decode(bytes.subarray(0, count));
  const whole = from === 0 ? text : text.slice(text.indexOf("\n") + 1); // the first line may be cut
  const lines = whole.split("\n").filter((line) => line !== "");
  const kept = lines.slice(-HISTORY_LINES);
  const isWhole = text === "" || text.endsWith("\n");
  if (from > 0 || kept.length < lines.length || !isWhole) {
    file.seekSync(0, Deno.SeekMode.Start);
    writeAllSync(file, kept.map((line) => `${line}\n`).join(""));
    file.truncateSync(file.seekSync(0, Deno.SeekMode.Current));
  }
  return kept;
}

function reasonOf(error: unknown, path: string): string {
  if (error instanceof Deno.errors.NotCapable) return `Deno was not given access to "${path}"`;
  return `"${path}": ${errnoOf(error) ?? (error as Error).message}`;
}

/** Reads what --from names: a snapshot, bare outputs of tools, a folder of them, a status report. @module */

import { DeviceError, UsageError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { isReportFile, type NamedText, recordingOf } from "../snapshot/bare.ts";
import { isSnapshot, parseSnapshot } from "../snapshot/format.ts";
import type { Recording } from "../snapshot/recording.ts";
import { readInput } from "./input.ts";

/** The most characters of one recording. */
const LONGEST = 64 * 1024 * 1024;

/** The most files of a folder or a report that are read. */
const FILES_MAX = 1000;

/** The most bytes of an archive's table of contents: some 100,000 names. */
const CONTENTS_MAX = 16 * 1024 * 1024;

const ARCHIVE = /\.(?:tar|tar\.(?:bz2|gz|xz|zst)|tbz2?|tgz|zip)$/i;

/** Whether a file has to be unpacked by a program. */
export function isArchive(path: string): boolean {
  return ARCHIVE.test(path);
}

/**
 * Reads a recording.
 *
 * @returns Undefined if the signal came first.
 * @throws {UsageError} It cannot be read, or tells nothing.
 * @throws {DeviceError} The program that unpacks it is missing or fails.
 */
export async function readRecording(host: Host, path: string, signal: AbortSignal): Promise<Recording | undefined> {
  if (isArchive(path)) return told(path, await textsOfArchive(host, path, signal));
  const folder = path === "-" ? undefined : await host.folder(path);
  if (folder !== undefined) {
    const texts = await textsOfFolder(host, path, signal);
    const snapshots = texts.filter(({ text }) => isSnapshot(text));
    if (snapshots.length > 1) {
      throw new UsageError(`Cannot look at "${path}": it has ${snapshots.length} snapshots`, "name one of its files");
    }
    return snapshots.length === 1 ? parseSnapshot(snapshots[0].text) : told(path, texts);
  }
  const input = await readInput(host, path, signal, true);
  if (input === undefined) return undefined;
  if (input.text.length > LONGEST) throw tooLarge(path);
  return isSnapshot(input.text) ? parseSnapshot(input.text) : told(path, [input]);
}

function told(path: string, texts: readonly NamedText[]): Recording {
  const recording = recordingOf(texts);
  if (recording !== undefined) return recording;
  throw new UsageError(
    `Cannot look at "${path}": it is no snapshot and no output that evtchn knows`,
    "`evtchn collect` writes a snapshot; xenstore-ls -f, xl dmesg, xl list, lsevtchn and /proc/interrupts are known too",
  );
}

function tooLarge(path: string): UsageError {
  return new UsageError(`Cannot look at "${path}": it has more than ${LONGEST / 1024 / 1024} MiB`);
}

/** The texts of a folder's files, or of an unpacked status report. */
async function textsOfFolder(host: Host, path: string, signal: AbortSignal): Promise<NamedText[]> {
  const entries = await host.folder(path) ?? [];
  const names = entries.filter(({ kind }) => kind === "file").map(({ name }) => name);
  const report = names.includes("inventory.xml");
  const files = report ? [...names.filter(isReportFile), "proc/interrupts"] : names;
  if (files.length > FILES_MAX) throw new UsageError(`Cannot look at "${path}": it has more than ${FILES_MAX} files`);
  const texts: NamedText[] = [];
  let size = 0;
  for (const name of files.sort()) {
    if (name.startsWith(".")) continue;
    let input;
    try {
      input = await readInput(host, `${path}/${name}`, signal, true);
    } catch (error) {
      if (report && error instanceof UsageError) continue; // not every report has it
      throw error;
    }
    if (input === undefined) break;
    size += input.text.length;
    if (size > LONGEST) throw tooLarge(path);
    texts.push({ name, text: input.text });
  }
  return texts;
}

/** The texts of a status report that tell something. tar and unzip write them to their output: no file is written. */
async function textsOfArchive(host: Host, path: string, signal: AbortSignal): Promise<NamedText[]> {
  const zip = /\.zip$/i.test(path);
  const run = async (args: readonly string[], limit: number) => {
    const program = zip ? "unzip" : "tar";
    const { status, stdout, stderr, over } = await captured(host, program, args, limit, signal);
    if (over) throw tooLarge(path);
    if (status === 0 || signal.aborted) return stdout;
    const said = stderr.trim().split("\n").at(-1) ?? "";
    throw new DeviceError("from", "EIO", path, `Cannot unpack "${path}" (${program}: ${said})`, UNPACK);
  };
  const file = path.startsWith("-") ? `./${path}` : path;
  const contents = await run(zip ? ["-Z1", file] : ["-tf", file], CONTENTS_MAX);
  const names = contents.split("\n").filter((name) => isReportFile(name.replace(/^\.\//, "")) && PLAIN_NAME.test(name));
  if (names.length > FILES_MAX) throw new UsageError(`Cannot look at "${path}": it has more than ${FILES_MAX} files`);
  const texts: NamedText[] = [];
  let size = 0;
  for (const name of names) {
    const text = await run(zip ? ["-p", file, name] : ["-xOf", file, "--", name], LONGEST);
    size += text.length;
    if (size > LONGEST) throw tooLarge(path);
    texts.push({ name, text });
  }
  return texts;
}

/** A name that is no pattern and no option of unzip's or tar's. */
const PLAIN_NAME = /^[A-Za-z0-9_.%@+][\w./%@+-]{0,500}$/;

const UNPACK = "unpack it, and name its folder";

async function captured(host: Host, program: string, args: readonly string[], limit: number, signal: AbortSignal) {
  try {
    return await host.capture(program, args, { limit, signal });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new DeviceError("from", "ENOENT", program, `Cannot run "${program}", which unpacks`, UNPACK);
  }
}

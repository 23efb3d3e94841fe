/** Every transcript of this folder as a test, in a shell of one's choice. @module */

import { fail } from "@std/assert";
import { difference, parseTranscript, play, type Shell, type Transcript } from "./transcript.ts";

/** Registers a test that may leave no timer, promise or resource behind. */
export function test(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, fn, sanitizeOps: true, sanitizeResources: true, sanitizeExit: true });
}

const HERE = new URL(".", import.meta.url);

/** Where the transcripts are that read otherwise on illumos, under the names that they have here. */
const ILLUMOS = new URL("illumos/", HERE);

/** The transcripts by file name: those of Linux, or those in which illumos differs. */
export function transcripts(system: "linux" | "illumos" = "linux"): Map<string, Transcript> {
  const folder = system === "linux" ? HERE : ILLUMOS;
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".txt")).sort();
  return new Map(files.map((file) => [file, parseTranscript(Deno.readTextFileSync(new URL(file, folder)))]));
}

/**
 * Registers a test for each transcript, named after its behaviour.
 *
 * @param start Starts the shell, a new one for each.
 * @param where What stands before the title: which shell it is.
 * @param wanted Which of them, by file name; all by default.
 * @param all The transcripts; those of Linux by default.
 */
export function testTranscripts(
  start: () => Shell | Promise<Shell>,
  where = "transcript",
  wanted: (file: string) => boolean = () => true,
  all: ReadonlyMap<string, Transcript> = transcripts(),
): void {
  for (const [file, transcript] of all) {
    if (!wanted(file)) continue;
    test(`${where} ${file}: ${transcript.title}`, async () => {
      await using shell = await start();
      const text = difference(transcript, await play(transcript, shell));
      if (text !== undefined) fail(`${file} goes otherwise here:\n${text}`);
    });
  }
}

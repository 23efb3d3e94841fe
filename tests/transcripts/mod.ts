/** Registers the transcripts of this folder as tests. @module */

import { fail } from "@std/assert";
import { test } from "../support/test.ts";
import { difference, parseTranscript, play, type Shell, type Transcript } from "./transcript.ts";

export { test };

const HERE = new URL(".", import.meta.url);

/** The transcripts that differ on illumos, under the same names. */
const ILLUMOS = new URL("illumos/", HERE);

/** The transcripts by file name: all of Linux, or those that differ on illumos. */
export function transcripts(system: "linux" | "illumos" = "linux"): Map<string, Transcript> {
  const folder = system === "linux" ? HERE : ILLUMOS;
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".txt")).sort();
  return new Map(files.map((file) => [file, parseTranscript(Deno.readTextFileSync(new URL(file, folder)))]));
}

/**
 * Registers a test for each transcript.
 *
 * @param start Starts a new shell for each test.
 * @param where The prefix of the test titles.
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
      if (text !== undefined) fail(`${file} differs:\n${text}`);
    });
  }
}

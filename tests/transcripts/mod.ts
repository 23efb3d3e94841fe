/**
 * Every transcript of this folder as a test, in a shell of one's choice.
 *
 * @module
 */

import { fail } from "@std/assert";
import { difference, parseTranscript, play, type Shell } from "./transcript.ts";

/** Registers a test that may leave no timer, promise or resource behind. */
export function test(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, fn, sanitizeOps: true, sanitizeResources: true, sanitizeExit: true });
}

/**
 * Registers a test for each transcript, named after its behaviour.
 *
 * @param start Starts the shell, a new one for each.
 * @param where What stands before the title: which shell it is.
 * @param wanted Which of them, by file name; all by default.
 */
export function testTranscripts(
  start: () => Shell | Promise<Shell>,
  where = "transcript",
  wanted: (file: string) => boolean = () => true,
): void {
  const folder = new URL(".", import.meta.url);
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".txt"));
  for (const file of files.filter(wanted).sort()) {
    const transcript = parseTranscript(Deno.readTextFileSync(new URL(file, folder)));
    test(`${where} ${file}: ${transcript.title}`, async () => {
      await using shell = await start();
      const text = difference(transcript, await play(transcript, shell));
      if (text !== undefined) fail(`${file} goes otherwise here:\n${text}`);
    });
  }
}

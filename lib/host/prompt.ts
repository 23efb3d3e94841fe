import { errnoOf, UsageError } from "../errors.ts";
import { BrokenLine, readLines } from "../session/lines.ts";
import type { Prompt, PromptOptions } from "./host.ts";
import { writeAll } from "./write.ts";

/** The longest line that is read where there is no terminal, bytes. */
const LINE_LIMIT = 1024 * 1024;

/**
 * Opens the prompt of this process's terminal; without a terminal its lines come from standard input.
 *
 * @param env Reads an environment variable.
 */
export async function openPrompt(options: PromptOptions, env: (name: string) => string | undefined): Promise<Prompt> {
  if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) return pipedPrompt();
  const { terminalPrompt } = await import("./terminal_prompt.ts");
  return terminalPrompt(options, env);
}

function pipedPrompt(): Prompt {
  const lines = readLines(Deno.stdin, LINE_LIMIT, true);
  let written = Promise.resolve();
  return {
    terminal: false,
    async read() {
      await written; // throws if the reader has left or the disk is full
      try {
        return await lines.next().then(({ value }) => value ?? undefined);
      } catch (error) {
        if (error instanceof BrokenLine) throw new UsageError(error.message);
        throw new UsageError(`Cannot read standard input: ${errnoOf(error) ?? error}`);
      }
    },
    above(lines) {
      written = written.then(() => writeAll(Deno.stdout, lines));
      written.catch(() => {}); // the next read throws it
    },
    close: () => {},
  };
}

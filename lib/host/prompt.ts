import { createInterface } from "node:readline";
import { stdin, stdout } from "node:process";
import { errnoOf, UsageError } from "../errors.ts";
import { BrokenLine, readLines } from "../session/lines.ts";
import type { Prompt, PromptOptions } from "./host.ts";
import { writeAll } from "./write.ts";

const HISTORY = 1000;

/** The longest line that is read where there is no terminal, bytes. */
const LINE_LIMIT = 1024 * 1024;

/** Opens the prompt of this process's terminal; without a terminal its lines come from standard input. */
export function openPrompt(options: PromptOptions): Prompt {
  return stdin.isTTY === true && stdout.isTTY === true ? terminalPrompt(options) : pipedPrompt();
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

function terminalPrompt({ text, complete, interrupted }: PromptOptions): Prompt {
  const line = createInterface({
    input: stdin,
    output: stdout,
    terminal: true,
    prompt: text,
    historySize: HISTORY,
    removeHistoryDuplicates: true,
    completer(typed: string, done: (error: Error | null, found?: [string[], string]) => void) {
      complete(typed).then((found) => done(null, found), done);
    },
  });
  const typed: string[] = [];
  let wanted: ((line: string | undefined) => void) | undefined;
  let ended = false;
  const give = (value: string | undefined) => {
    const take = wanted;
    wanted = undefined;
    take?.(value);
  };
  line.on("line", (each: string) => wanted ? give(each) : typed.push(each));
  line.on("close", () => {
    ended = true;
    if (wanted !== undefined) stdout.write("\n"); // ^D leaves the cursor on the prompt's line
    give(undefined);
  });
  line.on("SIGINT", () => {
    if (wanted !== undefined) {
      line.write(null, { ctrl: true, name: "e" });
      line.write(null, { ctrl: true, name: "u" });
      stdout.write("\n");
      line.prompt();
    }
    interrupted();
  });
  return {
    terminal: true,
    read() {
      if (typed.length > 0) return Promise.resolve(typed.shift());
      if (ended) return Promise.resolve(undefined);
      line.prompt();
      return new Promise((resolve) => wanted = resolve);
    },
    above(lines) {
      if (wanted === undefined) return void stdout.write(lines);
      stdout.write(`\r\x1b[K${lines}`); // overwrites the prompt, which is drawn again below
      line.prompt(true);
    },
    close: () => line.close(),
  };
}

import { createInterface } from "node:readline";
import { stdin, stdout } from "node:process";
import type { Prompt, PromptOptions } from "./host.ts";

const HISTORY = 1000;

/** Opens a prompt at the terminal; without a terminal, lines are read from standard input. */
export function openPrompt({ text, complete, interrupted }: PromptOptions): Prompt {
  const terminal = stdin.isTTY === true && stdout.isTTY === true;
  const line = createInterface({
    input: stdin,
    output: terminal ? stdout : undefined,
    terminal,
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
    if (terminal && wanted !== undefined) stdout.write("\n"); // ^D leaves the cursor on the prompt's line
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
    terminal,
    read() {
      if (typed.length > 0) return Promise.resolve(typed.shift());
      if (ended) return Promise.resolve(undefined);
      if (terminal) line.prompt();
      return new Promise((resolve) => wanted = resolve);
    },
    above(lines) {
      if (!terminal || wanted === undefined) return void stdout.write(lines);
      stdout.write(`\r\x1b[K${lines}`); // overwrites the prompt, which is drawn again below
      line.prompt(true);
    },
    close: () => line.close(),
  };
}

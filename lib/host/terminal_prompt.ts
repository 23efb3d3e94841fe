/** The prompt at a terminal. The line is edited by node:readline. @module */

import { createInterface } from "node:readline";
import { stdin, stdout } from "node:process";
import { Writable } from "node:stream";
import type { Editor } from "./editor.ts";
import { type History, HISTORY_LINES, openHistory } from "./history.ts";
import { HistorySearch } from "./history_search.ts";
import type { Prompt, PromptOptions } from "./host.ts";

/** ^\ */
const QUIT = "\x1c";

/**
 * Opens the prompt of this process's terminal.
 *
 * @param env Reads an environment variable.
 */
export function terminalPrompt(options: PromptOptions, env: (name: string) => string | undefined): Prompt {
  return new TerminalPrompt(options, openHistory(env, options.unkept));
}

class TerminalPrompt implements Prompt {
  readonly terminal = true;
  readonly #options: PromptOptions;
  readonly #history: History;
  readonly #editor: Editor;
  readonly #search: HistorySearch;
  readonly #continued = () => this.#take();
  /** Lines that were typed or pasted before the shell asked for them. */
  #typed: string[] = [];
  /** Gets the line; undefined while a statement runs. Meanwhile readline's output is dropped, so nothing mixes. */
  #wanted: ((line: string | undefined) => void) | undefined;
  #ended = false;

  constructor(options: PromptOptions, history: History) {
    this.#options = options;
    this.#history = history;
    this.#editor = createInterface({
      input: stdin,
      output: screen(() => this.#wanted !== undefined, () => this.#resized()),
      terminal: true,
      prompt: options.text,
      history: history.lines.toReversed(),
      historySize: HISTORY_LINES,
      removeHistoryDuplicates: true,
      completer(typed: string, done: (error: Error | null, found?: [string[], string]) => void) {
        options.complete(typed).then((found) => done(null, found), done);
      },
    }) as unknown as Editor;
    const edit = this.#editor._ttyWrite.bind(this.#editor);
    this.#search = new HistorySearch(this.#editor, options.text);
    this.#editor._ttyWrite = (text, key) => {
      if (key.sequence === QUIT) return options.quit();
      if (this.#wanted === undefined || !this.#search.take(text, key)) edit(text, key);
    };
    this.#editor.on("line", (line: string) => this.#entered(line));
    this.#editor.on("close", () => this.#closed());
    this.#editor.on("SIGINT", () => this.#interrupted());
    this.#editor.on("SIGTSTP", () => this.#stop());
    Deno.addSignalListener("SIGCONT", this.#continued);
  }

  read(): Promise<string | undefined> {
    const line = this.#typed.shift();
    if (line !== undefined) {
      stdout.write(`${this.#options.text}${line}\n`);
      return Promise.resolve(line);
    }
    if (this.#ended) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#wanted = resolve;
      this.#drawAgain();
    });
  }

  above(lines: string): void {
    if (this.#wanted === undefined) return void stdout.write(lines);
    const { rows } = this.#editor.getCursorPos();
    stdout.write(`${rows > 0 ? `\x1b[${rows}A` : ""}\r\x1b[J${lines}`); // replaces the line, which is drawn again below
    this.#drawAgain();
  }

  close(): void {
    this.#editor.close();
  }

  #entered(line: string): void {
    this.#history.add(line);
    if (this.#wanted === undefined) this.#typed.push(line);
    else this.#give(line);
  }

  #closed(): void {
    this.#ended = true;
    if (this.#wanted !== undefined) stdout.write("\n"); // ^D leaves the cursor on the prompt's line
    Deno.removeSignalListener("SIGCONT", this.#continued);
    this.#history.close();
    this.#give(undefined);
  }

  #give(line: string | undefined): void {
    const take = this.#wanted;
    this.#wanted = undefined;
    take?.(line);
  }

  /** ^C drops the line, or cancels the statement and what was typed behind it. */
  #interrupted(): void {
    this.#typed = [];
    this.#editor.write(null, { ctrl: true, name: "e" });
    this.#editor.write(null, { ctrl: true, name: "u" });
    if (this.#wanted !== undefined) {
      stdout.write("\n");
      this.#editor.prompt();
    }
    this.#options.interrupted();
  }

  /** ^Z: stops what the terminal would stop, and goes on with the same line. */
  #stop(): void {
    if (Deno.permissions.querySync({ name: "run" }).state !== "granted") return; // signals are refused too
    stdin.setRawMode(false);
    stdout.write("\n");
    Deno.kill(0, "SIGTSTP"); // the whole job; it returns when the process continues
    stdin.setRawMode(true);
    this.#drawAgain();
  }

  /** The process continues: the shell that stopped it has set the terminal's modes. */
  #take(): void {
    stdin.setRawMode(true);
    if (this.#wanted !== undefined) this.#editor.prompt(true);
  }

  /** A terminal of another width has wrapped the line anew, so the cursor is in another row of it. */
  #resized(): void {
    this.#editor.prevRows = this.#editor.getCursorPos().rows;
  }

  /** Draws the line at the cursor. */
  #drawAgain(): void {
    this.#editor.prevRows = 0;
    if (this.#wanted !== undefined) this.#editor.prompt(true);
  }
}

/**
 * Standard output, for readline alone: what it writes while `shows` is false is dropped.
 *
 * @param resized Called before readline learns of a new size.
 */
function screen(shows: () => boolean, resized: () => void): Writable {
  const writable = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      if (shows()) stdout.write(text);
      done();
    },
  });
  Object.defineProperties(writable, {
    columns: { get: () => stdout.columns },
    rows: { get: () => stdout.rows },
  });
  stdout.on("resize", () => {
    resized();
    writable.emit("resize");
  });
  return writable;
}

/** ^R at the prompt: looks for a line that was typed before, as GNU readline does. @module */

import type { Key } from "node:readline";
import type { Editor } from "./editor.ts";

/** Keys that are no text to look for: they end the search and then do what they always do. */
// deno-lint-ignore no-control-regex
const NO_TEXT = /[\x00-\x1f\x7f]/;

export class HistorySearch {
  readonly #editor: Editor;
  readonly #prompt: string;
  /** What is looked for; undefined: no search goes on. */
  #text: string | undefined;
  /** Where in the history the found line is. */
  #at = -1;
  /** The line before the search. */
  #before = "";

  /** @param prompt The prompt to go back to. */
  constructor(editor: Editor, prompt: string) {
    this.#editor = editor;
    this.#prompt = prompt;
  }

  /** Takes a key if the search is for it; false: it is readline's. */
  take(text: string | undefined, { name, ctrl, meta }: Key): boolean {
    const again = ctrl === true && name === "r";
    if (this.#text === undefined) {
      if (!again) return false;
      this.#before = this.#editor.line;
      this.#look("", 0);
    } else if (again) {
      this.#look(this.#text, this.#at + 1);
    } else if (ctrl === true && name === "g") {
      this.#end(this.#before);
    } else if (name === "backspace") {
      this.#look(this.#text.slice(0, -1), 0);
    } else if (text !== undefined && meta !== true && !NO_TEXT.test(text)) {
      this.#look(this.#text + text, Math.max(0, this.#at));
    } else {
      this.#end(this.#editor.line);
      return name === "escape";
    }
    return true;
  }

  /** Finds the newest line from `from` on that has `text` in it. Without one, the line stays and the prompt says so. */
  #look(text: string, from: number): void {
    this.#text = text;
    const { history } = this.#editor;
    const found = text === "" ? -1 : history.findIndex((line, i) => i >= from && line.includes(text));
    if (found >= 0) this.#at = found;
    else if (text === "") this.#at = -1;
    const failed = text !== "" && found < 0 ? "failed " : "";
    this.#draw(`(${failed}search) ${text}: `, found >= 0 ? history[found] : this.#editor.line);
  }

  #end(line: string): void {
    this.#text = undefined;
    this.#at = -1;
    this.#draw(this.#prompt, line);
  }

  #draw(prompt: string, line: string): void {
    this.#editor.setPrompt(prompt);
    this.#editor.line = line;
    this.#editor.cursor = line.length;
    this.#editor.prompt(true);
  }
}

/** What a script prints: gathered, and written in one piece before anything waits. @module */

import type { Awaitable } from "../types.ts";

/** Where it goes. */
export interface ScriptStreams {
  /** Writes all of a text, on standard output. */
  write(text: string): Awaitable<void>;
  /** Tells the person something, on standard error: whole lines. */
  tell(text: string): void;
}

/** Characters that are gathered before they are written even if nothing waits. */
const GATHERED = 1 << 16;

/** The output of one script. */
export class ScriptOutput {
  readonly #streams: ScriptStreams;
  #text = "";

  /**
   * @param streams Where it goes.
   * @param json Whether records are written, not text for people.
   */
  constructor(streams: ScriptStreams, readonly json: boolean) {
    this.#streams = streams;
  }

  /** Whether there is more than should be kept. */
  get full(): boolean {
    return this.#text.length >= GATHERED;
  }

  /** Adds whole lines. */
  put(lines: string): void {
    this.#text += lines;
  }

  /** Writes what was gathered. */
  flush(): Awaitable<void> {
    const text = this.#text;
    if (text === "") return;
    this.#text = "";
    return this.#streams.write(text);
  }

  /** Tells the person whole lines, once what was printed before them is written. */
  async tell(lines: string): Promise<void> {
    await this.flush();
    this.#streams.tell(lines);
  }
}

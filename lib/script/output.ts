/** The output of a script, buffered until a statement waits. @module */

import type { Awaitable } from "../types.ts";

export interface ScriptStreams {
  /** Writes to standard output. */
  write(text: string): Awaitable<void>;
  /** Writes whole lines to standard error. */
  tell(text: string): void;
}

/** The buffer is written when it has this many characters. */
const GATHERED = 1 << 16;

export class ScriptOutput {
  readonly #streams: ScriptStreams;
  #text = "";

  constructor(streams: ScriptStreams, readonly json: boolean) {
    this.#streams = streams;
  }

  /** Whether it is time to flush. */
  get full(): boolean {
    return this.#text.length >= GATHERED;
  }

  /** Buffers whole lines. */
  put(lines: string): void {
    this.#text += lines;
  }

  flush(): Awaitable<void> {
    const text = this.#text;
    if (text === "") return;
    this.#text = "";
    return this.#streams.write(text);
  }

  /** Writes whole lines to standard error, after the buffered output. */
  async tell(lines: string): Promise<void> {
    await this.flush();
    this.#streams.tell(lines);
  }
}

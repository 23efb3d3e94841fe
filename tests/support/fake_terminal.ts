/**
 * A terminal that keeps its frames, and at which a test types.
 *
 * @module
 */

import type { Terminal, TerminalListener } from "../../lib/host/host.ts";

/** The terminal. */
export class FakeTerminal implements Terminal {
  columns = 80;
  rows = 24;
  /** Every frame, its lines. */
  readonly frames: (readonly string[])[] = [];
  /** How often it was taken and given back. */
  readonly log: ("open" | "close")[] = [];
  #listener: TerminalListener | undefined;
  #shown = Promise.withResolvers<void>();

  open(listener: TerminalListener): void {
    this.#listener = listener;
    this.log.push("open");
  }

  size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.columns, rows: this.rows };
  }

  show(lines: readonly string[]): void {
    this.frames.push(lines);
    this.#shown.resolve();
    this.#shown = Promise.withResolvers();
  }

  close(): void {
    this.log.push("close");
  }

  /** The frame that shows now. */
  get frame(): readonly string[] {
    return this.frames.at(-1) ?? [];
  }

  /** Waits until a frame has that in it; one that shows already counts. Returns it. */
  async until(pattern: RegExp): Promise<readonly string[]> {
    while (!pattern.test(this.frame.join("\n"))) await this.#shown.promise;
    return this.frame;
  }

  /** Waits for the next frame. Returns it. */
  async next(): Promise<readonly string[]> {
    await this.#shown.promise;
    return this.frame;
  }

  type(keys: string): void {
    for (const key of keys) this.#listener?.key(key);
  }

  resize(columns: number, rows: number): void {
    Object.assign(this, { columns, rows });
    this.#listener?.redraw();
  }
}

import type { Interface, Key } from "node:readline";

/** What readline has besides its declared types; Node's own prompt (REPL) uses it in the same way. */
export interface Editor extends Omit<Interface, "line" | "cursor"> {
  /** The line that is edited, and where in it the cursor is. */
  line: string;
  cursor: number;
  /** Lines that were typed before, the newest first. */
  readonly history: readonly string[];
  /** In which row of the line the cursor was drawn last. */
  prevRows?: number;
  /** Gets each key before readline does anything with it. */
  _ttyWrite(text: string | undefined, key: Key): void;
}

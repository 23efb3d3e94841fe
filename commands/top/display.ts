import type { Awaitable } from "../../lib/types.ts";

/** Shows the table, on a screen or as lines. */
export interface TopDisplay {
  /** Milliseconds between two frames. */
  readonly interval: number;
  /** Whether the user has quit. */
  readonly left: boolean;
  /** Aborts when {@linkcode TopDisplay.interval} or {@linkcode TopDisplay.left} has changed. */
  readonly wake: AbortSignal;
  show(): Awaitable<void>;
  /** Gives the terminal back. */
  close(): void;
}

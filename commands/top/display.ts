import type { Awaitable } from "../../lib/types.ts";

/** How the table is shown: on a screen, or as lines. */
export interface TopDisplay {
  /** Milliseconds between two looks. */
  readonly interval: number;
  /** Whether the user asked to leave. */
  readonly left: boolean;
  /** Aborts when {@linkcode TopDisplay.interval} or {@linkcode TopDisplay.left} has changed. */
  readonly wake: AbortSignal;
  /** Shows the table as the last interval left it. */
  show(): Awaitable<void>;
  /** Gives the terminal back. */
  close(): void;
}

/**
 * A live table where no person looks: a line a port each interval.
 *
 * @module
 */

import type { Palette } from "../../lib/render/human.ts";
import { overflowLine, recordLine } from "../../lib/render/json.ts";
import { utcTime } from "../../lib/render/time.ts";
import { topRecord, topText } from "./frame.ts";
import { type Order, sorted, type Top } from "./table.ts";
import type { Awaitable } from "../../lib/types.ts";
import type { Context } from "../../lib/cli/context.ts";
import type { TopFlags } from "./mod.ts";

/** What shows a table. */
export interface Face {
  /** Milliseconds between two looks. */
  readonly interval: number;
  /** Whether it is to end. */
  readonly left: boolean;
  /** Comes when {@linkcode Face.interval} or {@linkcode Face.left} has changed. */
  readonly wake: AbortSignal;
  /** Shows what an interval came to. */
  show(): Awaitable<void>;
  close(): void;
}

/** Lines on standard output. */
export class TopLines implements Face {
  readonly left = false;
  readonly wake: AbortSignal = new AbortController().signal;
  #overflows = 0;

  constructor(
    private readonly context: Context,
    private readonly flags: TopFlags,
    private readonly top: Top,
    private readonly order: Order,
    private readonly palette: Palette,
    readonly interval: number,
  ) {}

  async show(): Promise<void> {
    const { context, flags, top, palette } = this;
    const now = context.clock.now();
    const lines = sorted(top.rows(), this.order).map((row) =>
      flags.json ? recordLine(topRecord(row, now)) : `${topText(row, now, palette)}\n`
    );
    if (top.overflows > this.#overflows) {
      this.#overflows = top.overflows;
      if (flags.json) lines.unshift(overflowLine(utcTime(now)));
      else context.say("top: events were lost: the ring overflowed");
    }
    if (lines.length > 0) await context.host.stdout.write(lines.join(""));
  }

  close(): void {}
}

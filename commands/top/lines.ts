import { sayOverflow } from "../../lib/cli/lost.ts";
import type { Act } from "../../lib/cli/verb.ts";
import type { Palette } from "../../lib/render/human.ts";
import { overflowLine, recordLine } from "../../lib/render/json.ts";
import { utcTime } from "../../lib/render/time.ts";
import { topRecord, topText } from "./frame.ts";
import { type Order, sorted, type Top } from "./table.ts";
import type { TopDisplay } from "./display.ts";

/** The table without a terminal: at each interval a line or a record for each port. */
export class TopLines implements TopDisplay {
  readonly left = false;
  readonly wake: AbortSignal = new AbortController().signal;
  #overflows = 0;

  constructor(
    private readonly act: Act,
    private readonly top: Top,
    private readonly order: Order,
    private readonly palette: Palette,
    readonly interval: number,
  ) {}

  async show(): Promise<void> {
    const { act, top, palette } = this;
    const now = act.clock.now();
    const lines = sorted(top.rows(), this.order).map((row) =>
      act.json ? recordLine(topRecord(row, now)) : `${topText(row, now, palette)}\n`
    );
    if (top.overflows > this.#overflows) {
      this.#overflows = top.overflows;
      if (act.json) lines.unshift(overflowLine(utcTime(now)));
      else await sayOverflow(act);
    }
    if (lines.length > 0) await act.write(lines.join(""));
  }

  close(): void {}
}

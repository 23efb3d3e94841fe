/** A live table on a terminal, with its keys. @module */

import type { Palette } from "../../lib/render/human.ts";
import { topFrame } from "./frame.ts";
import { type Order, sorted, type SortKey, type Top, type TopRow } from "./table.ts";
import type { Host, Terminal } from "../../lib/host/host.ts";
import type { TopDisplay } from "./display.ts";

const SORTS: Readonly<Record<string, SortKey>> = { r: "rate", t: "total", l: "last", p: "port" };

/** The intervals that + and - go through, milliseconds. */
const INTERVALS = [100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];

export class TopScreen implements TopDisplay {
  left = false;
  #wake = new AbortController();
  #terminal!: Terminal;
  #paused = false;
  /** The rows at the end of the last interval, or when the user paused. */
  #rows: readonly TopRow[];
  #now: number;

  private constructor(
    private readonly host: Host,
    private readonly top: Top,
    private order: Order,
    private readonly palette: Palette,
    public interval: number,
  ) {
    this.#rows = top.rows();
    this.#now = host.clock.now();
  }

  /** Takes the terminal and draws the first frame. */
  static async open(host: Host, top: Top, order: Order, palette: Palette, interval: number): Promise<TopScreen> {
    const screen = new TopScreen(host, top, order, palette, interval);
    screen.#terminal = await host.openTerminal({ key: (key) => screen.#key(key), redraw: () => screen.#redraw() });
    screen.#draw();
    return screen;
  }

  get wake(): AbortSignal {
    return this.#wake.signal;
  }

  show(): void {
    if (!this.#paused) {
      this.#rows = this.top.rows();
      this.#now = this.host.clock.now();
    }
    this.#draw();
  }

  close(): void {
    this.#terminal.close();
  }

  #key(key: string): void {
    const sort = SORTS[key.toLowerCase()];
    if (key === "q" || key === "Q") {
      this.left = true;
      return this.#ring();
    }
    if (sort !== undefined) this.order = { key: sort, reversed: sort === this.order.key && !this.order.reversed };
    else if (key === " ") this.#paused = !this.#paused;
    else if (key === "+" || key === "-") this.#change(key);
    else return;
    this.#redraw();
  }

  /** Draws between two intervals. An error is ignored: the next {@linkcode show} throws it to its caller. */
  #redraw(): void {
    try {
      this.#draw();
    } catch {
      // the terminal is gone
    }
  }

  #change(key: "+" | "-"): void {
    const next = key === "+"
      ? INTERVALS.find((each) => each > this.interval)
      : INTERVALS.findLast((each) => each < this.interval);
    this.interval = next ?? this.interval;
    this.#ring();
  }

  /** Ends the wait for the next interval. */
  #ring(): void {
    const before = this.#wake;
    this.#wake = new AbortController();
    before.abort(null); // without a reason, abort() would make a stack trace
  }

  #draw(): void {
    const view = {
      rows: sorted(this.#rows, this.order),
      order: this.order,
      interval: this.interval,
      paused: this.#paused,
      overflows: this.top.overflows,
      now: this.#now,
    };
    this.#terminal.show(topFrame(view, this.#terminal.size(), this.palette));
  }
}

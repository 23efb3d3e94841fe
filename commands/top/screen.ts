/** A live table on a terminal, with its keys. @module */

import type { Palette } from "../../lib/render/human.ts";
import { topFrame } from "./frame.ts";
import { type Order, sorted, type SortKey, type Top, type TopRow } from "./table.ts";
import type { Host, Terminal } from "../../lib/host/host.ts";
import type { TopDisplay } from "./display.ts";

/** What the keys sort by. */
const SORTS: Readonly<Record<string, SortKey>> = { r: "rate", t: "total", l: "last", p: "port" };

/** The intervals that + and - go through, milliseconds. */
const INTERVALS = [100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];

/** The table on the screen. */
export class TopScreen implements TopDisplay {
  left = false;
  #wake = new AbortController();
  #terminal!: Terminal;
  #paused = false;
  /** What is shown: as the last interval ended, or when it was paused. */
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

  /** Takes the terminal and shows what there is. */
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

  /** Shows it between two looks. What fails here fails again at the next look, whose caller hears of it. */
  #redraw(): void {
    try {
      this.#draw();
    } catch {
      // the terminal takes no more
    }
  }

  #change(key: "+" | "-"): void {
    const next = key === "+"
      ? INTERVALS.find((each) => each > this.interval)
      : INTERVALS.findLast((each) => each < this.interval);
    this.interval = next ?? this.interval;
    this.#ring();
  }

  /** Wakes who waits for the end of the interval. */
  #ring(): void {
    const before = this.#wake;
    this.#wake = new AbortController();
    before.abort(null); // a reason of its own would cost a stack trace
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

/** How often ports fire: counted as events come, looked at an interval at a time. @module */

import type { Port } from "../../lib/types.ts";

/** How many intervals of a port are remembered: more than a terminal is wide. */
const REMEMBERED = 512;

/** What a table can be sorted by. */
export const SORT_KEYS = ["rate", "total", "last", "port"] as const;

/** One of {@linkcode SORT_KEYS}. */
export type SortKey = typeof SORT_KEYS[number];

/** The order of a table. */
export interface Order {
  readonly key: SortKey;
  /** Whether it is the other way round than usual: the busiest and the latest come first, ports count up. */
  readonly reversed: boolean;
}

/** One port at the end of an interval. */
export interface TopRow {
  readonly port: Port;
  readonly channel: string;
  /** Events a second in the last interval. */
  readonly rate: number;
  /** Events since it began. */
  readonly total: number;
  /** When the last one was read: microseconds since 1970; undefined: there was none. */
  readonly last: number | undefined;
  /** Events a second, an interval each, the newest last. */
  readonly history: readonly number[];
}

/** A row that still counts. */
interface Counter {
  readonly port: Port;
  channel: string;
  rate: number;
  total: number;
  last: number | undefined;
  readonly history: number[];
  /** Events since the last interval ended. */
  fresh: number;
}

/** Counts the events of ports. */
export class Top {
  readonly #counters = new Map<Port, Counter>();
  #since: number;
  /** How often events were lost. */
  overflows = 0;

  /** @param now When it begins, on a monotonic clock, milliseconds. */
  constructor(now: number) {
    this.#since = now;
  }

  /** How many ports there are. */
  get size(): number {
    return this.#counters.size;
  }

  /** A port is there, as that channel, whether it fires or not. */
  know(port: Port, channel: string): void {
    const counter = this.#counters.get(port);
    if (counter !== undefined && counter.channel === channel) return;
    // Xen gives a closed port's number to the next one: it is another channel then.
    const fresh = { port, channel, rate: 0, total: 0, last: undefined, history: [], fresh: 0 };
    this.#counters.set(port, fresh);
  }

  /** Ports other than these are gone. */
  keep(ports: ReadonlySet<Port>): void {
    for (const port of this.#counters.keys()) if (!ports.has(port)) this.#counters.delete(port);
  }

  /** A port fired. `time` is microseconds since 1970. */
  count(port: Port, channel: string, time: number): void {
    let counter = this.#counters.get(port);
    if (counter === undefined || counter.channel !== channel) {
      this.know(port, channel);
      counter = this.#counters.get(port)!;
    }
    counter.fresh++;
    counter.total++;
    counter.last = time;
  }

  /** Ends an interval at `now`, on the monotonic clock, and begins the next. */
  tick(now: number): void {
    const seconds = (now - this.#since) / 1000;
    this.#since = now;
    if (seconds <= 0) return;
    for (const counter of this.#counters.values()) {
      counter.rate = counter.fresh / seconds;
      counter.fresh = 0;
      counter.history.push(counter.rate);
      if (counter.history.length > 2 * REMEMBERED) counter.history.splice(0, REMEMBERED);
    }
  }

  /** The ports as they are now; later events change none of it. */
  rows(): TopRow[] {
    return [...this.#counters.values()].map(({ port, channel, rate, total, last, history }) => ({
      port,
      channel,
      rate,
      total,
      last,
      history: history.slice(-REMEMBERED),
    }));
  }
}

/** What comes first, where two ports differ in it. */
const COMPARE: Readonly<Record<SortKey, (a: TopRow, b: TopRow) => number>> = {
  rate: (a, b) => b.rate - a.rate,
  total: (a, b) => b.total - a.total,
  last: (a, b) => (b.last ?? 0) - (a.last ?? 0),
  port: (a, b) => a.port - b.port,
};

/** Rows in an order; those that are equal in it by port. */
export function sorted(rows: readonly TopRow[], { key, reversed }: Order): TopRow[] {
  const sign = reversed ? -1 : 1;
  return [...rows].sort((a, b) => sign * COMPARE[key](a, b) || a.port - b.port);
}

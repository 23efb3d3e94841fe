/** Counts the events of ports, interval by interval. @module */

import { U32_MAX } from "../../lib/parse.ts";
import type { PortNameFields } from "../../lib/render/port_name.ts";
import type { DeviceStatsRecord } from "../../lib/records.ts";
import type { Port } from "../../lib/types.ts";

/** How many intervals are kept: more than the columns of a terminal. */
const REMEMBERED = 512;

/** Adds the rate of an interval, and drops old ones now and then. */
export function remember(history: number[], rate: number): void {
  history.push(rate);
  if (history.length > 2 * REMEMBERED) history.splice(0, REMEMBERED);
}

/** The intervals that are kept, as a copy. */
export function remembered(history: readonly number[]): number[] {
  return history.slice(-REMEMBERED);
}

export const SORT_KEYS = ["rate", "total", "last", "port"] as const;

export type SortKey = typeof SORT_KEYS[number];

export interface Order {
  readonly key: SortKey;
  /** The usual order is: highest rate, highest total and latest event first, ports ascending. */
  readonly reversed: boolean;
}

/** One port, or one device of this domain's kernel, at the end of an interval. */
export interface TopRow {
  /** Undefined for a device. */
  readonly port: Port | undefined;
  /** What the port is bound as; or the device, as in `vif/0 of 1`. */
  readonly channel: string;
  /** What is known of the other end and of the device. */
  readonly name: PortNameFields;
  /** Events a second in the last interval. */
  readonly rate: number;
  readonly total: number;
  /** When the last event was read: microseconds since 1970; undefined: none yet. */
  readonly last: number | undefined;
  /** Events a second in each interval, the newest last. */
  readonly history: readonly number[];
  /** Whether the kernel made events of the device wait in the last interval (XSA-332). */
  readonly storm?: boolean;
  /** What the kernel counts of the device; undefined for a port. */
  readonly device?: DeviceStatsRecord;
}

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

export class Top {
  readonly #counters = new Map<Port, Counter>();
  #devices: readonly TopRow[] = [];
  #since: number;
  /** How often the ring overflowed. */
  overflows = 0;

  /**
   * @param now The start: milliseconds of a monotonic clock.
   * @param nameOf What is known of a port that is bound as `channel`.
   */
  constructor(now: number, private readonly nameOf: (port: Port, channel: string) => PortNameFields = () => ({})) {
    this.#since = now;
  }

  /** Adds a port that is bound as that channel, even if it has not fired yet. */
  know(port: Port, channel: string): void {
    const counter = this.#counters.get(port);
    if (counter !== undefined && counter.channel === channel) return;
    // Xen reuses the number of a closed port: it is another channel then.
    const fresh = { port, channel, rate: 0, total: 0, last: undefined, history: [], fresh: 0 };
    this.#counters.set(port, fresh);
  }

  /** Removes all other ports. */
  keep(ports: ReadonlySet<Port>): void {
    for (const port of this.#counters.keys()) if (!ports.has(port)) this.#counters.delete(port);
  }

  /** Counts an event. `time` is microseconds since 1970. */
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

  /** Ends an interval at `now` (monotonic, milliseconds) and begins the next. */
  tick(now: number): void {
    const seconds = (now - this.#since) / 1000;
    this.#since = now;
    if (seconds <= 0) return;
    for (const counter of this.#counters.values()) {
      counter.rate = counter.fresh / seconds;
      counter.fresh = 0;
      remember(counter.history, counter.rate);
    }
  }

  /** The present ports, and what they are bound as. */
  ports(): { readonly port: Port; readonly name: string }[] {
    return [...this.#counters.values()].map(({ port, channel }) => ({ port, name: channel }));
  }

  /** Shows these devices from now on, beside the ports. */
  showDevices(rows: readonly TopRow[]): void {
    this.#devices = rows;
  }

  /** A copy of the present rows. */
  rows(): TopRow[] {
    const ports = [...this.#counters.values()].map(({ port, channel, rate, total, last, history }) => ({
      port,
      channel,
      name: this.nameOf(port, channel),
      rate,
      total,
      last,
      history: remembered(history),
    }));
    return [...ports, ...this.#devices];
  }
}

/** What comes first, where two ports differ in it. */
const COMPARE: Readonly<Record<SortKey, (a: TopRow, b: TopRow) => number>> = {
  rate: (a, b) => b.rate - a.rate,
  total: (a, b) => b.total - a.total,
  last: (a, b) => (b.last ?? 0) - (a.last ?? 0),
  port: (a, b) => byPort(a) - byPort(b),
};

/** Devices stand behind all ports. */
function byPort({ port }: TopRow): number {
  return port ?? U32_MAX + 1;
}

/** Sorted rows; equal ones by port. */
export function sorted(rows: readonly TopRow[], { key, reversed }: Order): TopRow[] {
  const sign = reversed ? -1 : 1;
  return [...rows].sort((a, b) => sign * COMPARE[key](a, b) || byPort(a) - byPort(b));
}

/**
 * One handle's events for several watchers, who come and go.
 *
 * The ring is read only while somebody watches: otherwise events wait in the kernel. An event goes to every watcher
 * that wants it and its port is unmasked then, unless none of them would have it so; an event that nobody wants is kept, its port left masked, for the first
 * watcher who does. So there is at most one kept event a bound port, and none is lost because of who watched when.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { EventChannelDevice } from "./handle.ts";
import type { Port } from "../types.ts";
import { type PendingEvent, watch, type WatchSink } from "./watch.ts";
import { type Wanted, Watcher } from "./watcher.ts";

/** Events of a handle, shared. */
export class EventHub {
  readonly #device: EventChannelDevice;
  readonly #clock: Clock;
  readonly #watchers = new Set<Watcher>();
  /** Events that nobody has wanted yet, in the order they came. */
  #kept: { time: number; event: PendingEvent }[] = [];
  #pump: Promise<void> | undefined;
  #stop = new AbortController();
  /** How many events each port has had. */
  readonly counts = new Map<Port, number>();
  /** Ports whose last event has been read and that have not been unmasked since. */
  readonly masked = new Set<Port>();

  constructor(device: EventChannelDevice, clock: Clock) {
    this.#device = device;
    this.#clock = clock;
  }

  /** Begins to watch. What was kept and is wanted comes first. */
  async subscribe(wanted: Wanted): Promise<Watcher> {
    const watcher = new Watcher(wanted, (gone) => this.#leave(gone));
    this.#watchers.add(watcher);
    const kept = this.#kept;
    this.#kept = [];
    const [given, due]: [typeof kept, Port[]] = [[], []];
    for (const { time, event } of kept) {
      const bound = this.#device.bindings.has(event.port);
      const now = { ...event, stale: event.stale || (this.#device.exclusive && !bound) };
      // Who names a port that is bound anew means the new one.
      const meant = !event.stale || !bound || wanted.ports === undefined;
      const taken = meant && watcher.offer(time, now);
      (taken ? given : this.#kept).push({ time, event });
      if (taken && !now.stale) due.push(event.port);
    }
    try {
      if (due.length > 0 && watcher.unmasks) await this.#unmask(due);
    } catch (error) {
      this.#kept = [...given, ...this.#kept]; // nobody has seen them: they are for the next one
      await watcher.close();
      throw error;
    }
    this.#run();
    return watcher;
  }

  /**
   * A port is closed: what is known of it is forgotten. A kept event of it stays, and is told as a stale one, even if
   * the port is bound anew by then: Xen reuses ports at once. An older one gives way to it.
   */
  forget(port: Port): void {
    const kept = this.#kept.filter(({ event }) => event.port !== port || !event.stale);
    if (kept.some(({ event }) => event.port === port)) this.#kept = kept;
    this.#kept = this.#kept.map((each) =>
      each.event.port === port ? { ...each, event: { ...each.event, stale: true } } : each
    );
    this.counts.delete(port);
    this.masked.delete(port);
  }

  /** The handle was reset: what was kept came before that, and is dropped as the ring is. */
  reset(): void {
    this.#kept = [];
  }

  /** Ports were read by a verb, past every watcher. */
  taken(ports: Iterable<Port>): void {
    for (const port of ports) {
      this.counts.set(port, (this.counts.get(port) ?? 0) + 1);
      this.masked.add(port);
    }
  }

  /** Ports were unmasked by a verb. */
  unmasked(ports: Iterable<Port>): void {
    for (const port of ports) this.masked.delete(port);
  }

  /** Ends every watch. */
  async close(): Promise<void> {
    for (const watcher of [...this.#watchers]) void watcher.close();
    await this.#pump;
  }

  async #unmask(ports: readonly Port[]): Promise<void> {
    await this.#device.unmask(ports);
    this.unmasked(ports);
  }

  /** Returns when the ring is not read on the watcher's account any more. */
  #leave(watcher: Watcher): Promise<void> | undefined {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return undefined;
    this.#stop.abort(null); // a reason of its own would cost a stack trace
    return this.#pump;
  }

  /** Keeps one reader of the ring running while there are watchers. */
  #run(): void {
    if (this.#pump !== undefined || this.#watchers.size === 0) return;
    this.#stop = new AbortController();
    const sink: WatchSink = {
      pending: (time, events) => this.#deal(time, events),
      overflow: (time) => {
        for (const watcher of this.#watchers) watcher.lost(time);
      },
      skipped: () => {},
    };
    this.#pump = watch(this.#device, { bindings: [], unmask: true }, sink, this.#clock, this.#stop.signal)
      .then(() => {}, (error) => {
        for (const watcher of [...this.#watchers]) watcher.fail(error);
      })
      .finally(() => {
        this.#pump = undefined;
        this.#run(); // somebody may have come while the last one left
      });
  }

  /** Gives events to whom they belong. Returns the ports that stay masked, their events being kept. */
  #deal(time: number, events: readonly PendingEvent[]): ReadonlySet<Port> {
    const stay = new Set<Port>();
    for (const event of events) {
      this.counts.set(event.port, (this.counts.get(event.port) ?? 0) + 1);
      let [taken, unmask] = [false, false];
      for (const watcher of this.#watchers) {
        if (!watcher.offer(time, event)) continue;
        taken = true;
        unmask ||= watcher.unmasks;
      }
      if (unmask) continue;
      if (!taken) this.#kept.push({ time, event });
      stay.add(event.port);
      this.masked.add(event.port);
    }
    return stay;
  }
}

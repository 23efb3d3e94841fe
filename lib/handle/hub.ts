/**
 * One handle's events for several watchers. The ring is read only while somebody watches.
 *
 * An event goes to every watcher that wants it; its port is then unmasked, unless every one of them asked for
 * --no-unmask. An event that nobody wants is kept, its port masked, for the first watcher that wants it. @module
 */

import type { Clock } from "../clock.ts";
import type { EventChannelDevice } from "./handle.ts";
import type { Port } from "../types.ts";
import { type PendingEvent, watch, type WatchSink } from "./watch.ts";
import { type Wanted, Watcher } from "./watcher.ts";

export class EventHub {
  readonly #watchers = new Set<Watcher>();
  /** Events that nobody has wanted yet, oldest first. */
  #kept: { time: number; event: PendingEvent }[] = [];
  #pump: Promise<void> | undefined;
  #stop = new AbortController();
  /** Events read from each port. */
  readonly counts = new Map<Port, number>();
  /** Ports that have fired and have not been unmasked since. */
  readonly masked = new Set<Port>();

  constructor(private readonly device: EventChannelDevice, private readonly clock: Clock) {}

  /** Kept events that the watcher wants come first. */
  async subscribe(wanted: Wanted): Promise<Watcher> {
    const watcher = new Watcher(wanted, (gone) => this.#leave(gone));
    this.#watchers.add(watcher);
    const kept = this.#kept;
    this.#kept = [];
    const [given, due]: [typeof kept, Port[]] = [[], []];
    for (const { time, event } of kept) {
      const bound = this.device.bindings.has(event.port);
      const now = { ...event, stale: event.stale || (this.device.exclusive && !bound) };
      // A watcher that names a port which was closed and bound again means the new binding.
      const meant = !event.stale || !bound || wanted.ports === undefined;
      const taken = meant && watcher.offer(time, now);
      (taken ? given : this.#kept).push({ time, event });
      if (taken && !now.stale) due.push(event.port);
    }
    try {
      if (due.length > 0 && watcher.unmasks) {
        await this.device.unmask(due);
        this.unmasked(due);
      }
    } catch (error) {
      this.#kept = [...given, ...this.#kept]; // nobody has seen them: keep them for the next watcher
      await watcher.close();
      throw error;
    }
    this.#run();
    return watcher;
  }

  /** A kept event of a closed port becomes stale, even if Xen reuses the port. It replaces an older stale one. */
  forget(port: Port): void {
    const kept = this.#kept.filter(({ event }) => event.port !== port || !event.stale);
    if (kept.some(({ event }) => event.port === port)) this.#kept = kept;
    this.#kept = this.#kept.map((each) =>
      each.event.port === port ? { ...each, event: { ...each.event, stale: true } } : each
    );
    this.counts.delete(port);
    this.masked.delete(port);
  }

  /** The handle was reset: earlier events are dropped. */
  reset(): void {
    this.#kept = [];
  }

  /** A verb read these events, past every watcher. */
  taken(ports: Iterable<Port>): void {
    for (const port of ports) {
      this.counts.set(port, (this.counts.get(port) ?? 0) + 1);
      this.masked.add(port);
    }
  }

  unmasked(ports: Iterable<Port>): void {
    for (const port of ports) this.masked.delete(port);
  }

  /** The handle is lost: ends every watch with an error. */
  fail(error: unknown): void {
    for (const watcher of [...this.#watchers]) watcher.fail(error);
  }

  async close(): Promise<void> {
    for (const watcher of [...this.#watchers]) void watcher.close();
    await this.#pump;
  }

  #leave(watcher: Watcher): Promise<void> | undefined {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return undefined;
    this.#stop.abort(null); // the default reason would cost a stack trace
    return this.#pump;
  }

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
    this.#pump = watch(this.device, { bindings: [], unmask: true }, sink, this.clock, this.#stop.signal)
      .then(() => {}, (error) => this.fail(error))
      .finally(() => {
        this.#pump = undefined;
        this.#run(); // a watcher may have come while the last one left
      });
  }

  /** Returns the ports that stay masked. */
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

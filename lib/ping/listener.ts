/** How a ping receives events: directly from a handle, or as one of several watchers. @module */

import type { Clock } from "../clock.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import { isShared, type Subscription } from "../handle/shared.ts";
import { cannotRead, waitForEvents } from "../handle/watch.ts";
import { nextBefore } from "../handle/watch_shared.ts";
import type { Delivery } from "../handle/queue.ts";
import type { Awaitable, Port } from "../types.ts";

/** Receives the events of some ports. It leaves out the first event of a port, which binding causes. */
export interface Listener {
  /** How many times to call {@linkcode Listener.now} before {@linkcode Listener.wait}. */
  readonly tries: number;
  /** The ports that have fired, valid until the next call; undefined for none. */
  now(): Awaitable<ArrayLike<Port> | undefined>;
  /** Waits for events. Returns false at `end` (monotonic milliseconds, or Infinity), or when the signal aborts. */
  wait(end: number, signal: AbortSignal): Promise<boolean>;
  /** Unmasks ports, so that they can fire again. */
  rearm(ports: readonly Port[]): Awaitable<unknown>;
  /** Leaves the handle open. */
  close(): Awaitable<void>;
}

/** A poll(2) that waits uses another thread, which takes longer than the answer of a peer on another CPU. */
const TRIES = 100;

/** Starts listening. `skipped` gets the other ports of a handle that is not shared: they were read and stay masked. */
export async function openListener(
  device: EventChannelDevice,
  ports: Iterable<Port>,
  clock: Clock,
  skipped: (ports: readonly Port[]) => void,
): Promise<Listener> {
  const wanted = new Set(ports);
  return isShared(device)
    ? new SharedListener(await device.subscribe({ ports: wanted }), clock)
    : new HandleListener(device, wanted, clock, skipped);
}

/** Listens with read(2) and poll(2) to a handle that nobody else reads. */
export class HandleListener implements Listener {
  readonly tries: number = TRIES;
  readonly #device: EventChannelDevice;
  readonly #wanted: ReadonlySet<Port>;
  readonly #clock: Clock;
  readonly #skipped: (ports: readonly Port[]) => void;

  constructor(
    device: EventChannelDevice,
    wanted: ReadonlySet<Port>,
    clock: Clock,
    skipped: (ports: readonly Port[]) => void,
  ) {
    this.#device = device;
    this.#wanted = wanted;
    this.#clock = clock;
    this.#skipped = skipped;
  }

  now(): Awaitable<ArrayLike<Port> | undefined> {
    const ports = this.#device.read();
    return ports instanceof Promise ? ports.then((ports) => this.#heard(ports)) : this.#heard(ports);
  }

  wait(end: number, signal: AbortSignal): Promise<boolean> {
    return waitForEvents(this.#device, "ping", end, this.#clock, signal);
  }

  rearm(ports: readonly Port[]): Awaitable<unknown> {
    return this.#device.unmask(ports);
  }

  close(): void {}

  #heard(ports: Awaited<ReturnType<EventChannelDevice["read"]>>): ArrayLike<Port> | undefined {
    if (typeof ports === "string") {
      if (ports === "EAGAIN" || ports === "EINTR") return undefined;
      throw cannotRead(this.#device, "ping", ports);
    }
    if (ports.length === 0) return undefined;
    const { firstEvents } = this.#device;
    if (ports.every((port) => this.#wanted.has(port) && !firstEvents.has(port))) return ports;
    return this.#filter(ports);
  }

  /** Removes other ports, and first events, whose ports it unmasks. */
  #filter(ports: Uint32Array): ArrayLike<Port> | undefined {
    const others = [...ports].filter((port) => !this.#wanted.has(port));
    if (others.length > 0) this.#skipped(others);
    const wanted = [...ports].filter((port) => this.#wanted.has(port));
    const first = wanted.filter((port) => this.#device.firstEvents.delete(port));
    if (first.length > 0) void this.#device.unmask(first);
    const heard = wanted.filter((port) => !first.includes(port));
    return heard.length > 0 ? heard : undefined;
  }
}

/** Listens to a shared handle, which unmasks ports itself. */
class SharedListener implements Listener {
  readonly tries: number = 1;
  readonly #subscription: Subscription;
  readonly #clock: Clock;
  #next: Delivery | undefined;

  constructor(subscription: Subscription, clock: Clock) {
    this.#subscription = subscription;
    this.#clock = clock;
  }

  async now(): Promise<ArrayLike<Port> | undefined> {
    const delivery = this.#next ?? await this.#subscription.next(Promise.resolve());
    this.#next = undefined;
    if (delivery?.kind !== "events") return undefined;
    const heard = delivery.events.filter(({ initial, stale }) => !initial && !stale).map(({ port }) => port);
    return heard.length > 0 ? heard : undefined;
  }

  async wait(end: number, signal: AbortSignal): Promise<boolean> {
    this.#next ??= await nextBefore(this.#subscription, end, this.#clock, signal);
    return this.#next !== undefined;
  }

  rearm(): void {}

  close(): Awaitable<void> {
    return this.#subscription.close();
  }
}

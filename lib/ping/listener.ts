/**
 * Where a ping hears its events: from the handle itself, or as one of several who watch it.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import type { SharedHandle, Subscription } from "../handle/shared.ts";
import type { Awaitable, Port } from "../types.ts";
import { cannotRead, waitForEvents } from "../handle/watch.ts";
import { nextBefore } from "../handle/watch_shared.ts";
import type { Delivery } from "../handle/queue.ts";

/** Events of a ping's own ports. The event that a bind itself causes is none of them. */
export interface Ears {
  /** How often it is worth to ask {@linkcode Ears.now} again before one waits. */
  readonly tries: number;
  /** The ports that have fired, if any have: valid until the next call. */
  now(): Awaitable<ArrayLike<Port> | undefined>;
  /**
   * Waits until {@linkcode Ears.now} may have something.
   *
   * @param end When that ends, on the monotonic clock, milliseconds; Infinity: never.
   * @returns False: the end came first, or the signal did.
   */
  wait(end: number, signal: AbortSignal): Promise<boolean>;
  /** Lets ports fire again. */
  rearm(ports: readonly Port[]): Awaitable<unknown>;
  /** Stops to listen. The handle is left open. */
  close(): Awaitable<void>;
}

/**
 * How often a handle is read before poll(2) waits for it. A poll that waits goes through a thread, which costs more
 * than the answer of a peer on the next processor.
 */
const TRIES = 100;

/** The ears of one who has the handle to himself: read(2), poll(2), write(2). */
export class HandleEars implements Ears {
  readonly tries: number = TRIES;
  readonly #device: EventChannelDevice;
  readonly #ours: ReadonlySet<Port>;
  readonly #clock: Clock;
  readonly #skipped: (ports: readonly Port[]) => void;

  /**
   * @param device The handle.
   * @param ours The ports to listen to.
   * @param skipped Is told of other ports whose events were taken from the ring too. They stay masked.
   */
  constructor(
    device: EventChannelDevice,
    ours: ReadonlySet<Port>,
    clock: Clock,
    skipped: (ports: readonly Port[]) => void,
  ) {
    this.#device = device;
    this.#ours = ours;
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
    if (ports.every((port) => this.#ours.has(port) && !firstEvents.has(port))) return ports;
    return this.#sort(ports);
  }

  /** Takes out the events that binding caused, whose ports may fire again, and those of others. */
  #sort(ports: Uint32Array): ArrayLike<Port> | undefined {
    const others = [...ports].filter((port) => !this.#ours.has(port));
    if (others.length > 0) this.#skipped(others);
    const own = [...ports].filter((port) => this.#ours.has(port));
    const first = own.filter((port) => this.#device.firstEvents.delete(port));
    if (first.length > 0) void this.#device.unmask(first);
    const heard = own.filter((port) => !first.includes(port));
    return heard.length > 0 ? heard : undefined;
  }
}

/** The ears of one among several who watch a handle, which unmasks what each has been told. */
export class SharedEars implements Ears {
  readonly tries: number = 1;
  readonly #subscription: Subscription;
  readonly #clock: Clock;
  #next: Delivery | undefined;

  private constructor(subscription: Subscription, clock: Clock) {
    this.#subscription = subscription;
    this.#clock = clock;
  }

  /** Begins to listen to those ports. */
  static async open(handle: SharedHandle, ours: ReadonlySet<Port>, clock: Clock): Promise<SharedEars> {
    return new SharedEars(await handle.subscribe({ ports: ours }), clock);
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

/** A handle of the event-channel device, for programs. @module */

import type { Clock } from "../clock.ts";
import { DeviceError } from "../errors.ts";
import type { Delivery } from "../handle/queue.ts";
import type { BoundPort, SharedHandle, Subscription } from "../handle/shared.ts";
import type { WatchEnd } from "../handle/watch.ts";
import { deliveriesOf, lastOf } from "../handle/watch_shared.ts";
import { parseChannel, parsePort, parseVirq } from "../parse.ts";
import type { Port } from "../types.ts";
import { type Domain, domid } from "./place.ts";

/** An event of a port. Events of one read have one time, and while a port is masked, many events are one. */
export interface PortEvent {
  /** Tells it from an overflow. */
  readonly kind: "pending";
  /** When it was read from the device: microseconds since 1970. */
  readonly time: number;
  /** The port of this handle that fired. */
  readonly port: Port;
  /** What the port was bound as: `virq:dom_exc`, `5:12`, `5:any`, or its number if this program did not bind it. */
  readonly channel: string;
  /** Its number in this watch, from 1. */
  readonly seq: number;
  /** Whether binding the port caused it, so that it may be nobody's. */
  readonly initial: boolean;
  /** Whether the port was closed while the event was on its way. */
  readonly stale: boolean;
}

/** Events were lost before the next one: look at everything that they would have told of. */
export interface OverflowEvent {
  /** Tells it from an event. */
  readonly kind: "overflow";
  /** When it was noticed: microseconds since 1970. */
  readonly time: number;
}

/** What a watch gives. */
export type WatchEvent = PortEvent | OverflowEvent;

/** What ends a watch, and what it does with ports. */
export interface WatchOptions {
  /** Ends the watch; the loop then ends without an error. */
  readonly signal?: AbortSignal;
  /** The number of events after which it ends. Undefined: none. */
  readonly limit?: number;
  /** Milliseconds after which it ends. Undefined: never. */
  readonly timeout?: number;
  /** Milliseconds without an event after which it ends. Undefined: never. */
  readonly idleTimeout?: number;
  /** Whether a port may fire again once its event has come; true by default. See {@linkcode Handle.unmask}. */
  readonly unmask?: boolean;
}

/** One handle. `openHandle` opens it; `await using` or {@linkcode Handle.close} closes it, and its ports with it. */
export class Handle implements AsyncDisposable {
  readonly #device: SharedHandle;
  readonly #clock: Clock;
  /** Events that were given to loops which ended before they took them. */
  #left: WatchEvent[] = [];
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(device: SharedHandle, clock: Clock) {
    this.#device = device;
    this.#clock = clock;
  }

  /** Binds a VIRQ, by number or name such as `dom_exc`, on vCPU 0. A VIRQ has one holder a domain or vCPU (EEXIST). */
  async bindVirq(virq: number | string): Promise<Port> {
    return await this.#device.bindVirq(parseVirq(String(virq)));
  }

  /** Binds a port that another domain offers, and returns the new port of this one, which fires at once. */
  async bindInterdomain(domain: Domain, remotePort: Port): Promise<Port> {
    return await this.#device.bindInterdomain(domid(domain), checked(remotePort));
  }

  /** Makes a port that `domain` may bind. */
  async allocUnbound(domain: Domain): Promise<Port> {
    return await this.#device.allocUnbound(domid(domain));
  }

  /** Binds a port that Xen made for this domain at boot (Linux 6.6), and returns it. */
  async bindStatic(port: Port): Promise<Port> {
    return await this.#device.bindStatic(checked(port));
  }

  /**
   * The port of a channel as the command line has it: `virq:dom_exc`, `5:12`, or `5:any`, which is a new port each time.
   * A VIRQ or a remote port that this handle has bound is not bound again.
   */
  async bind(channel: string | Port): Promise<Port> {
    return (await this.#device.findOrBind("bind", parseChannel(String(channel)))).port;
  }

  /** Closes a port. */
  async unbind(port: Port): Promise<void> {
    await this.#device.unbind(checked(port));
    this.#left = this.#left.filter((event) => event.kind === "overflow" || event.port !== port);
  }

  /** Sends an event. That it succeeds means that Xen took it: the other end may have the port masked, or be gone. */
  async notify(port: Port): Promise<void> {
    await this.#device.notify(checked(port));
  }

  /** Lets ports fire again, after a watch that leaves them masked. Ports of others are passed over. */
  async unmask(...ports: readonly Port[]): Promise<void> {
    await this.#device.unmask(ports.map(checked));
  }

  /** Drops the events that nobody has read, clears an overflow, and unmasks every port of the handle. */
  async reset(): Promise<void> {
    await this.#device.reset();
    this.#left = [];
    await this.#device.unmaskAll();
  }

  /** Lets the handle, for ever, bind ports of this domain alone. */
  async restrict(domain: Domain): Promise<void> {
    await this.#device.restrict(domid(domain));
  }

  /** The ports of the handle, ascending. */
  async status(): Promise<BoundPort[]> {
    return [...await this.#device.status()];
  }

  /**
   * The events of channels, as they come, and those that nobody wanted before first.
   *
   * Channels are ports, or words as {@linkcode Handle.bind} takes them; without any it is every port of the handle. The
   * ring is read only while there is a watch: events wait in the kernel until then. Several watches at a time each get
   * every event that they want. What a loop has not taken when it is left, the next watch of that port gives.
   *
   * @throws {DeviceError} At the first step if a channel cannot be bound; later if the device fails.
   */
  async *watch(
    channels: readonly (string | Port)[] = [],
    options: WatchOptions = {},
  ): AsyncGenerator<WatchEvent, void> {
    const { limit = Infinity, unmask, signal = new AbortController().signal, ...times } = options;
    const ports = channels.length === 0 ? undefined : new Set<Port>();
    for (const channel of channels) ports!.add(await this.bind(channel));
    const waiting = this.#takeLeft(ports);
    let seq = 0;
    let subscription: Subscription | undefined;
    let deliveries: AsyncGenerator<Delivery, WatchEnd> | undefined;
    let over = false;
    try {
      for (;;) {
        while (waiting.length > 0 && seq < limit) {
          const event = waiting.shift()!;
          yield event.kind === "overflow" ? event : { ...event, seq: ++seq };
        }
        if (seq >= limit) return;
        if (deliveries === undefined) {
          const rest = limit === Infinity ? undefined : limit - seq;
          subscription = await this.#device.subscribe({ ports, limit: rest, unmask });
          deliveries = deliveriesOf(subscription, { limit: rest, ...times }, this.#clock, signal);
        }
        const { done, value } = await deliveries.next();
        if (done) return void (over = true);
        waiting.push(...eventsOf(value));
      }
    } catch (error) {
      over = true;
      if (this.#closing === undefined) throw error;
    } finally {
      if (subscription !== undefined && !over) waiting.push(...await this.#restOf(subscription));
      this.#left.push(...waiting);
    }
  }

  /** The first of {@linkcode Handle.watch} for one channel; undefined if the signal or a timeout came before it. */
  async next(channel: string | Port, options: Omit<WatchOptions, "limit"> = {}): Promise<WatchEvent | undefined> {
    for await (const event of this.watch([channel], { ...options, limit: 1 })) return event;
  }

  /** Closes the handle and its ports; loops over its events end. Ports of a session or a descriptor stay there. */
  close(): Promise<void> {
    return this.#closing ??= Promise.resolve(this.#device.close());
  }

  /** As {@linkcode Handle.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #takeLeft(ports: ReadonlySet<Port> | undefined): WatchEvent[] {
    const wanted = (event: WatchEvent) => event.kind === "overflow" || ports === undefined || ports.has(event.port);
    const taken = this.#left.filter(wanted);
    this.#left = this.#left.filter((event) => !wanted(event));
    return taken;
  }

  /** What a loop that was left early would have got. */
  async #restOf(subscription: Subscription): Promise<WatchEvent[]> {
    const rest: WatchEvent[] = [];
    try {
      for await (const delivery of lastOf(subscription, this.#clock)) rest.push(...eventsOf(delivery));
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error; // the next call that uses the device has the error
    }
    return rest;
  }
}

function eventsOf(delivery: Delivery): WatchEvent[] {
  const { kind, time } = delivery;
  if (kind === "overflow") return [{ kind, time }];
  return delivery.events.map(({ port, name, seq, initial, stale }) => {
    return { kind: "pending", time, port, channel: name, seq, initial, stale };
  });
}

/** A port that the driver may be asked about: any u32. */
function checked(port: Port): Port {
  return parsePort(String(port));
}

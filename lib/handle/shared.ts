/**
 * A handle that outlives the verb: what scripts, prompts and sessions act on.
 *
 * @module
 */

import type { System } from "../../ffi/abi.ts";
import type { Errno, Result } from "../../ffi/syscalls.ts";
import { after } from "../awaitable.ts";
import { channelName } from "../channel.ts";
import type { Clock } from "../clock.ts";
import type { EventChannelDevice } from "./handle.ts";
import { EventHub } from "./hub.ts";
import type { ChannelStatus } from "../records.ts";
import type { Awaitable, Channel, Domid, Port } from "../types.ts";
import type { Delivery, Wanted } from "./watcher.ts";

/** Events as one watcher takes them. */
export interface Subscription {
  /**
   * What came next.
   *
   * @param wake Resolves when waiting is to end.
   * @returns Undefined when `wake` came first, or the subscription is closed.
   * @throws {DeviceError} What the handle failed with.
   */
  next(wake: Promise<unknown>): Promise<Delivery | undefined>;
  /** Ends it; done once the ring is not read on its account any more. */
  close(): Awaitable<void>;
}

/** A handle whose events can be watched by several, and that knows its channels. */
export interface SharedHandle extends EventChannelDevice {
  /** Begins to watch: what came before and nobody wanted comes first. */
  subscribe(wanted: Wanted): Awaitable<Subscription>;
  /** The channels of this handle, by port. */
  status(): Awaitable<ChannelStatus[]>;
}

/** {@linkcode SharedHandle} over a handle in this process. */
export class SharedDevice implements SharedHandle {
  readonly #device: EventChannelDevice;
  readonly #hub: EventHub;

  constructor(device: EventChannelDevice, clock: Clock) {
    this.#device = device;
    this.#hub = new EventHub(device, clock);
  }

  get system(): System | undefined {
    return this.#device.system;
  }

  get bindings(): ReadonlyMap<Port, Channel> {
    return this.#device.bindings;
  }

  get firstEvents(): Set<Port> {
    return this.#device.firstEvents;
  }

  get exclusive(): boolean {
    return this.#device.exclusive;
  }

  bindVirq(virq: number): Awaitable<Port> {
    return this.#device.bindVirq(virq);
  }

  bindInterdomain(domain: Domid, remotePort: Port): Awaitable<Port> {
    return this.#device.bindInterdomain(domain, remotePort);
  }

  allocUnbound(domain: Domid): Awaitable<Port> {
    return this.#device.allocUnbound(domain);
  }

  unbind(port: Port): Awaitable<void> {
    return after(this.#device.unbind(port), () => this.#hub.forget(port));
  }

  notify(port: Port): Awaitable<void> {
    return this.#device.notify(port);
  }

  unmask(ports: ArrayLike<Port>): Awaitable<number> {
    return after(this.#device.unmask(ports), (bytes) => {
      this.#hub.unmasked(Array.from(ports));
      return bytes;
    });
  }

  unmaskAll(): Awaitable<void> {
    return after(this.#device.unmaskAll(), () => this.#hub.unmasked(this.#device.bindings.keys()));
  }

  reset(): Awaitable<void> {
    return after(this.#device.reset(), () => this.#hub.reset());
  }

  restrict(domain: Domid): Awaitable<void> {
    return this.#device.restrict(domain);
  }

  read(bytes?: number): Awaitable<Uint32Array | Errno> {
    return after(this.#device.read(bytes), (ports) => this.#seen(ports));
  }

  poll(events: number, timeout: number, signal?: AbortSignal): Awaitable<Result> {
    return this.#device.poll(events, timeout, signal);
  }

  inheritable(): { readonly fd: number; close(): void } {
    return this.#device.inheritable();
  }

  subscribe(wanted: Wanted): Awaitable<Subscription> {
    return this.#hub.subscribe(wanted);
  }

  status(): ChannelStatus[] {
    return [...this.#device.bindings].sort(([a], [b]) => a - b).map(([port, channel]) => ({
      port,
      channel: channelName(channel),
      kind: channel.kind,
      masked: this.#hub.masked.has(port),
      events: this.#hub.counts.get(port) ?? 0,
    }));
  }

  async close(): Promise<void> {
    await this.#hub.close();
    await this.#device.close();
  }

  /** Notes what a raw read took: those ports are masked until they are written. */
  #seen(ports: Uint32Array | Errno): Uint32Array | Errno {
    if (typeof ports !== "string") this.#hub.taken(ports);
    return ports;
  }
}

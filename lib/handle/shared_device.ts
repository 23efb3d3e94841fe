/** A shared handle in this process. @module */

import type { System } from "../../ffi/abi.ts";
import type { Errno, Result } from "../../ffi/syscalls.ts";
import { after } from "../awaitable.ts";
import { channelName } from "../channel.ts";
import type { Clock } from "../clock.ts";
import type { Awaitable, Binding, Channel, Domid, Port } from "../types.ts";
import { bindChannel } from "./bind.ts";
import type { EventChannelDevice } from "./handle.ts";
import { EventHub } from "./hub.ts";
import type { BoundPort, SharedHandle, Subscription } from "./shared.ts";
import type { Wanted } from "./watcher.ts";

export class SharedDevice implements SharedHandle {
  readonly #hub: EventHub;

  constructor(private readonly device: EventChannelDevice, clock: Clock, readonly domain?: Domid) {
    this.#hub = new EventHub(device, clock);
  }

  get system(): System | undefined {
    return this.device.system;
  }

  get bindings(): ReadonlyMap<Port, Channel> {
    return this.device.bindings;
  }

  get firstEvents(): Set<Port> {
    return this.device.firstEvents;
  }

  get exclusive(): boolean {
    return this.device.exclusive;
  }

  bindVirq(virq: number): Awaitable<Port> {
    return this.device.bindVirq(virq);
  }

  bindInterdomain(domain: Domid, remotePort: Port): Awaitable<Port> {
    return this.device.bindInterdomain(domain, remotePort);
  }

  allocUnbound(domain: Domid): Awaitable<Port> {
    return this.device.allocUnbound(domain);
  }

  bindStatic(port: Port): Awaitable<Port> {
    return this.device.bindStatic(port);
  }

  async findOrBind(op: string, channel: Channel): Promise<Binding> {
    if (channel.kind === "virq" || channel.kind === "interdomain") {
      const name = channelName(channel);
      const found = [...this.bindings].findLast(([, bound]) => channelName(bound) === name);
      if (found) return { port: found[0], channel: found[1] };
    }
    return await bindChannel(this.device, op, channel);
  }

  unbind(port: Port): Awaitable<void> {
    return after(this.device.unbind(port), () => this.#hub.forget(port));
  }

  notify(port: Port): Awaitable<void> {
    return this.device.notify(port);
  }

  unmask(ports: ArrayLike<Port>): Awaitable<number> {
    return after(this.device.unmask(ports), (bytes) => {
      this.#hub.unmasked(Array.from(ports));
      return bytes;
    });
  }

  async unmaskAll(): Promise<void> {
    await this.device.unmaskAll();
    this.#hub.unmasked(this.bindings.keys());
  }

  async reset(): Promise<void> {
    await this.device.reset();
    this.#hub.reset();
  }

  restrict(domain: Domid): Awaitable<void> {
    return this.device.restrict(domain);
  }

  async read(bytes?: number): Promise<Uint32Array | Errno> {
    const ports = await this.device.read(bytes);
    if (typeof ports === "string") return ports;
    this.#hub.taken(ports);
    return ports.slice(); // another read may come before the caller continues
  }

  poll(events: number, timeout: number, signal?: AbortSignal): Awaitable<Result> {
    return this.device.poll(events, timeout, signal);
  }

  inheritable(): { readonly fd: number; close(): void } {
    return this.device.inheritable();
  }

  subscribe(wanted: Wanted): Promise<Subscription> {
    return this.#hub.subscribe(wanted);
  }

  /** Ends every watch with an error, after the events that it has. */
  fail(error: Error): void {
    this.#hub.fail(error);
  }

  status(): BoundPort[] {
    return [...this.bindings].sort(([a], [b]) => a - b).map(([port, channel]) => ({
      port,
      channel: channelName(channel),
      kind: channel.kind,
      masked: this.#hub.masked.has(port),
      events: this.#hub.counts.get(port) ?? 0,
    }));
  }

  async close(): Promise<void> {
    await this.#hub.close();
    await this.device.close();
  }
}

/** A handle that a session holds. @module */

import { PAGE_BYTES, type System } from "../../ffi/abi.ts";
import type { Errno, Result } from "../../ffi/syscalls.ts";
import { channelName } from "../channel.ts";
import type { Clock } from "../clock.ts";
import { UsageError } from "../errors.ts";
import type { HostView } from "../view/host_view.ts";
import { parseChannel } from "../parse.ts";
import type { BoundPort, SharedHandle, Subscription } from "../handle/shared.ts";
import { type Binding, type Channel, type Domid, DOMID_SELF, type Port } from "../types.ts";
import type { Wanted } from "../handle/watcher.ts";
import { SessionLink } from "./link.ts";
import { PORTS_LIMIT } from "./protocol.ts";
import { RemoteView } from "./remote_view.ts";
import { RemoteWatch } from "./remote_watch.ts";
import { RemoteWorld } from "./remote_world.ts";
import type { Args, Result as VerbResult, Verb } from "./requests.ts";

/** {@linkcode SharedHandle} over a session's socket. */
export class RemoteDevice implements SharedHandle {
  readonly #bindings = new Map<Port, Channel>();
  /** Always empty: the session reports first events. */
  readonly firstEvents: Set<Port> = new Set<Port>();
  readonly exclusive = false;

  private constructor(private readonly link: SessionLink, private readonly as: Domid | undefined) {}

  /**
   * @param as The simulated domain to act as; undefined: the session's own.
   * @param greeting How long, milliseconds, the session may take for its first line; undefined: as long as it may.
   * @throws {DeviceError} See `SessionLink.connect`.
   */
  static async connect(socket: string, as?: Domid, clock?: Clock, greeting?: number): Promise<RemoteDevice> {
    return new RemoteDevice(await SessionLink.connect(socket, clock, greeting), as);
  }

  get domain(): Domid | undefined {
    return this.as === undefined || this.as === DOMID_SELF ? this.link.domain : this.as;
  }

  get system(): System | undefined {
    return this.link.system;
  }

  /** The ports of the last {@linkcode status}, and those that this object bound. */
  get bindings(): ReadonlyMap<Port, Channel> {
    return this.#bindings;
  }

  bindVirq(virq: number): Promise<Port> {
    return this.#bind({ kind: "virq", virq }, this.#ask("bind-virq", { virq }));
  }

  bindInterdomain(domain: Domid, port: Port): Promise<Port> {
    return this.#bind({ kind: "interdomain", domain, port }, this.#ask("bind-interdomain", { domain, port }));
  }

  allocUnbound(domain: Domid): Promise<Port> {
    return this.#bind({ kind: "unbound", domain }, this.#ask("alloc-unbound", { domain }));
  }

  bindStatic(port: Port): Promise<Port> {
    return this.#bind({ kind: "port", port }, this.#ask("bind-static", { port }));
  }

  async unbind(port: Port): Promise<void> {
    await this.#ask("unbind", { port });
    this.#bindings.delete(port);
  }

  async notify(port: Port): Promise<void> {
    await this.#ask("notify", { port });
  }

  async unmask(ports: ArrayLike<Port>): Promise<number> {
    const all = Array.from(ports);
    let bytes = 0;
    for (let first = 0; first === 0 || first < all.length; first += PORTS_LIMIT) {
      bytes += await this.#ask("unmask", { ports: all.slice(first, first + PORTS_LIMIT) });
    }
    return bytes;
  }

  async unmaskAll(): Promise<void> {
    await this.#ask("unmask-all", {});
  }

  async reset(): Promise<void> {
    await this.#ask("reset", {});
  }

  async restrict(domain: Domid): Promise<void> {
    await this.#ask("restrict", { domain });
  }

  async read(bytes: number = PAGE_BYTES): Promise<Uint32Array | Errno> {
    const ports = await this.#ask("read", { bytes: Math.min(bytes, PAGE_BYTES) });
    return typeof ports === "string" ? ports : Uint32Array.from(ports);
  }

  async poll(events: number, timeout: number, signal?: AbortSignal): Promise<Result> {
    if (signal?.aborted) return "EINTR";
    const { id, result } = this.link.start("poll", { events, timeout: Math.ceil(timeout) }, this.as);
    const cancel = () => void this.#ask("cancel", { id }).catch(() => {});
    signal?.addEventListener("abort", cancel);
    try {
      return await result;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  /** @throws {UsageError} Always: the handle is in the session's process. */
  inheritable(): never {
    throw new UsageError("Cannot hand on a session's handle: it is in the session's process");
  }

  async subscribe({ ports, limit, unmask }: Wanted): Promise<Subscription> {
    const watch = new RemoteWatch(this.link.socket);
    const { id, result } = this.link.start("watch", { ports: ports && [...ports], limit, unmask }, this.as, watch);
    await result;
    watch.started(() => void this.#ask("cancel", { id }).catch(() => {}));
    return watch;
  }

  async status(): Promise<BoundPort[]> {
    const channels = await this.#ask("status", {});
    this.#bindings.clear();
    for (const { port, channel } of channels) this.#bindings.set(port, parseChannel(channel));
    return [...channels];
  }

  async findOrBind(op: string, channel: Channel): Promise<Binding> {
    const found = await this.#ask("channel", { op, channel: channelName(channel) });
    const binding = { port: found.port, channel: parseChannel(found.channel) };
    this.#bindings.set(binding.port, binding.channel);
    return binding;
  }

  /** The view uses the same connection and closes it. */
  view(): HostView {
    return new RemoteView(this.link, this.as);
  }

  /** The session's simulated host. It uses the same connection and closes it. */
  world(): RemoteWorld {
    return new RemoteWorld(this.link);
  }

  /** Ends the session. Resolves when its ports are closed and it has hung up. */
  async stop(): Promise<void> {
    await this.#ask("stop", {});
    await this.link.ended();
  }

  /** Hangs up. The handle and its ports stay in the session. */
  close(): Promise<void> {
    return this.link.close();
  }

  #ask<V extends Verb>(verb: V, args: Args<V>): Promise<VerbResult<V>> {
    return this.link.request(verb, args, this.as);
  }

  async #bind(channel: Channel, asked: Promise<Port>): Promise<Port> {
    const port = await asked;
    this.#bindings.set(port, channel);
    return port;
  }
}

/** Ends a session and waits until its ports are closed. Throws as {@linkcode RemoteDevice.connect}. */
export async function stopSession(socket: string, clock: Clock): Promise<void> {
  const device = await RemoteDevice.connect(socket, undefined, clock);
  try {
    await device.stop();
  } finally {
    await device.close();
  }
}

/**
 * A handle that gives what a test puts into it, and a sink; both write one log, so that their order shows.
 *
 * @module
 */

import { type Errno, Poll, type Result } from "../../ffi/syscalls.ts";
import { DeviceError } from "../../lib/errors.ts";
import type { EventChannelDevice } from "../../lib/handle/handle.ts";
import { parseChannel } from "../../lib/parse.ts";
import type { Binding, Channel, Port } from "../../lib/types.ts";
import { type PendingEvent, watch, type WatchEnd, type WatchOptions, type WatchSink } from "../../lib/handle/watch.ts";
import { TestClock } from "./test_clock.ts";

/** What the ring holds: the ports that one read finds, or an errno that one read gets. */
type Entry = readonly Port[] | Errno;

/** The device, the sink, and the watch between them. */
export class Bench implements WatchSink {
  readonly log: string[] = [];
  readonly clock = new TestClock();
  readonly abort = new AbortController();
  readonly events: PendingEvent[] = [];
  /** When each batch came, as the sink was told. */
  readonly times: number[] = [];
  readonly device: FakeDevice;
  /** Called while the sink has a batch; the watch waits for what it returns. */
  onPending: (events: readonly PendingEvent[]) => void | Promise<void> = () => {};

  constructor(...entries: Entry[]) {
    this.device = new FakeDevice(this, entries);
  }

  /** Watches until the end; every port unmasked unless told otherwise. */
  watch(options: Partial<WatchOptions> = {}): Promise<WatchEnd> {
    const all = { bindings: [], unmask: true, ...options };
    return watch(this.device, all, this, this.clock, this.abort.signal);
  }

  /** The ports of an own handle, as a watch binds them before it starts. */
  bind(...channels: readonly (readonly [Port, string])[]): Binding[] {
    return channels.map(([port, text]) => {
      const channel = parseChannel(text);
      this.device.bindings.set(port, channel);
      if (channel.kind === "interdomain") this.device.firstEvents.add(port);
      return { port, channel };
    });
  }

  async pending(time: number, events: readonly PendingEvent[]): Promise<void> {
    this.log.push(`pending ${events.map(({ port, seq }) => `${port}#${seq}`).join(" ")}`);
    this.times.push(time);
    this.events.push(...events);
    await this.onPending(events);
    this.log.push("done");
  }

  overflow(): void {
    this.log.push("overflow");
  }

  skipped(ports: readonly Port[]): void {
    this.log.push(`skipped ${ports.join(" ")}`);
  }
}

/** The handle. A poll waits until something is put into the ring, the time runs out or it is aborted. */
export class FakeDevice implements EventChannelDevice {
  readonly bindings = new Map<Port, Channel>();
  readonly firstEvents = new Set<Port>();
  exclusive = false;
  /** What the next verbs of that name fail with. */
  readonly refuse: { reset?: Errno; unmask?: Errno } = {};
  /** Answers to polls, before they look at the ring. */
  readonly polls: Result[] = [];
  #arrived = Promise.withResolvers<void>();

  constructor(readonly bench: Bench, readonly ring: Entry[]) {}

  /** Puts ports or an errno into the ring and wakes a poll. */
  fire(...entries: Entry[]): void {
    this.ring.push(...entries);
    this.#arrived.resolve();
  }

  read(bytes = 4096): Uint32Array | Errno {
    this.bench.log.push(`read ${bytes}`);
    const entry = this.ring.shift();
    if (entry === undefined) return "EAGAIN";
    if (typeof entry === "string") return entry as Errno;
    const room = Math.floor(bytes / 4);
    if (entry.length > room) this.ring.unshift(entry.slice(room));
    return new Uint32Array(entry.slice(0, room));
  }

  async poll(_events: number, timeout: number, signal?: AbortSignal): Promise<Result> {
    this.bench.log.push(`poll ${timeout}`);
    const scripted = this.polls.shift();
    if (scripted !== undefined) return scripted;
    if (this.ring.length > 0) return Poll.IN;
    this.#arrived = Promise.withResolvers();
    const over = new AbortController();
    const signals = AbortSignal.any(signal ? [signal, over.signal] : [over.signal]);
    const slept = this.bench.clock.sleep(timeout < 0 ? Infinity : timeout, signals);
    const ranOut = await Promise.race([slept, this.#arrived.promise]);
    over.abort();
    if (ranOut === undefined) return Poll.IN;
    return ranOut ? 0 : "EINTR";
  }

  unmask(ports: ArrayLike<Port>): number {
    this.bench.log.push(`unmask ${Array.from(ports).join(" ")}`);
    if (this.refuse.unmask) throw refusal("unmask", this.refuse.unmask);
    return ports.length * 4;
  }

  unmaskAll(): void {
    this.bench.log.push("unmaskAll");
  }

  reset(): void {
    this.bench.log.push("reset");
    if (this.refuse.reset) throw refusal("reset", this.refuse.reset);
  }

  bindVirq = unexpected;
  bindInterdomain = unexpected;
  allocUnbound = unexpected;
  bindStatic = unexpected;
  unbind = unexpected;
  notify = unexpected;
  restrict = unexpected;
  inheritable = unexpected;
  close = unexpected;
}

function refusal(op: string, errno: Errno): DeviceError {
  return new DeviceError(op, errno, "handle", `Cannot ${op}`);
}

function unexpected(): never {
  throw new TypeError("a watch has no business with this verb");
}

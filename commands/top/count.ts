/**
 * The watch behind a live table: events are counted as they come.
 *
 * @module
 */

import { bindAll } from "../../lib/handle/bind.ts";
import { channelName } from "../../lib/channel.ts";
import type { EventChannelDevice } from "../../lib/handle/handle.ts";
import type { SharedHandle } from "../../lib/handle/shared.ts";
import { Top } from "./table.ts";
import type { Binding, Channel } from "../../lib/types.ts";
import { type PendingEvent, watch, type WatchSink } from "../../lib/handle/watch.ts";
import { watchShared } from "../../lib/handle/watch_shared.ts";
import type { Context } from "../../lib/cli/context.ts";
import type { TopFlags } from "./mod.ts";
import { tellSkipped } from "../watch/output.ts";

/** Counts in the background. */
export class TopCount {
  readonly top: Top;
  readonly #session: SharedHandle | undefined;
  readonly #stop = new AbortController();
  readonly #over = new AbortController();
  #skipped = () => {};
  #watching: Promise<unknown> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  private constructor(top: Top, session: SharedHandle | undefined) {
    this.top = top;
    this.#session = session;
  }

  /**
   * Binds the channels and begins to count.
   *
   * @param channels Empty: every port of the handle.
   * @param abort Ends it.
   * @throws {DeviceError} If a channel cannot be bound.
   */
  static async begin(
    context: Context,
    flags: TopFlags,
    device: EventChannelDevice,
    channels: readonly Channel[],
    abort: AbortSignal,
  ): Promise<TopCount> {
    const top = new Top(context.clock.monotonic());
    const shared = context.place(flags) === "session" ? device as SharedHandle : undefined;
    const counting = new TopCount(top, channels.length === 0 ? shared : undefined);
    const bindings = await bindAll(device, "top", channels);
    for (const { port, channel } of bindings) top.know(port, channelName(channel));
    await counting.refresh();
    counting.#run(context, device, shared, bindings, abort);
    return counting;
  }

  /** Whether counting has ended by itself. */
  get ended(): boolean {
    return this.#over.signal.aborted;
  }

  /** Comes when counting has ended by itself. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Asks a session, all of whose channels are counted, which those are now. */
  async refresh(): Promise<void> {
    if (this.#session === undefined) return;
    const channels = await this.#session.status();
    for (const { port, channel } of channels) this.top.know(port, channel);
    this.top.keep(new Set(channels.map(({ port }) => port)));
  }

  /**
   * Ends it.
   *
   * @throws What counting failed with.
   */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
    this.#skipped(); // now that the terminal is not a table any more
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #run(
    context: Context,
    device: EventChannelDevice,
    shared: SharedHandle | undefined,
    bindings: readonly Binding[],
    abort: AbortSignal,
  ): void {
    const options = { bindings, unmask: true };
    const signal = AbortSignal.any([abort, this.#stop.signal]);
    const sink = this.#sink(context);
    this.#watching =
      (shared === undefined
        ? watch(device, options, sink, context.clock, signal)
        : watchShared(shared, options, sink, context.clock, signal))
        .catch((error) => void (this.#failure = { error }))
        .then(() => this.#over.abort(null)); // a reason of its own would cost a stack trace
  }

  #sink(context: Context): WatchSink {
    const others = new Set<number>();
    this.#skipped = () => tellSkipped(context)([...others]);
    return {
      pending: (time, events) => this.#count(time, events),
      overflow: () => void this.top.overflows++,
      skipped: (ports) => ports.forEach((port) => others.add(port)),
    };
  }

  #count(time: number, events: readonly PendingEvent[]): void {
    for (const { port, name, initial, stale } of events) {
      if (!initial && !stale) this.top.count(port, name, time);
    }
  }
}

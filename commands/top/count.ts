import { saySkipped } from "../../lib/cli/lost.ts";
import type { Act } from "../../lib/cli/verb.ts";
import { channelName } from "../../lib/channel.ts";
import { bindAll } from "../../lib/handle/bind.ts";
import type { EventChannelDevice } from "../../lib/handle/handle.ts";
import { isShared, type SharedHandle } from "../../lib/handle/shared.ts";
import { watchHandle } from "../../lib/handle/watch_shared.ts";
import { PortNames } from "../../lib/inspect/port_names.ts";
import { portNameFields } from "../../lib/render/port_name.ts";
import type { Channel, Port } from "../../lib/types.ts";
import { Top } from "./table.ts";

/** Counts events in the background, for the table. */
export class TopCount {
  readonly top: Top;
  /** The session whose channels are all counted; undefined if the user named channels. */
  readonly #session: SharedHandle | undefined;
  readonly #stop = new AbortController();
  readonly #over = new AbortController();
  readonly #skipped = new Set<Port>();
  #watching: Promise<unknown> = Promise.resolve();
  readonly #names: PortNames;
  #asking = false;
  #failure: { readonly error: unknown } | undefined;

  private constructor(private readonly act: Act, session: SharedHandle | undefined) {
    this.#names = new PortNames(() => act.view());
    this.top = new Top(act.clock.monotonic(), (port, name) => portNameFields(this.#names.of({ port, name })));
    this.#session = session;
  }

  /**
   * Binds the channels and begins to count.
   *
   * @param channels Empty: every port of the handle.
   * @throws {DeviceError} If a channel cannot be bound.
   */
  static async begin(
    act: Act,
    handle: EventChannelDevice,
    channels: readonly Channel[],
    abort: AbortSignal,
  ): Promise<TopCount> {
    const counting = new TopCount(act, channels.length === 0 && isShared(handle) ? handle : undefined);
    const bindings = await bindAll(handle, "top", channels);
    for (const { port, channel } of bindings) counting.top.know(port, channelName(channel));
    await counting.refresh();
    const signal = AbortSignal.any([abort, counting.#stop.signal]);
    counting.#watching = watchHandle(handle, { bindings, unmask: true }, counting.#sink(), act.clock, signal)
      .catch((error) => void (counting.#failure = { error }))
      .then(() => counting.#over.abort(null)); // without a reason, abort() would make a stack trace
    return counting;
  }

  get ended(): boolean {
    return this.over.aborted;
  }

  /** Aborts when counting has ended by itself: the watch failed or its handle was closed. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Asks the session for its present channels, and whose those ports are that were not asked about. */
  async refresh(): Promise<void> {
    if (this.#session !== undefined) await this.#refreshChannels(this.#session);
    void this.#askNames();
  }

  /** Nobody waits for it: xenstored may be slow. */
  async #askNames(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      await this.#names.ask(this.top.ports());
      this.#asking = false;
    } catch {
      // The handle is closed, or the view cannot be opened: names are left out, and not asked for again.
    }
  }

  async #refreshChannels(session: SharedHandle): Promise<void> {
    const channels = await session.status();
    for (const { port, channel } of channels) this.top.know(port, channel);
    this.top.keep(new Set(channels.map(({ port }) => port)));
  }

  /** Ends counting, and throws the error that ended it, if any. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
    await saySkipped(this.act)(this.#skipped); // not earlier: the table had the terminal
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #sink(): Parameters<typeof watchHandle>[2] {
    return {
      pending: (time, events) => {
        for (const { port, name, initial, stale } of events) {
          if (!initial && !stale) this.top.count(port, name, time);
        }
      },
      overflow: () => void this.top.overflows++,
      skipped: (ports) => ports.forEach((port) => this.#skipped.add(port)),
    };
  }
}

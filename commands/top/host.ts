import type { Clock } from "../../lib/clock.ts";
import { type DeviceStats, type HostStats, lookAtStats } from "../../lib/inspect/stats.ts";
import { type Gain, gainsBetween, isStorm } from "../../lib/inspect/stats_rates.ts";
import { shortLine } from "../../lib/render/line.ts";
import { deviceRecord } from "../../lib/render/stats.ts";
import type { HostView } from "../../lib/view/host_view.ts";
import type { TopCount } from "./count.ts";
import { remember, remembered, Top, type TopRow } from "./table.ts";

/** What the table shows of a device, beside its rate of the last interval. */
interface Counted {
  total: number;
  last: number | undefined;
  readonly history: number[];
}

/** The devices of this domain's kernel, for the table: `top --host`. */
export class HostCount {
  readonly top: Top;
  readonly #counted = new Map<string, Counted>();

  private constructor(
    private readonly view: HostView,
    private readonly clock: Clock,
    private before: HostStats,
    /** The channels beside them; undefined: there are none. */
    private readonly channels: TopCount | undefined,
  ) {
    this.top = channels?.top ?? new Top(clock.monotonic());
    this.#show(before, new Map());
  }

  /** @throws {DeviceError} If the kernel shows no devices. */
  static async begin(view: HostView, clock: Clock, channels: TopCount | undefined): Promise<HostCount> {
    return new HostCount(view, clock, await lookAtStats(view, [], clock), channels);
  }

  get ended(): boolean {
    return this.channels?.ended ?? false;
  }

  get over(): AbortSignal | undefined {
    return this.channels?.over;
  }

  async refresh(): Promise<void> {
    await this.channels?.refresh();
    const now = await lookAtStats(this.view, [], this.clock);
    this.#show(now, gainsBetween(this.before, now));
    this.before = now;
  }

  async end(): Promise<void> {
    await this.channels?.end();
  }

  #show(now: HostStats, gains: ReadonlyMap<string, Gain>): void {
    const present = new Set(now.devices.map(({ path }) => path));
    for (const path of this.#counted.keys()) if (!present.has(path)) this.#counted.delete(path);
    this.top.showDevices(now.devices.map((device) => this.#row(device, now, gains.get(device.path))));
  }

  #row(device: DeviceStats, now: HostStats, gain: Gain | undefined): TopRow {
    const { path, frontend, otherName } = device;
    if (gain?.anew || !this.#counted.has(path)) this.#counted.set(path, { total: 0, last: undefined, history: [] });
    const counted = this.#counted.get(path)!;
    const rate = gain === undefined ? 0 : gain.events / gain.seconds;
    if (gain !== undefined) {
      counted.total += gain.events;
      remember(counted.history, rate);
      if (gain.events > 0) counted.last = now.time;
    }
    return {
      port: undefined,
      channel: shortLine(device.device) + (frontend === undefined ? "" : ` of ${frontend}`),
      name: otherName === undefined ? {} : { remote_name: otherName },
      rate,
      total: counted.total,
      last: counted.last,
      history: remembered(counted.history),
      storm: gain !== undefined && !gain.anew && isStorm(gain),
      device: deviceRecord(device, now, gain),
    };
  }
}

/** Sends the events of a recording. @module */

import { channelName } from "../channel.ts";
import type { Clock } from "../clock.ts";
import { UsageError } from "../errors.ts";
import { bindChannel } from "../handle/bind.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import { mapNamed, type Named } from "../named.ts";
import { parseChannel, parseNamedChannel } from "../parse.ts";
import type { Channel, Port } from "../types.ts";
import type { Recording } from "./recording.ts";

/** The time between events. All periods are milliseconds. */
interface Spacing {
  /** False: send all events at once. */
  readonly wait: boolean;
  /** 2 is twice as fast as the recording. */
  readonly speed?: number;
  /** The longest gap, before `speed` is applied. */
  readonly maxGap?: number;
  /** The wait before the first event. */
  readonly delay?: number;
}

interface Plan {
  /** The channels to send on, without duplicates. */
  readonly channels: readonly Channel[];
  /** The index in {@linkcode channels} of each event. */
  readonly targets: Uint32Array;
  /** When to send each event: milliseconds after the start. */
  readonly times: Float64Array;
}

interface BoundPlan extends Plan {
  readonly ports: readonly Port[];
  readonly bindings: readonly { readonly port: Port; readonly channel: string }[];
}

export interface ReplayOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Is called every {@linkcode PROGRESS_EVERY} with the number of events sent and of all events. */
  readonly progress?: (sent: number, total: number) => void;
  readonly end?: () => void;
}

const PROGRESS_EVERY = 100; // milliseconds

/** A channel's name in the recording, and the channel to send on. */
export type Mapping = readonly [from: string, to: Channel];

/** Parses `FROM=TO`. Returns the name of FROM and the channel TO, which must not be a VIRQ. */
export function parseMapping(text: string): Mapping | Named<Mapping> {
  const [from, to, more] = text.split("=");
  if (to === undefined || more !== undefined) {
    throw new UsageError(`Cannot use "${text}" as a mapping: expected FROM=TO, such as 5:12=1:any`);
  }
  const recorded = channelName(parseChannel(from));
  return mapNamed(parseNamedChannel(to), (target): Mapping => {
    if (target.kind === "virq") throw cannotSend(to);
    return [recorded, target];
  });
}

/**
 * Makes a plan, without binding. `map` has the channels to send on, by channel names of the recording.
 *
 * @throws {UsageError} If a channel to send on is a VIRQ, or the recording has no event of a mapped channel.
 */
export function planReplay(recording: Recording, map: ReadonlyMap<string, Channel>, spacing: Spacing): Plan {
  const { events, name } = recording;
  const index = new Map<string, number>();
  const channels: Channel[] = [];
  const targets = new Uint32Array(events.length);
  const times = new Float64Array(events.length);
  const { wait, speed = 1, maxGap = Infinity, delay = 0 } = spacing;
  let [last, at] = [recording.start, delay];
  for (const [i, { channel, time, line }] of events.entries()) {
    let target = index.get(channel);
    if (target === undefined) {
      const to = map.get(channel) ?? parseChannel(channel);
      if (to.kind === "virq") throw cannotSend(channel, `${name}:${line}: `);
      index.set(channel, target = channels.push(to) - 1);
    }
    targets[i] = target;
    // A negative gap means that the clock was set back during the recording.
    if (wait) at += Math.min(Math.max(0, time - last) / 1000, maxGap) / speed;
    last = time;
    times[i] = at;
  }
  for (const from of map.keys()) {
    if (!index.has(from)) throw new UsageError(`Cannot map ${from}: the recording has no event of it to send`);
  }
  return { channels, targets, times };
}

export async function bindPlan(device: EventChannelDevice, plan: Plan): Promise<BoundPlan> {
  const ports: Port[] = [];
  const bindings: { port: Port; channel: string }[] = [];
  for (const channel of plan.channels) {
    const { port } = await bindChannel(device, "replay", channel);
    ports.push(port);
    if (channel.kind !== "port") bindings.push({ port, channel: channelName(channel) });
  }
  return { ...plan, ports, bindings };
}

/** Sends each event at its time, late events at once. Returns how many were sent. */
export async function play(device: EventChannelDevice, plan: BoundPlan, options: ReplayOptions): Promise<number> {
  const { ports, targets, times } = plan;
  const { clock, signal, progress, end } = options;
  const start = clock.monotonic();
  let [sent, told] = [0, -Infinity];
  try {
    while (sent < times.length && !signal.aborted) {
      const now = clock.monotonic();
      if (progress && now - told >= PROGRESS_EVERY) {
        progress(sent, times.length);
        told = now;
      }
      const left = start + times[sent] - now;
      if (left > 0 || sent % 256 === 255) {
        await clock.sleep(Math.max(0, progress ? Math.min(left, PROGRESS_EVERY) : left), signal);
        if (left > 0) continue;
        if (signal.aborted) break;
      }
      await device.notify(ports[targets[sent]]);
      sent++;
    }
  } finally {
    end?.();
  }
  return sent;
}

function cannotSend(channel: string, where = ""): UsageError {
  return new UsageError(
    `${where}Cannot send on ${channel}: only Xen raises a VIRQ`,
    `--map ${channel}=5:any sends its events on a port for domain 5`,
  );
}

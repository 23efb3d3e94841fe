/**
 * Sending again what was recorded.
 *
 * @module
 */

import { bindChannel } from "../handle/bind.ts";
import { channelName } from "../channel.ts";
import type { Clock } from "../clock.ts";
import { UsageError } from "../errors.ts";
import type { EventChannelDevice } from "../handle/handle.ts";
import { parseChannel } from "../parse.ts";
import type { Recording } from "./recording.ts";
import type { Channel, Port } from "../types.ts";

/** The channel that events are sent on. */
export type ChannelMap = Channel;

/** How the spacing of a recording is kept. */
export interface Spacing {
  /** False: none is. */
  readonly wait: boolean;
  /** How many times as fast. */
  readonly speed?: number;
  /** The longest time between two events, milliseconds, before they are made faster. */
  readonly maxGap?: number;
  /** How long to wait before the first, milliseconds. */
  readonly delay?: number;
}

/** Everything that will be sent. */
export interface Plan {
  /** The channels to send on, each once. */
  readonly channels: readonly Channel[];
  /** Which of {@linkcode channels} each event is sent on. */
  readonly targets: Uint32Array;
  /** When each is sent: milliseconds after the start. */
  readonly times: Float64Array;
}

/** A plan whose channels are ports. */
export interface BoundPlan extends Plan {
  readonly ports: readonly Port[];
  /** What was bound for it. */
  readonly bindings: readonly { readonly port: Port; readonly channel: string }[];
}

/** What a play works with. */
export interface ReplayOptions {
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Is told, now and then, how many of how many events are sent. */
  readonly progress?: (sent: number, total: number) => void;
  /** Is called when the last of that was told. */
  readonly end?: () => void;
}

/** Milliseconds between two words on how far it is. */
const PROGRESS_EVERY = 100;

/**
 * Reads `FROM=TO`, two channels.
 *
 * @returns The name of the one and the other.
 * @throws {UsageError} If it is not that, or nobody can notify TO.
 */
export function parseMapping(text: string): readonly [string, Channel] {
  const [from, to, more] = text.split("=");
  if (to === undefined || more !== undefined) {
    throw new UsageError(`Cannot use "${text}" as a mapping: expected FROM=TO, such as 5:12=1:any`);
  }
  const target = parseChannel(to);
  if (target.kind === "virq") throw notToBeSent(to);
  return [channelName(parseChannel(from)), target];
}

/**
 * Makes a plan. Nothing is bound and nothing is sent.
 *
 * @param map The channels to send on, by the names of those in the recording; one that is not in it stands for itself.
 * @throws {UsageError} If a channel is one that nobody can notify, or a mapping is for one that is not in the recording.
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
      if (to.kind === "virq") throw notToBeSent(channel, `${name}:${line}: `);
      index.set(channel, target = channels.push(to) - 1);
    }
    targets[i] = target;
    // A clock that was set back while it was recorded gives no gap.
    if (wait) at += Math.min(Math.max(0, time - last) / 1000, maxGap) / speed;
    last = time;
    times[i] = at;
  }
  for (const from of map.keys()) {
    if (!index.has(from)) throw new UsageError(`Cannot map ${from}: the recording has no event of it to send`);
  }
  return { channels, targets, times };
}

/**
 * Binds the channels of a plan.
 *
 * @throws {DeviceError} If the kernel refuses, or a port is none of the handle's.
 */
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

/**
 * Sends every event at its time, or, where the last took too long, at once.
 *
 * @returns How many were sent.
 * @throws {DeviceError} If the driver refuses.
 */
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

function notToBeSent(channel: string, where = ""): UsageError {
  return new UsageError(
    `${where}Cannot send on ${channel}: only Xen raises a VIRQ`,
    `--map ${channel}=5:any sends its events on a port for domain 5`,
  );
}

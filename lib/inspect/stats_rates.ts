/** What came between two looks at the kernel's counters. @module */

import type { ChannelInterrupt } from "./interrupts.ts";
import { countersOf, type DeviceStats, type HostStats } from "./stats.ts";
import { COUNTER_SIZE } from "./xen_devices.ts";

/** What a device's counters gained in an interval. */
export interface Gain {
  readonly seconds: number;
  readonly events: number;
  readonly spurious: number;
  readonly delayedJiffies: number;
  /** Whether the counters began anew in the interval: another device has its place. */
  readonly anew: boolean;
}

/**
 * More a second than any kernel counts: each event takes an interrupt. A counter that is smaller than before, and would
 * have had to gain more than that to come round, has begun anew.
 */
const MOST_A_SECOND = 10_000_000;

/** What each device gained since the look before, by its path. A device without counters has no gain. */
export function gainsBetween(before: HostStats, now: HostStats): Map<string, Gain> {
  const seconds = Math.max((now.at - before.at) / 1000, 1e-6);
  const earlier = new Map(before.devices.map((device) => [device.path, device]));
  const gains = new Map<string, Gain>();
  for (const device of now.devices) {
    const gain = gainOf(earlier.get(device.path), device, seconds);
    if (gain !== undefined) gains.set(device.path, gain);
  }
  return gains;
}

function gainOf(before: DeviceStats | undefined, now: DeviceStats, seconds: number): Gain | undefined {
  const counters = countersOf(now);
  if (counters === undefined) return undefined;
  const old = before && countersOf(before);
  const { events, spurious, delayedJiffies } = counters;
  const whole = { seconds, events, spurious, delayedJiffies };
  if (old === undefined) return { ...whole, anew: true };
  const gained = {
    seconds,
    events: modulo(events - old.events),
    spurious: modulo(spurious - old.spurious),
    delayedJiffies: modulo(delayedJiffies - old.delayedJiffies),
  };
  const most = MOST_A_SECOND * Math.max(seconds, 1);
  const possible = gained.events <= most && gained.spurious <= most && gained.delayedJiffies <= most;
  return possible ? { ...gained, anew: false } : { ...whole, anew: true };
}

/**
 * How often an interrupt came since a look before, `seconds` ago; undefined if processors came or went, and took their
 * counts with them.
 */
export function interruptsGained(
  before: ChannelInterrupt | undefined,
  { counts }: ChannelInterrupt,
  seconds: number,
): number | undefined {
  const total = sum(counts);
  if (before === undefined) return total;
  if (before.counts.length !== counts.length) return undefined;
  const gained = modulo(total - sum(before.counts));
  return gained <= MOST_A_SECOND * Math.max(seconds, 1) ? gained : total;
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

function modulo(value: number): number {
  return ((value % COUNTER_SIZE) + COUNTER_SIZE) % COUNTER_SIZE;
}

/** Whether the kernel made a device's events wait in the interval: its guard against a rogue other end (XSA-332). */
export function isStorm({ delayedJiffies }: Gain): boolean {
  return delayedJiffies > 0;
}

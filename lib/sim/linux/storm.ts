/** What a kernel counts of a device whose other end sends events without end and without work. @module */

import type { SimulatedDevice } from "../toolstack/devices.ts";

/** Jiffies a second, as Debian builds its kernels. */
export const HZ = 250;

/** How many spurious events in a row the kernel lets pass (drivers/xen/xenbus/xenbus_probe.c, spurious_threshold). */
const THRESHOLD = 1;

/** A kernel counts no more spurious events in a row than fit here (drivers/xen/events/events_base.c). */
const MOST_IN_A_ROW = Math.ceil(Math.log2(HZ << 2));

/** What such an end gets through, and what the kernel then makes it wait: a second of each second, nearly. */
const EVENTS_PER_S = 50;
const DELAYED_PER_S = 240;

/** What a device's kernel has counted by itself since it was made; nothing without the fault. */
export function backlog({ fault, made }: SimulatedDevice, uptime: number): { events: number; delayedJiffies: number } {
  const seconds = fault === "storm" ? (uptime - made) / 1000 : 0;
  return { events: Math.floor(seconds * EVENTS_PER_S), delayedJiffies: Math.floor(seconds * DELAYED_PER_S) };
}

/** For how long the kernel keeps a channel masked after so many events without work (xen_irq_lateeoi_locked). */
export function delayedJiffies(spurious: number): number {
  let sum = 0;
  for (let event = THRESHOLD + 1; event <= spurious; event++) {
    const inARow = Math.min(event, MOST_IN_A_ROW);
    if (inARow === MOST_IN_A_ROW) return sum + (spurious - event + 1) * HZ;
    sum += Math.min(HZ, 1 << (inARow - 1 - THRESHOLD));
  }
  return sum;
}

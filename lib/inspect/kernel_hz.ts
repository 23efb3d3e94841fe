/** How many jiffies a second has. No file says it, but two tell how many jiffies there were since the start. @module */

import type { KernelFiles } from "../view/kernel_files.ts";

/** The values that a kernel for x86 or Arm can be built with (kernel/Kconfig.hz). */
const BUILT = [100, 250, 300, 1000];

/** Jiffies begin at minus five minutes, in 32 bits (include/linux/jiffies.h, INITIAL_JIFFIES). */
const BEFORE_START = 300;
const U32 = 2 ** 32;

/** Seconds that the count may differ from the clock: before the timer starts, a slow start counts none. */
const TOLERANCE = 10;

/**
 * Jiffies a second, from how far jiffies and the clock have come since the start of the kernel. Undefined if the files
 * do not tell: another kernel's, root's alone, or around the fifth minute, when every value would fit.
 */
export async function kernelHz(files: KernelFiles): Promise<number | undefined> {
  const [scheduler, uptime] = [await files.read("/proc/schedstat"), await files.read("/proc/uptime")];
  if (typeof scheduler !== "string" && typeof uptime !== "string") {
    const [, jiffies] = /^timestamp (\d{1,20})$/m.exec(scheduler.text) ?? []; // kernel/sched/stats.c, show_schedstat
    const [, seconds] = /^(\d+\.\d+) /.exec(uptime.text) ?? [];
    const found = hzOf(jiffies, Number(seconds));
    if (found !== undefined) return found;
  }
  const timers = await files.read("/proc/timer_list"); // kernel/time/timer_list.c
  if (typeof timers === "string") return undefined;
  const [, jiffies] = /^jiffies: (\d{1,20})$/m.exec(timers.text) ?? [];
  const [, nanoseconds] = /^now at (\d+) nsecs$/m.exec(timers.text) ?? [];
  return hzOf(jiffies, Number(nanoseconds) / 1e9);
}

/** The only value with which jiffies and the clock agree. */
function hzOf(jiffies: string | undefined, seconds: number): number | undefined {
  if (jiffies === undefined || !(seconds >= 0)) return undefined;
  const low = Number(BigInt(jiffies) % BigInt(U32)); // a kernel of 32 bits counts modulo 2^32
  const fitting = BUILT.filter((hz) => {
    const late = modulo((seconds - BEFORE_START) * hz - low, U32);
    return Math.min(late, U32 - late) <= TOLERANCE * hz;
  });
  return fitting.length === 1 ? fitting[0] : undefined;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

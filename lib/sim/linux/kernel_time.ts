/** The files in which a kernel tells how long it runs: in jiffies, and in seconds. @module */

import { type FileTree, textFile } from "./files.ts";
import type { ShownKernel } from "./kernel_files.ts";
import { HZ } from "./storm.ts";

/** Jiffies begin five minutes before they wrap 32 bits (include/linux/jiffies.h, INITIAL_JIFFIES). */
const FIRST_JIFFIES = 2 ** 32 - 300 * HZ;

/** A simulated host boots in no time. Its kernels say that they have run for longer, as those of real hosts have. */
const BOOTED_BEFORE = 3_600_000;

export function addKernelTime(tree: FileTree, kernel: ShownKernel): void {
  const seconds = () => (BOOTED_BEFORE + kernel.uptime()) / 1000;
  tree.put("/proc/uptime", textFile(() => `${seconds().toFixed(2)} ${seconds().toFixed(2)}\n`));
  tree.put(
    "/proc/schedstat",
    textFile(() => `version 15\ntimestamp ${FIRST_JIFFIES + Math.floor(seconds() * HZ)}\ncpu0 0 0 0 0 0 0 0 0 0\n`),
  );
}

/** Processes of a {@linkcode FakeView}, as /proc shows them. @module */

import type { FakeView } from "./fake_view.ts";

/** Hundredths of a second after the kernel that a process of a test began. */
export const STARTED = 4200;

interface FakeProcess {
  readonly command?: string;
  readonly uid?: number;
  /** What its descriptors from 3 on have open. */
  readonly open?: readonly string[];
}

/** Adds a process. */
export function addProcess(view: FakeView, pid: number, { command = "sh", uid = 0, open = [] }: FakeProcess): void {
  const folder = `/proc/${pid}`;
  view.texts.set(`${folder}/stat`, `${pid} (${command}) S 1${" 0".repeat(16)} 7 ${STARTED} 0 0\n`);
  view.texts.set(`${folder}/status`, `Name:\tx\nUid:\t9\t${uid}\t9\t9\nGid:\t0\t0\t0\t0\n`);
  for (const [i, path] of ["/dev/null", ...open].entries()) view.links.set(`${folder}/fd/${i + 2}`, path);
}

/** Adds /proc/stat, the first process, and interrupts with these names. */
export function bootKernel(view: FakeView, ...interrupts: readonly string[]): void {
  view.texts.set("/proc/stat", "cpu  1 2 3\nbtime 1767323000\nprocesses 9\n");
  addProcess(view, 1, { command: "init" });
  const lines = interrupts.map((name, i) => ` ${40 + i}:          0          1  xen-dyn-lateeoi    -event     ${name}`);
  view.texts.set("/proc/interrupts", ["           CPU0       CPU1       ", ...lines, "NMI: 0 0 x", ""].join("\n"));
}

/** What a kernel shows of its Xen and its modules: drivers/xen/sys-hypervisor.c and kernel/module of Linux. @module */

import { type FileTree, folderOf, textFile } from "./files.ts";
import type { ShownKernel } from "./kernel_files.ts";

/** The Xen that is simulated. */
const VERSION = { major: "4", minor: "17", extra: ".0" } as const;

/** XENFEAT_dom0 (xen/include/public/features.h). */
const FEATURE_DOM0 = 1 << 11;

export function addHypervisor(tree: FileTree, { domain }: ShownKernel): void {
  const line = (text: string) => textFile(() => `${text}\n`);
  tree.put("/sys/hypervisor/type", line("xen"));
  tree.put("/sys/hypervisor/guest_type", line("PV"));
  for (const [name, text] of Object.entries(VERSION)) tree.put(`/sys/hypervisor/version/${name}`, line(text));
  const features = domain.privileged ? FEATURE_DOM0 : 0;
  tree.put("/sys/hypervisor/properties/features", line(features.toString(16).padStart(8, "0")));
  tree.put("/sys/module/xen_evtchn", folderOf({ refcnt: line("0") }));
}

/** The names of simulated devices' kinds and faults. @module */

export const DEVICE_KIND_NAMES = [
  "vif",
  "vbd",
  "console",
  "9pfs",
  "vkbd",
  "vfb",
  "vusb",
  "vscsi",
  "vtpm",
  "pci",
  "vdispl",
  "vsnd",
] as const;

export type DeviceKindName = typeof DEVICE_KIND_NAMES[number];

/** The faults, each named after the verdict that it leads to; the last two, after what the kernel's counters show. */
export const FAULTS = [
  "waiting",
  "unwritten",
  "closed",
  "unbound",
  "elsewhere",
  "gone",
  "shared",
  "storm",
  "silent",
] as const;

export type Fault = typeof FAULTS[number];

/** The names of simulated devices' kinds and faults. @module */

/** The kinds of devices that a simulated host can have. */
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

/** One of {@linkcode DEVICE_KIND_NAMES}. */
export type DeviceKindName = typeof DEVICE_KIND_NAMES[number];

/** The faults, each named after the verdict that it leads to. */
export const FAULTS = ["waiting", "unwritten", "closed", "unbound", "elsewhere", "gone", "shared"] as const;

/** One of {@linkcode FAULTS}. */
export type Fault = typeof FAULTS[number];

/**
 * The words for simulated devices: kinds, and what can be wrong with one.
 *
 * @module
 */

/** The kinds of devices. */
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

/** One of them. */
export type DeviceKindName = typeof DEVICE_KIND_NAMES[number];

/** The faults, by the verdict that they come to. */
export const FAULTS = ["waiting", "unwritten", "closed", "unbound", "elsewhere", "gone", "shared"] as const;

/** One of them. */
export type Fault = typeof FAULTS[number];

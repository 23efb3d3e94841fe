/** The names of simulated devices' kinds and faults. @module */

/** The kinds of devices that a simulated host can have. */
export const DEVICE_KIND_NAMES = [
  "vif",
  "vbd",
  "console",
  "9pfs",
  "pvcalls",
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

/** The faults that are named after the verdict that they lead to. */
export const VERDICT_FAULTS = ["waiting", "unwritten", "closed", "unbound", "elsewhere", "gone", "shared"] as const;

/** What the counters of the kernel show: many events, or none. Nothing is wrong with the wiring. */
export const COUNTED_FAULTS = ["storm", "silent"] as const;

/** An event waits at one end, and nothing takes it: the verdict is `stuck`. */
export const STUCK_FAULTS = ["stuck-backend", "stuck-guest"] as const;

/**
 * Handshakes that stop. `no-driver`: the backend has none. `hotplug`: its script failed, before it binds. `half`: all is
 * bound, and the last end to do so has not said that it is connected. `closing`: it is taken away, and the frontend
 * keeps it.
 */
export const STEP_FAULTS = ["no-driver", "hotplug", "half", "closing"] as const;

/** What `device --fault` takes. */
export const FAULTS = [...VERDICT_FAULTS, ...STUCK_FAULTS, ...STEP_FAULTS, ...COUNTED_FAULTS] as const;

/** One of {@linkcode FAULTS}. */
export type Fault = typeof FAULTS[number];

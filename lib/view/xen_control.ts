/** What Xen tells its control domain beyond port tables: its debug keys' text, and its domains. @module */

import type { Awaitable, Domid } from "../types.ts";

/** The keys whose text is read here, and that change nothing: `e` event channels, `i` interrupts. */
export const DUMP_KEYS = ["e", "i"] as const;
export type DumpKey = typeof DUMP_KEYS[number];

/** A domain as Xen has it. Xen knows no names. */
export interface XenDomain {
  readonly domain: Domid;
  /** It is being destroyed: what it shares is still there. */
  readonly dying: boolean;
  /** Its kernel has ended, in whatever way, or is suspended. */
  readonly shutdown: boolean;
  /** The toolstack paused it. */
  readonly paused: boolean;
  /** The highest number of its vCPUs; left out if it has none yet. */
  readonly maxVcpu?: number;
}

export interface XenControl {
  /**
   * Presses a debug key and reads what Xen's console ring gained. Other readers of the ring lose nothing, but the text
   * stays in it, as after `xl debug-keys`, and pushes the oldest out. If the ring is smaller than the text, the start
   * of the text is missing.
   *
   * @throws {DeviceError} EPERM: not the control domain, or not root; ENOSYS: a Xen without sysctl; EACCES: no version
   * of the interface, or the security policy.
   */
  dump(key: DumpKey): Awaitable<string>;
  /** All domains, ascending, also those that are dying or that xenstore does not have. Throws as `dump`. */
  domains(): Awaitable<readonly XenDomain[]>;
}

/** What is said where Xen's dump of event channels is cut. @module */

import { DeviceError } from "../errors.ts";
import { counted } from "./count.ts";

/** What to do about it. */
export const LARGER_RING = "boot Xen with a larger one, as conring_size=4M: a port takes about 50 bytes";

/** The error for ports whose lines Xen's console ring has lost. It keeps the newest: the last domains. */
export function lostBits(lost: number, all: number): DeviceError {
  return new DeviceError(
    "list",
    "ENODATA",
    "sysctl",
    `Cannot see the pending events of ${lost} of ${counted(all, "port")}: Xen's console ring is too small for its dump`,
    LARGER_RING,
  );
}

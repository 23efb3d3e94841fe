/**
 * The device of illumos and Solaris as user space sees it (usr/src/uts/common/xen/sys/evtchn.h).
 *
 * There a request is `'E' << 8 | nr`, with neither direction nor size; the structs and the returned ports are Linux's.
 *
 * @module
 */

import { type Abi, type CommonIoctlName, FIELDS, type Ioctl, ioctlWith } from "./abi.ts";
import { Poll } from "./syscalls.ts";

/** The `_IOC` of that header, which leaves the direction and the size out. */
export function sunIoc(type: string, nr: number): number {
  return type.charCodeAt(0) << 8 | nr;
}

function ioctl(name: CommonIoctlName, nr: number): Ioctl {
  return ioctlWith(name, FIELDS[name], () => sunIoc("E", nr));
}

/** illumos's device (usr/src/uts/common/xen/io/evtchn_dev.c): it can neither reset nor restrict a handle. */
export const ILLUMOS: Abi = {
  os: "illumos",
  devicePath: "/dev/xen/evtchn",
  ioctls: {
    BIND_VIRQ: ioctl("BIND_VIRQ", 0),
    BIND_INTERDOMAIN: ioctl("BIND_INTERDOMAIN", 1),
    BIND_UNBOUND_PORT: ioctl("BIND_UNBOUND_PORT", 2),
    UNBIND: ioctl("UNBIND", 3),
    NOTIFY: ioctl("NOTIFY", 4),
  },
  pollWriteNormal: Poll.OUT, // usr/src/uts/common/sys/poll.h
};

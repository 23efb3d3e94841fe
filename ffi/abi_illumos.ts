/** The device of illumos and Solaris (usr/src/uts/common/xen/sys/evtchn.h); its structs are Linux's. @module */

import { type Abi, type CommonIoctlName, FIELDS, type Ioctl, ioctlWith } from "./ioctl.ts";
import { Poll } from "./syscalls.ts";

/** That header's `_IOC`: no direction and no size. */
export function sunIoc(type: string, nr: number): number {
  return type.charCodeAt(0) << 8 | nr;
}

function ioctl(name: CommonIoctlName, nr: number): Ioctl {
  return ioctlWith(name, FIELDS[name], () => sunIoc("E", nr));
}

/** illumos's device (usr/src/uts/common/xen/io/evtchn_dev.c). It has no reset and no restrict. */
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

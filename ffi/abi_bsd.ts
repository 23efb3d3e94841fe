/** The devices of FreeBSD (sys/xen/evtchn/evtchn.h) and NetBSD (sys/arch/xen/include/xenio3.h). @module */

import { type Abi, type Field, FIELDS, type Ioctl, type IoctlName, ioctlWith } from "./ioctl.ts";
import { Poll } from "./syscalls.ts";

const IOC_VOID = 0x2000_0000;
const IOC_OUT = 0x4000_0000;
const IOC_IN = 0x8000_0000;
const IOCPARM_MASK = 0x1FFF;

/** The BSDs' `_IOC` (sys/ioccom.h): 3 bits of direction, 13 of size, 8 of group, 8 of number. */
export function bsdIoc(direction: number, group: string, num: number, size: number): number {
  return (direction | (size & IOCPARM_MASK) << 16 | group.charCodeAt(0) << 8 | num) >>> 0;
}

/** ioctl(2) returns 0 here, so a bind returns its port in the last field of its struct. */
const PORT: Field = { name: "port", bytes: 4, filled: true };

function bind(name: IoctlName, num: number): Ioctl {
  return ioctlWith(name, [...FIELDS[name], PORT], (size) => bsdIoc(IOC_IN | IOC_OUT, "E", num, size));
}

function send(name: IoctlName, num: number): Ioctl {
  return ioctlWith(name, FIELDS[name], (size) => bsdIoc(IOC_IN, "E", num, size));
}

const COMMON: Omit<Abi, "os" | "devicePath"> = {
  ioctls: {
    BIND_VIRQ: bind("BIND_VIRQ", 4),
    BIND_INTERDOMAIN: bind("BIND_INTERDOMAIN", 5),
    BIND_UNBOUND_PORT: bind("BIND_UNBOUND_PORT", 6),
    UNBIND: send("UNBIND", 7),
    NOTIFY: send("NOTIFY", 8),
    RESET: ioctlWith("RESET", [], () => bsdIoc(IOC_VOID, "E", 9, 0)),
  },
  pollWriteNormal: Poll.OUT, // sys/poll.h of both
};

/** FreeBSD's device (sys/xen/evtchn/evtchn_dev.c). */
export const FREEBSD: Abi = { os: "freebsd", devicePath: "/dev/xen/evtchn", ...COMMON };

/** NetBSD's device (sys/arch/xen/xen/xenevt.c). */
export const NETBSD: Abi = { os: "netbsd", devicePath: "/dev/xenevt", ...COMMON };

/** The libcs of illumos, FreeBSD and NetBSD, from their headers: evtchn has not been run there yet. @module */

import { freebsdErrnoName, illumosErrnoName, netbsdErrnoName } from "./errno_others.ts";
import type { System } from "./ioctl.ts";
import type { LibcTable } from "./libc_table.ts";
import { LIBC_PATHS } from "./library.ts";

/** eventfd(2) needs illumos of 2015, FreeBSD 13 or NetBSD 10. */
export const LIBCS: Readonly<Record<Exclude<System, "linux">, LibcTable>> = {
  // usr/src/uts/common/sys/fcntl.h, sys/eventfd.h
  illumos: {
    paths: LIBC_PATHS.illumos,
    name: "libc.so.1",
    errnoLocation: "___errno",
    errnoName: illumosErrnoName,
    O_NONBLOCK: 0x80,
    O_CLOEXEC: 0x80_0000,
    EFD_NONBLOCK: 0x800,
    EFD_CLOEXEC: 0x8_0000,
  },
  // sys/sys/fcntl.h, sys/sys/eventfd.h
  freebsd: {
    paths: LIBC_PATHS.freebsd,
    name: "libc.so.7",
    errnoLocation: "__error",
    errnoName: freebsdErrnoName,
    O_NONBLOCK: 0x4,
    O_CLOEXEC: 0x10_0000,
    EFD_NONBLOCK: 0x4,
    EFD_CLOEXEC: 0x10_0000,
  },
  // sys/sys/fcntl.h, sys/sys/eventfd.h
  netbsd: {
    paths: LIBC_PATHS.netbsd,
    name: "libc.so.12",
    errnoLocation: "__errno",
    errnoName: netbsdErrnoName,
    O_NONBLOCK: 0x4,
    O_CLOEXEC: 0x40_0000,
    EFD_NONBLOCK: 0x4,
    EFD_CLOEXEC: 0x40_0000,
  },
};

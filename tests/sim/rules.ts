/** The rules in which the drivers differ, for the model. @module */

import { type Errno, Poll } from "../../ffi/syscalls.ts";

export interface Rules {
  /** How many handles a domain can have open. */
  readonly handles: number;
  /** The error of open(2) for a process that is not root; undefined if it opens. */
  readonly openRefusal?: Errno;
  /** The error of ioctl(2), read(2) and write(2) for a process that is not root. */
  readonly useRefusal?: Errno;
  /** How many events can be owed to a new handle. */
  readonly room: number;
  /** Whether room grows: 64 at the first port, doubled whenever there are more ports than room. */
  readonly grows: boolean;
  /** Whether the driver has a reset and a restriction. */
  readonly controls: boolean;
  /** The errors for a port out of range. */
  readonly beyond: { readonly unbind: Errno; readonly notify: Errno };
  /** poll(2) of a handle. */
  poll(events: number, readable: boolean, lost: boolean): number;
}

/** Linux (drivers/xen/evtchn.c). */
export const LINUX_RULES: Rules = {
  handles: Infinity,
  openRefusal: "EACCES",
  room: 0,
  grows: true,
  controls: true,
  beyond: { unbind: "EINVAL", notify: "ENOTCONN" },
  poll: (events, readable, lost) =>
    lost ? Poll.ERR : (Poll.OUT | Poll.WRNORM | (readable ? Poll.IN | Poll.RDNORM : 0)) & events,
};

/** illumos (usr/src/uts/common/xen/io/evtchn_dev.c). */
export const ILLUMOS_RULES: Rules = {
  handles: 255,
  useRefusal: "EPERM",
  room: 1024,
  grows: false,
  controls: false,
  beyond: { unbind: "EFAULT", notify: "EINVAL" },
  poll: (events, readable, lost) =>
    ((Poll.OUT | (readable ? Poll.IN | Poll.RDNORM : 0)) & events) | (lost ? Poll.ERR : 0),
};

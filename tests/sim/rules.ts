/**
 * Where the systems differ, for the model: the rules of each driver as a table.
 *
 * @module
 */

import { type Errno, Poll } from "../../ffi/syscalls.ts";

/** One system. */
export interface Rules {
  /** How many handles a domain can have open. */
  readonly handles: number;
  /** What open(2) answers who is not root, if it does not open. */
  readonly openRefusal?: Errno;
  /** What ioctl(2), read(2) and write(2) answer who is not root. */
  readonly useRefusal?: Errno;
  /** How many events can be owed to a new handle. */
  readonly room: number;
  /** Whether room grows with the ports: 64 at the first, then twice as many whenever there are more ports than room. */
  readonly grows: boolean;
  /** Whether there is a reset and a restriction. */
  readonly controls: boolean;
  /** What a port is that no domain can have. */
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

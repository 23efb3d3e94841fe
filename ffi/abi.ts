/** The event-channel device of Linux, and how to find the one of another system. @module */

import { type Abi, FIELDS, ioc, type Ioctl, type IoctlName, ioctlWith } from "./ioctl.ts";
import { Poll } from "./syscalls.ts";

export { type Abi, type IoctlName, ioctlOf, pack, type System, unpack } from "./ioctl.ts";

/** `sizeof(evtchn_port_t)`, bytes: read(2) and write(2) carry arrays of it. */
export const PORT_BYTES = 4;

/** The maximum size of one read(2) or write(2), bytes. */
export const PAGE_BYTES = 4096;

const IOC_NONE = 0;

/** `_IOC(_IOC_NONE, 'E', nr, sizeof(struct))` (include/uapi/xen/evtchn.h). */
function ioctl(name: IoctlName, nr: number): Ioctl {
  return ioctlWith(name, FIELDS[name], (size) => ioc(IOC_NONE, "E", nr, size));
}

/** Linux's device (drivers/xen/evtchn.c). */
export const LINUX: Abi & { readonly ioctls: Readonly<Record<IoctlName, Ioctl>> } = {
  os: "linux",
  devicePath: "/dev/xen/evtchn",
  ioctls: {
    BIND_VIRQ: ioctl("BIND_VIRQ", 0),
    BIND_INTERDOMAIN: ioctl("BIND_INTERDOMAIN", 1),
    BIND_UNBOUND_PORT: ioctl("BIND_UNBOUND_PORT", 2),
    UNBIND: ioctl("UNBIND", 3),
    NOTIFY: ioctl("NOTIFY", 4),
    RESET: ioctl("RESET", 5),
    RESTRICT_DOMID: ioctl("RESTRICT_DOMID", 6),
    BIND_STATIC: ioctl("BIND_STATIC", 7), // Linux 6.6; it returns 0
  },
  pollWriteNormal: Poll.WRNORM,
};

/** The device of a system by its `Deno.build.os`; undefined for a system that has none. */
export async function abiOf(os: string): Promise<Abi | undefined> {
  switch (os) {
    case "linux":
      return LINUX;
    case "illumos":
    case "solaris":
      return (await import("./abi_illumos.ts")).ILLUMOS;
    case "freebsd":
      return (await import("./abi_bsd.ts")).FREEBSD;
    case "netbsd":
      return (await import("./abi_bsd.ts")).NETBSD;
  }
}

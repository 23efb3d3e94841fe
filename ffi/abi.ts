/**
 * The event-channel device's ABI: request numbers and argument structs, derived and never typed in.
 *
 * Linux builds a request as `_IOC(_IOC_NONE, 'E', nr, sizeof(struct))` (include/uapi/xen/evtchn.h): two bits of
 * direction, fourteen of size, eight of type, eight of number. The other systems have files of their own.
 *
 * @module
 */

import { getU16, getU32, setU16, setU32 } from "./endian.ts";
import { Poll } from "./syscalls.ts";

/** `sizeof(evtchn_port_t)`, bytes: read(2) and write(2) carry arrays of it. */
export const PORT_BYTES = 4;

/** The most bytes that one read(2) or write(2) carries: one page. */
export const PAGE_BYTES = 4096;

/** The systems that have the device. */
export type System = "linux" | "illumos" | "freebsd" | "netbsd";

/** The ioctls that every system has, by the name that their headers use after `IOCTL_EVTCHN_`. */
export type CommonIoctlName = "BIND_VIRQ" | "BIND_INTERDOMAIN" | "BIND_UNBOUND_PORT" | "UNBIND" | "NOTIFY";

/** The ioctls that some system has. */
export type IoctlName = CommonIoctlName | "RESET" | "RESTRICT_DOMID";

/** One member of an argument struct. */
export interface Field {
  /** The member's name in the C header. */
  readonly name: string;
  /** Its width in bytes. */
  readonly bytes: 2 | 4;
  /** Whether the driver fills it in: the port that it has bound. */
  readonly filled: boolean;
}

/** One ioctl of one system. */
export interface Ioctl {
  readonly name: IoctlName;
  /** The number that ioctl(2) is given. */
  readonly request: number;
  readonly fields: readonly Field[];
  /** `sizeof` the argument struct, bytes. */
  readonly size: number;
  /** Where in the struct the driver puts the port that it has bound; -1 where ioctl(2) returns it, or there is none. */
  readonly portOffset: number;
}

/** What one system's device looks like from user space. */
export interface Abi {
  readonly os: System;
  /** Where the device is. */
  readonly devicePath: string;
  /** The ioctls that the driver has. */
  readonly ioctls: Readonly<Record<CommonIoctlName, Ioctl> & Partial<Record<IoctlName, Ioctl>>>;
  /** POLLWRNORM there. The other bits are the same everywhere. */
  readonly pollWriteNormal: number;
}

const u32 = (name: string): Field => ({ name, bytes: 4, filled: false });
const u16 = (name: string): Field => ({ name, bytes: 2, filled: false });

/** What the caller says with each ioctl, in the members' order. */
export const FIELDS: Readonly<Record<IoctlName, readonly Field[]>> = {
  BIND_VIRQ: [u32("virq")],
  BIND_INTERDOMAIN: [u32("remote_domain"), u32("remote_port")],
  BIND_UNBOUND_PORT: [u32("remote_domain")],
  UNBIND: [u32("port")],
  NOTIFY: [u32("port")],
  RESET: [],
  RESTRICT_DOMID: [u16("domid")],
};

/** An ioctl with its struct. `request` makes the number, given the struct's size. */
export function ioctlWith(name: IoctlName, fields: readonly Field[], request: (size: number) => number): Ioctl {
  let size = 0;
  let portOffset = -1;
  for (const { bytes, filled } of fields) {
    if (filled) portOffset = size;
    size += bytes;
  }
  return { name, request: request(size), fields, size, portOffset };
}

const IOC_NONE = 0;

/** Linux's `_IOC` (include/uapi/asm-generic/ioctl.h). */
export function ioc(direction: number, type: string, nr: number, size: number): number {
  return (direction << 30 | size << 16 | type.charCodeAt(0) << 8 | nr) >>> 0;
}

function linuxIoctl(name: IoctlName, nr: number): Ioctl {
  return ioctlWith(name, FIELDS[name], (size) => ioc(IOC_NONE, "E", nr, size));
}

/** Linux's device (drivers/xen/evtchn.c). */
export const LINUX: Abi & { readonly ioctls: Readonly<Record<IoctlName, Ioctl>> } = {
  os: "linux",
  devicePath: "/dev/xen/evtchn",
  ioctls: {
    BIND_VIRQ: linuxIoctl("BIND_VIRQ", 0),
    BIND_INTERDOMAIN: linuxIoctl("BIND_INTERDOMAIN", 1),
    BIND_UNBOUND_PORT: linuxIoctl("BIND_UNBOUND_PORT", 2),
    UNBIND: linuxIoctl("UNBIND", 3),
    NOTIFY: linuxIoctl("NOTIFY", 4),
    RESET: linuxIoctl("RESET", 5),
    RESTRICT_DOMID: linuxIoctl("RESTRICT_DOMID", 6),
  },
  pollWriteNormal: Poll.WRNORM,
};

/** Made here: Deno reads what a literal import names before the program starts, used or not. */
const LAZY = { illumos: import.meta.resolve("./abi_illumos.ts"), bsd: import.meta.resolve("./abi_bsd.ts") };

/**
 * The device of the system that a program runs on.
 *
 * @param os What `Deno.build.os` says.
 * @returns Its ABI; undefined for a system that has no such device.
 */
export async function abiOf(os: string): Promise<Abi | undefined> {
  switch (os) {
    case "linux":
      return LINUX;
    case "illumos":
    case "solaris":
      return (await import(LAZY.illumos) as typeof import("./abi_illumos.ts")).ILLUMOS;
    case "freebsd":
      return (await import(LAZY.bsd) as typeof import("./abi_bsd.ts")).FREEBSD;
    case "netbsd":
      return (await import(LAZY.bsd) as typeof import("./abi_bsd.ts")).NETBSD;
  }
}

/** The ioctl of `abi` with that request number, or undefined for a number that the driver does not know. */
export function ioctlOf(abi: Abi, request: number): Ioctl | undefined {
  return Object.values(abi.ioctls).find((ioctl) => ioctl.request === request);
}

/**
 * Packs `values`, one a field in order, into the argument struct of `ioctl` at the start of `into`. What the driver
 * fills in has no value and is 0.
 */
export function pack(ioctl: Ioctl, values: readonly number[], into: Uint8Array): void {
  let offset = 0;
  ioctl.fields.forEach((field, i) => {
    (field.bytes === 2 ? setU16 : setU32)(into, offset, field.filled ? 0 : values[i]);
    offset += field.bytes;
  });
}

/** Takes the argument struct of `ioctl` apart, one number a field in order. */
export function unpack(ioctl: Ioctl, bytes: Uint8Array): number[] {
  let offset = 0;
  return ioctl.fields.map((field) => {
    const value = (field.bytes === 2 ? getU16 : getU32)(bytes, offset);
    offset += field.bytes;
    return value;
  });
}

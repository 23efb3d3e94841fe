/**
 * The event-channel device's ABI: request numbers and argument structs, derived and never typed in.
 *
 * Linux builds a request as `_IOC(_IOC_NONE, 'E', nr, sizeof(struct))` (include/uapi/xen/evtchn.h): two bits of
 * direction, fourteen of size, eight of type, eight of number.
 *
 * @module
 */

import { getU16, getU32, setU16, setU32 } from "./endian.ts";

/** `sizeof(evtchn_port_t)`, bytes: read(2) and write(2) carry arrays of it. */
export const PORT_BYTES = 4;

/** The most bytes that one read(2) or write(2) carries: one page. */
export const PAGE_BYTES = 4096;

/** The device's ioctls by the name that every system's header uses after `IOCTL_EVTCHN_`. */
export type IoctlName =
  | "BIND_VIRQ"
  | "BIND_INTERDOMAIN"
  | "BIND_UNBOUND_PORT"
  | "UNBIND"
  | "NOTIFY"
  | "RESET"
  | "RESTRICT_DOMID";

/** One member of an argument struct. */
export interface Field {
  /** The member's name in the C header. */
  readonly name: string;
  /** Its width in bytes. */
  readonly bytes: 2 | 4;
}

/** One ioctl of one system. */
export interface Ioctl {
  readonly name: IoctlName;
  /** The number that ioctl(2) is given. */
  readonly request: number;
  readonly fields: readonly Field[];
  /** `sizeof` the argument struct, bytes. */
  readonly size: number;
}

/** What one system's device looks like from user space. */
export interface Abi {
  /** As `Deno.build.os` says it. */
  readonly os: "linux";
  /** Where the device is. */
  readonly devicePath: string;
  /** The ioctls that the driver has. */
  readonly ioctls: Readonly<Record<IoctlName, Ioctl>>;
}

const u32 = (name: string): Field => ({ name, bytes: 4 });
const u16 = (name: string): Field => ({ name, bytes: 2 });

/** The argument structs, in the members' order; the number is the ioctl's `nr`. */
const SHAPES: Readonly<Record<IoctlName, readonly [nr: number, fields: readonly Field[]]>> = {
  BIND_VIRQ: [0, [u32("virq")]],
  BIND_INTERDOMAIN: [1, [u32("remote_domain"), u32("remote_port")]],
  BIND_UNBOUND_PORT: [2, [u32("remote_domain")]],
  UNBIND: [3, [u32("port")]],
  NOTIFY: [4, [u32("port")]],
  RESET: [5, []],
  RESTRICT_DOMID: [6, [u16("domid")]],
};

const IOC_NONE = 0;

/** Linux's `_IOC` (include/uapi/asm-generic/ioctl.h). */
export function ioc(direction: number, type: string, nr: number, size: number): number {
  return (direction << 30 | size << 16 | type.charCodeAt(0) << 8 | nr) >>> 0;
}

function linuxIoctl(name: IoctlName): Ioctl {
  const [nr, fields] = SHAPES[name];
  const size = fields.reduce((sum, field) => sum + field.bytes, 0);
  return { name, request: ioc(IOC_NONE, "E", nr, size), fields, size };
}

/** Linux's device (drivers/xen/evtchn.c). */
export const LINUX: Abi = {
  os: "linux",
  devicePath: "/dev/xen/evtchn",
  ioctls: {
    BIND_VIRQ: linuxIoctl("BIND_VIRQ"),
    BIND_INTERDOMAIN: linuxIoctl("BIND_INTERDOMAIN"),
    BIND_UNBOUND_PORT: linuxIoctl("BIND_UNBOUND_PORT"),
    UNBIND: linuxIoctl("UNBIND"),
    NOTIFY: linuxIoctl("NOTIFY"),
    RESET: linuxIoctl("RESET"),
    RESTRICT_DOMID: linuxIoctl("RESTRICT_DOMID"),
  },
};

/** The ioctl of `abi` with that request number, or undefined for a number that the driver does not know. */
export function ioctlOf(abi: Abi, request: number): Ioctl | undefined {
  return Object.values(abi.ioctls).find((ioctl) => ioctl.request === request);
}

/** Packs `values`, one a field in order, into the argument struct of `ioctl` at the start of `into`. */
export function pack(ioctl: Ioctl, values: readonly number[], into: Uint8Array): void {
  let offset = 0;
  ioctl.fields.forEach((field, i) => {
    (field.bytes === 2 ? setU16 : setU32)(into, offset, values[i]);
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

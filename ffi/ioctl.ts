/** The ioctls of the event-channel device and their argument structs: what all systems share. @module */

import { getU16, getU32, setU16, setU32 } from "./endian.ts";

/** The systems that have the device. */
export type System = "linux" | "illumos" | "freebsd" | "netbsd";

/** The ioctls of every system. The C headers put `IOCTL_EVTCHN_` before each name. */
export type CommonIoctlName = "BIND_VIRQ" | "BIND_INTERDOMAIN" | "BIND_UNBOUND_PORT" | "UNBIND" | "NOTIFY";

export type IoctlName = CommonIoctlName | "RESET" | "RESTRICT_DOMID" | "BIND_STATIC";

/** One member of an argument struct, named as in the C header. */
export interface Field {
  readonly name: string;
  readonly bytes: 2 | 4;
  /** Whether the driver writes it: the port that it bound. */
  readonly filled: boolean;
}

export interface Ioctl {
  readonly name: IoctlName;
  readonly request: number;
  readonly fields: readonly Field[];
  /** `sizeof` the argument struct, bytes. */
  readonly size: number;
  /** Offset of the field that the driver fills in; -1 if the struct has none. */
  readonly portOffset: number;
}

/** The device of one system, as user space sees it. */
export interface Abi {
  readonly os: System;
  readonly devicePath: string;
  readonly ioctls: Readonly<Record<CommonIoctlName, Ioctl> & Partial<Record<IoctlName, Ioctl>>>;
  /** POLLWRNORM. The other bits of poll(2) are the same on all systems. */
  readonly pollWriteNormal: number;
}

const u32 = (name: string): Field => ({ name, bytes: 4, filled: false });
const u16 = (name: string): Field => ({ name, bytes: 2, filled: false });

/** The fields that the caller fills in, in the order of the struct. */
export const FIELDS: Readonly<Record<IoctlName, readonly Field[]>> = {
  BIND_VIRQ: [u32("virq")],
  BIND_INTERDOMAIN: [u32("remote_domain"), u32("remote_port")],
  BIND_UNBOUND_PORT: [u32("remote_domain")],
  UNBIND: [u32("port")],
  NOTIFY: [u32("port")],
  RESET: [],
  RESTRICT_DOMID: [u16("domid")],
  BIND_STATIC: [u32("port")],
};

/** Builds an ioctl. `request` computes its number from the size of the struct. */
export function ioctlWith(name: IoctlName, fields: readonly Field[], request: (size: number) => number): Ioctl {
  let size = 0;
  let portOffset = -1;
  for (const { bytes, filled } of fields) {
    if (filled) portOffset = size;
    size += bytes;
  }
  return { name, request: request(size), fields, size, portOffset };
}

/** Linux's `_IOC` (include/uapi/asm-generic/ioctl.h): 2 bits of direction, 14 of size, 8 of type, 8 of number. */
export function ioc(direction: number, type: string, nr: number, size: number): number {
  return (direction << 30 | size << 16 | type.charCodeAt(0) << 8 | nr) >>> 0;
}

/** The ioctl with that request number; undefined if the driver has none. */
export function ioctlOf(abi: Abi, request: number): Ioctl | undefined {
  return Object.values(abi.ioctls).find((ioctl) => ioctl.request === request);
}

/** Packs `values`, one per field, into the argument struct at the start of `into`. Fields of the driver become 0. */
export function pack(ioctl: Ioctl, values: readonly number[], into: Uint8Array): void {
  let offset = 0;
  ioctl.fields.forEach((field, i) => {
    (field.bytes === 2 ? setU16 : setU32)(into, offset, field.filled ? 0 : values[i]);
    offset += field.bytes;
  });
}

export function unpack(ioctl: Ioctl, bytes: Uint8Array): number[] {
  let offset = 0;
  return ioctl.fields.map((field) => {
    const value = (field.bytes === 2 ? getU16 : getU32)(bytes, offset);
    offset += field.bytes;
    return value;
  });
}

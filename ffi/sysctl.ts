/**
 * Xen's `sysctl`: its console ring, its debug keys, its list of domains (xen/include/public/sysctl.h, domctl.h). The
 * layouts are the same from Xen 4.4 to 4.21, on x86 and Arm; only the version of the interface differs. @module
 */

import { getU16, getU32, LITTLE_ENDIAN, setU16, setU32 } from "./endian.ts";

/** `__HYPERVISOR_sysctl` (xen/include/public/xen.h). */
export const SYSCTL = 35;

/** Commands: `XEN_SYSCTL_*`. */
export const XEN_SYSCTL = { readconsole: 1, getdomaininfolist: 6, debug_keys: 7 } as const;

/**
 * `XEN_SYSCTL_INTERFACE_VERSION`, the likeliest first: 0x15 is Xen 4.17 to 4.20, 0x16 is 4.21, 0x10 is 4.10. A call with
 * another version than Xen's own is EACCES (xen/common/sysctl.c, do_sysctl).
 */
export const INTERFACE_VERSIONS: readonly number[] = [
  0x15,
  ...[0x16, 0x14, 0x13, 0x12, 0x11, 0x10],
  ...[0x17, 0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F],
];

/** `sizeof(struct xen_sysctl)`, bytes: `cmd`, `interface_version`, and a union of 128. */
export const SYSCTL_BYTES = 136;

/** Where the members are, bytes from the start of `struct xen_sysctl`. The union begins at 8. */
const AT = {
  cmd: 0,
  interfaceVersion: 4,
  readconsole: { clear: 8, incremental: 9, index: 12, buffer: 16, count: 24 },
  debugKeys: { keys: 8, count: 16 },
  domains: { first: 8, max: 12, buffer: 16, count: 24 },
} as const;

/** `struct xen_sysctl_readconsole`. It is never asked to clear the ring: other readers would lose the text. */
export interface ReadConsole {
  /** Where to begin: a free-running u32. What the ring has no more is left out. */
  readonly index: number;
  /** The address of the buffer. */
  readonly buffer: bigint;
  /** The room in the buffer, bytes. */
  readonly room: number;
}

export function packReadConsole(version: number, { index, buffer, room }: ReadConsole, into: Uint8Array): void {
  const at = AT.readconsole;
  begin(XEN_SYSCTL.readconsole, version, into);
  into[at.incremental] = 1;
  setU32(into, at.index, index);
  setU64(into, at.buffer, buffer);
  setU32(into, at.count, room);
}

/** Xen's answer: the index after the last byte that was read, and how many bytes were. */
export function unpackConsoleRead(bytes: Uint8Array): { readonly index: number; readonly count: number } {
  return { index: getU32(bytes, AT.readconsole.index), count: getU32(bytes, AT.readconsole.count) };
}

/** `struct xen_sysctl_debug_keys`: presses the keys at an address, one byte each. */
export function packDebugKeys(version: number, keys: bigint, count: number, into: Uint8Array): void {
  begin(XEN_SYSCTL.debug_keys, version, into);
  setU64(into, AT.debugKeys.keys, keys);
  setU32(into, AT.debugKeys.count, count);
}

/** `struct xen_sysctl_getdomaininfolist`: up to `max` domains, ascending, from `first` on. */
export interface DomainQuery {
  readonly first: number;
  readonly max: number;
  readonly buffer: bigint;
}

export function packDomainQuery(version: number, { first, max, buffer }: DomainQuery, into: Uint8Array): void {
  begin(XEN_SYSCTL.getdomaininfolist, version, into);
  setU16(into, AT.domains.first, first);
  setU32(into, AT.domains.max, max);
  setU64(into, AT.domains.buffer, buffer);
}

/** How many domains Xen wrote into the buffer. */
export function unpackDomainCount(bytes: Uint8Array): number {
  return getU32(bytes, AT.domains.count);
}

/** The start of `struct xen_domctl_getdomaininfo`, which is the same in all versions, bytes. The rest differs. */
export const DOMAIN_INFO_BYTES = 72;

const INFO = { domain: 0, flags: 4, maxVcpuId: 68 } as const;

/** `XEN_DOMINF_*`. */
export const XEN_DOMINF = { dying: 1 << 0, shutdown: 1 << 2, paused: 1 << 3 } as const;

/** `XEN_INVALID_MAX_VCPU_ID`: the domain has no vCPU yet. */
export const NO_VCPU = 0xFFFF_FFFF;

export interface DomainInfo {
  readonly domain: number;
  /** {@linkcode XEN_DOMINF} bits, and others. */
  readonly flags: number;
  /** The highest number of a vCPU, or {@linkcode NO_VCPU}. */
  readonly maxVcpuId: number;
}

export function unpackDomainInfo(bytes: Uint8Array): DomainInfo {
  return {
    domain: getU16(bytes, INFO.domain),
    flags: getU32(bytes, INFO.flags),
    maxVcpuId: getU32(bytes, INFO.maxVcpuId),
  };
}

export function packDomainInfo({ domain, flags, maxVcpuId }: DomainInfo, into: Uint8Array): void {
  setU16(into, INFO.domain, domain);
  setU32(into, INFO.flags, flags);
  setU32(into, INFO.maxVcpuId, maxVcpuId);
}

/** What a caller asks, as Xen reads it. */
export type SysctlQuery =
  & { readonly version: number }
  & (
    | ({ readonly command: "readconsole"; readonly clear: boolean; readonly incremental: boolean } & ReadConsole)
    | { readonly command: "debug_keys"; readonly keys: bigint; readonly count: number }
    | ({ readonly command: "getdomaininfolist" } & DomainQuery)
    | { readonly command: number }
  );

export function unpackSysctl(bytes: Uint8Array): SysctlQuery {
  const version = getU32(bytes, AT.interfaceVersion);
  const command = getU32(bytes, AT.cmd);
  switch (command) {
    case XEN_SYSCTL.readconsole: {
      const at = AT.readconsole;
      const [clear, incremental] = [bytes[at.clear] !== 0, bytes[at.incremental] !== 0];
      const place = { index: getU32(bytes, at.index), buffer: getU64(bytes, at.buffer) };
      return { version, command: "readconsole", clear, incremental, ...place, room: getU32(bytes, at.count) };
    }
    case XEN_SYSCTL.debug_keys: {
      const at = AT.debugKeys;
      return { version, command: "debug_keys", keys: getU64(bytes, at.keys), count: getU32(bytes, at.count) };
    }
    case XEN_SYSCTL.getdomaininfolist: {
      const { first, max, buffer } = AT.domains;
      const asked = { first: getU16(bytes, first), max: getU32(bytes, max), buffer: getU64(bytes, buffer) };
      return { version, command: "getdomaininfolist", ...asked };
    }
    default:
      return { version, command };
  }
}

/** Writes Xen's answer to `readconsole` over the question. */
export function answerReadConsole(index: number, count: number, into: Uint8Array): void {
  setU32(into, AT.readconsole.index, index);
  setU32(into, AT.readconsole.count, count);
}

/** Writes Xen's answer to `getdomaininfolist` over the question. */
export function answerDomainCount(count: number, into: Uint8Array): void {
  setU32(into, AT.domains.count, count);
}

function begin(command: number, version: number, into: Uint8Array): void {
  into.fill(0, 0, SYSCTL_BYTES);
  setU32(into, AT.cmd, command);
  setU32(into, AT.interfaceVersion, version);
}

function getU64({ buffer, byteOffset }: Uint8Array, offset: number): bigint {
  return new DataView(buffer, byteOffset + offset, 8).getBigUint64(0, LITTLE_ENDIAN);
}

function setU64({ buffer, byteOffset }: Uint8Array, offset: number, value: bigint): void {
  new DataView(buffer, byteOffset + offset, 8).setBigUint64(0, value, LITTLE_ENDIAN);
}

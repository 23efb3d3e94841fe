/** Linux's privcmd (include/uapi/xen/privcmd.h), Xen's `event_channel_op` (public/event_channel.h). @module */

import { getU16, getU32, LITTLE_ENDIAN, setU16, setU32 } from "./endian.ts";
import { ioc } from "./ioctl.ts";

/** The device that makes hypercalls, for root. */
export const PRIVCMD_PATH = "/dev/xen/privcmd";

/** The device that maps memory for the arguments of hypercalls: memory that the kernel never moves. */
export const HYPERCALL_PATH = "/dev/xen/hypercall";

/** `sizeof(struct privcmd_hypercall)`: u64 op, u64 arg[5]. */
export const HYPERCALL_BYTES = 48;

/** `IOCTL_PRIVCMD_HYPERCALL`: `_IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))`. */
export const IOCTL_PRIVCMD_HYPERCALL: number = ioc(0, "P", 0, HYPERCALL_BYTES);

/** `__HYPERVISOR_event_channel_op` (xen/include/public/xen.h). */
export const EVENT_CHANNEL_OP = 32;

/** Commands of `event_channel_op`: `EVTCHNOP_*`. */
export const EVTCHNOP = { close: 3, send: 4, status: 5, set_priority: 13 } as const;

/** States of a port: `EVTCHNSTAT_*`. */
export const EVTCHNSTAT = { closed: 0, unbound: 1, interdomain: 2, pirq: 3, virq: 4, ipi: 5 } as const;

/** `sizeof(struct evtchn_status)`, bytes. */
export const STATUS_BYTES = 24;

/** The part of it that the caller fills in, bytes: `dom` and `port`. */
export const STATUS_QUERY_BYTES = 8;

interface Hypercall {
  readonly op: number;
  /** Up to five; missing ones are 0. */
  readonly args: readonly (number | bigint)[];
}

const ARGUMENTS = 5;
const WORD_BYTES = 8;

export function packHypercall({ op, args }: Hypercall, into: Uint8Array): void {
  const words = wordsOf(into);
  words.setBigUint64(0, BigInt(op), LITTLE_ENDIAN);
  for (let i = 0; i < ARGUMENTS; i++) words.setBigUint64((i + 1) * WORD_BYTES, BigInt(args[i] ?? 0), LITTLE_ENDIAN);
}

/** A word of a packed hypercall: `op` at index 0, arguments at 1 to 5. */
export function hypercallWord(bytes: Uint8Array, index: number): bigint {
  return wordsOf(bytes).getBigUint64(index * WORD_BYTES, LITTLE_ENDIAN);
}

function wordsOf({ buffer, byteOffset }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, HYPERCALL_BYTES);
}

export function packStatusQuery(domain: number, port: number, into: Uint8Array): void {
  setU32(into, 0, 0);
  setU16(into, 0, domain);
  setU32(into, 4, port);
}

export function unpackStatusQuery(bytes: Uint8Array): { readonly domain: number; readonly port: number } {
  return { domain: getU16(bytes, 0), port: getU32(bytes, 4) };
}

/** The output of `EVTCHNOP_status`. */
interface StatusAnswer {
  /** An `EVTCHNSTAT_*`. */
  readonly status: number;
  readonly vcpu: number;
  /** The remote domain, PIRQ or VIRQ, depending on the state; 0 if the state has none. */
  readonly target: number;
  /** 0 unless the state is `interdomain`. */
  readonly remotePort: number;
}

export function statusNumber(bytes: Uint8Array): number {
  return getU32(bytes, 8);
}

export function unpackStatus(bytes: Uint8Array): StatusAnswer {
  const status = statusNumber(bytes);
  return {
    status,
    vcpu: getU32(bytes, 12),
    target: hasTarget(status) ? hasDomain(status) ? getU16(bytes, 16) : getU32(bytes, 16) : 0,
    remotePort: status === EVTCHNSTAT.interdomain ? getU32(bytes, 20) : 0,
  };
}

/** Packs the output after the input, as Xen does: members that the state does not have are left unchanged. */
export function packStatus({ status, vcpu, target, remotePort }: StatusAnswer, into: Uint8Array): void {
  setU32(into, 8, status);
  setU32(into, 12, vcpu);
  if (hasDomain(status)) setU16(into, 16, target);
  else if (hasTarget(status)) setU32(into, 16, target);
  if (status === EVTCHNSTAT.interdomain) setU32(into, 20, remotePort);
}

function hasDomain(status: number): boolean {
  return status === EVTCHNSTAT.unbound || status === EVTCHNSTAT.interdomain;
}

function hasTarget(status: number): boolean {
  return hasDomain(status) || status === EVTCHNSTAT.pirq || status === EVTCHNSTAT.virq;
}

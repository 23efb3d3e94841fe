/**
 * What Linux's /dev/xen/privcmd and Xen's hypercall `event_channel_op` look like from user space: numbers, derived
 * where a macro makes them, and structs (include/uapi/xen/privcmd.h, xen/include/public/event_channel.h).
 *
 * @module
 */

import { ioc } from "./abi.ts";
import { getU16, getU32, LITTLE_ENDIAN, setU16, setU32 } from "./endian.ts";

/** The device through which root makes hypercalls. */
export const PRIVCMD_PATH = "/dev/xen/privcmd";

/** The device that gives memory which the kernel never moves, for what a hypercall reads and writes. */
export const HYPERCALL_PATH = "/dev/xen/hypercall";

/** `sizeof(struct privcmd_hypercall)`: u64 op, u64 arg[5]. */
export const HYPERCALL_BYTES = 48;

/** `IOCTL_PRIVCMD_HYPERCALL`: `_IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))`. */
export const IOCTL_PRIVCMD_HYPERCALL: number = ioc(0, "P", 0, HYPERCALL_BYTES);

/** `__HYPERVISOR_event_channel_op` (xen/include/public/xen.h). */
export const EVENT_CHANNEL_OP = 32;

/** Commands of `event_channel_op`, by the names that its header uses after `EVTCHNOP_`. */
export const EVTCHNOP = { close: 3, send: 4, status: 5 } as const;

/** States of a port, by the names that the header uses after `EVTCHNSTAT_`. */
export const EVTCHNSTAT = { closed: 0, unbound: 1, interdomain: 2, pirq: 3, virq: 4, ipi: 5 } as const;

/** A state of a port. */
export type StatusName = keyof typeof EVTCHNSTAT;

/** `sizeof(struct evtchn_status)`, bytes. */
export const STATUS_BYTES = 24;

/** How many of them the caller fills in: `dom` and `port`. */
export const STATUS_QUERY_BYTES = 8;

/** A hypercall as privcmd is given it. */
export interface Hypercall {
  readonly op: number;
  /** Up to five; the others are 0. */
  readonly args: readonly (number | bigint)[];
}

const ARGUMENTS = 5;
const WORD_BYTES = 8;

/** Packs a hypercall, its {@linkcode HYPERCALL_BYTES} whole, at the start of `into`. */
export function packHypercall({ op, args }: Hypercall, into: Uint8Array): void {
  const words = wordsOf(into);
  words.setBigUint64(0, BigInt(op), LITTLE_ENDIAN);
  for (let i = 0; i < ARGUMENTS; i++) words.setBigUint64((i + 1) * WORD_BYTES, BigInt(args[i] ?? 0), LITTLE_ENDIAN);
}

/** One word of a packed hypercall: its number for 0, its arguments for 1 to 5. */
export function hypercallWord(bytes: Uint8Array, index: number): bigint {
  return wordsOf(bytes).getBigUint64(index * WORD_BYTES, LITTLE_ENDIAN);
}

function wordsOf({ buffer, byteOffset }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, HYPERCALL_BYTES);
}

/** Packs what `EVTCHNOP_status` is asked into the first {@linkcode STATUS_QUERY_BYTES} of `into`. */
export function packStatusQuery(domain: number, port: number, into: Uint8Array): void {
  setU32(into, 0, 0);
  setU16(into, 0, domain);
  setU32(into, 4, port);
}

/** Takes the question apart: whose port, and which. */
export function unpackStatusQuery(bytes: Uint8Array): { readonly domain: number; readonly port: number } {
  return { domain: getU16(bytes, 0), port: getU32(bytes, 4) };
}

/** What `EVTCHNOP_status` fills in. */
export interface StatusAnswer {
  /** An `EVTCHNSTAT_*`. */
  readonly status: number;
  readonly vcpu: number;
  /** The first member of the union: a remote domain, a PIRQ, a VIRQ; 0 where the state has none. */
  readonly target: number;
  /** The remote port of `interdomain`; else 0. */
  readonly remotePort: number;
}

/** The state alone: closed ports are told apart before anything is made of them. */
export function statusNumber(bytes: Uint8Array): number {
  return getU32(bytes, 8);
}

/** Takes the answer apart. */
export function unpackStatus(bytes: Uint8Array): StatusAnswer {
  const status = statusNumber(bytes);
  return {
    status,
    vcpu: getU32(bytes, 12),
    target: hasTarget(status) ? hasDomain(status) ? getU16(bytes, 16) : getU32(bytes, 16) : 0,
    remotePort: status === EVTCHNSTAT.interdomain ? getU32(bytes, 20) : 0,
  };
}

/** Packs the answer behind the question, as Xen does: members that the state does not have stay as they were. */
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

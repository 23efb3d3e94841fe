/** The devices that this domain's kernel drives, and what it counts of each: sysfs, since Linux 5.12. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import type { Domid } from "../types.ts";
import { byNumbers } from "../wiring/frontends.ts";
import type { KernelFiles } from "../view/kernel_files.ts";

/** Which end of a device this kernel has. */
export type End = "backend" | "frontend";

/** A device of this kernel. */
export interface XenDevice {
  readonly end: End;
  /** As frontends are named, such as `vif/0`. */
  readonly device: string;
  /** The domain of its frontend; undefined: this one. */
  readonly frontend: Domid | undefined;
  /** Its folder below /sys. */
  readonly path: string;
  /** Network interfaces of it, such as `vif1.0` in domain 0 and `eth0` in a guest. */
  readonly interfaces: readonly string[];
  /** Whether the kernel has its own end as connected. */
  readonly connected: boolean;
  /** An errno: why there are none, such as ENOENT before Linux 5.12. */
  readonly counters: Counters | Errno;
}

/**
 * What the kernel counts of one device (drivers/xen/xenbus/xenbus_probe.c, XENBUS_SHOW_STAT). It counts only channels
 * that a driver has bound for the device: backends do, frontends do not.
 */
export interface Counters {
  /** Channels that are bound for it now. */
  readonly channels: number;
  /** The three that follow count on from 2^32 - 1 with 0. */
  readonly events: number;
  readonly spurious: number;
  /** For how long the kernel kept channels masked after spurious events. */
  readonly delayedJiffies: number;
}

/** Counters are of 32 bits. */
export const COUNTER_SIZE = 2 ** 32;

const BUSES: readonly (readonly [End, string])[] = [
  ["backend", "/sys/bus/xen-backend/devices"],
  ["frontend", "/sys/bus/xen/devices"],
];

/** How many devices are asked about at the same time. */
const AT_ONCE = 32;

/** Every device, backends first, by domain and name; an errno if the kernel has no such devices at all. */
export async function xenDevices(files: KernelFiles): Promise<XenDevice[] | Errno> {
  const found: XenDevice[] = [];
  let errno: Errno | undefined = undefined;
  let looked = false;
  for (const [end, folder] of BUSES) {
    const names = await files.list(folder);
    if (typeof names === "string") {
      errno ??= names;
      continue;
    }
    looked = true;
    for (let i = 0; i < names.length; i += AT_ONCE) {
      const some = await Promise.all(names.slice(i, i + AT_ONCE).map((name) => deviceOf(files, end, folder, name)));
      for (const device of some) if (device !== undefined) found.push(device);
    }
  }
  return looked ? found.sort(byName) : errno!;
}

/** Undefined for a device that no driver of this kernel serves, that is gone by now, or whose name is not understood. */
async function deviceOf(files: KernelFiles, end: End, folder: string, name: string): Promise<XenDevice | undefined> {
  const whose = identity(end, name);
  if (whose === undefined) return undefined;
  const path = `${folder}/${name}`;
  const [counters, interfaces] = await Promise.all([countersOf(files, path), interfacesOf(files, whose.device, path)]);
  // A daemon serves a device without a driver, as xenconsoled does: it is none of this kernel's.
  if (counters === "ENOENT" && typeof await files.link(`${path}/driver`) === "string") return undefined;
  const state = await files.read(`${path}/state`);
  const connected = typeof state !== "string" && state.text.trim() === "Connected";
  return { end, ...whose, path, counters, interfaces, connected };
}

/** `vif-1-0` at a backend's bus, `vif-0` at a frontend's (backend_bus_id, frontend_bus_id). */
function identity(end: End, name: string): { device: string; frontend: Domid | undefined } | undefined {
  const [, kind, domain, id] = (end === "backend" ? /^(\w+)-(\d{1,5})-(.+)$/ : /^(\w+)()-(.+)$/).exec(name) ?? [];
  if (kind === undefined) return undefined;
  return { device: `${kind}/${id}`, frontend: domain === "" ? undefined : Number(domain) };
}

async function countersOf(files: KernelFiles, path: string): Promise<Counters | Errno> {
  const read = async (name: string): Promise<number | Errno> => {
    const file = await files.read(`${path}/xenbus/${name}`);
    return typeof file === "string" ? file : counterOf(file.text);
  };
  const [channels, events, spurious, delayedJiffies] = await Promise.all(
    ["event_channels", "events", "spurious_events", "jiffies_eoi_delayed"].map(read),
  );
  for (const each of [channels, events, spurious, delayedJiffies]) if (typeof each === "string") return each;
  return { channels, events, spurious, delayedJiffies } as Counters;
}

/** The kernel prints its 32 bits as a signed number. */
function counterOf(text: string): number | Errno {
  const line = text.trim();
  if (!/^-?\d{1,10}$/.test(line)) return "EPROTO";
  return (Number(line) + COUNTER_SIZE) % COUNTER_SIZE;
}

/** Only network devices have any. */
async function interfacesOf(files: KernelFiles, device: string, path: string): Promise<readonly string[]> {
  if (!device.startsWith("vif/")) return [];
  const names = await files.list(`${path}/net`);
  return typeof names === "string" ? [] : names;
}

const kindOf = (device: string) => device.slice(0, device.indexOf("/"));

function compareKinds(one: string, other: string): number {
  const [a, b] = [kindOf(one), kindOf(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function byName(one: XenDevice, other: XenDevice): number {
  return (one.frontend ?? -1) - (other.frontend ?? -1) || compareKinds(one.device, other.device) ||
    byNumbers(one.device, other.device);
}

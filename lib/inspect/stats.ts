/** What this domain's kernel counts of its devices, joined from sysfs, /proc/interrupts and xenstore. @module */

import type { Clock } from "../clock.ts";
import { DeviceError, unlessRefused } from "../errors.ts";
import { explain } from "../explain.ts";
import { parseU32 } from "../parse.ts";
import { type Domid, DOMID_SELF } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import { domainLabel } from "../wiring/claims.ts";
import type { Store } from "../xenstore/store.ts";
import { type ChannelInterrupt, type Interrupts, parseInterrupts } from "./interrupts.ts";
import { kernelHz } from "./kernel_hz.ts";
import { type Counters, type XenDevice, xenDevices } from "./xen_devices.ts";

export const INTERRUPTS_PATH = "/proc/interrupts";

export interface DeviceStats extends XenDevice {
  /** The domain at the other end, and its name; undefined: xenstore does not tell. */
  readonly other: Domid | undefined;
  readonly otherName: string | undefined;
  /** Its interrupts, those alone that can be no other device's. */
  readonly queues: readonly QueueInterrupt[];
}

export interface QueueInterrupt extends ChannelInterrupt {
  /** Which queue it is, as in `q0 tx`; empty where the name does not tell. */
  readonly queue: string;
}

/** Interrupts of one name, which several devices have in common. */
export interface SharedInterrupts {
  readonly name: string;
  readonly devices: readonly XenDevice[];
  readonly interrupts: readonly ChannelInterrupt[];
}

/** One look. */
export interface HostStats {
  /** Monotonic, milliseconds. */
  readonly at: number;
  /** Microseconds since 1970. */
  readonly time: number;
  readonly devices: readonly DeviceStats[];
  readonly shared: readonly SharedInterrupts[];
  /** Undefined: /proc/interrupts cannot be read. */
  readonly interrupts: Interrupts | undefined;
  /** Jiffies a second; undefined if the kernel does not tell. It is not asked for while there are no jiffies to convert. */
  readonly hz: number | undefined;
}

/**
 * Looks once.
 *
 * @param domains Only devices whose other end is one of them; empty: all.
 * @throws {DeviceError} If the kernel shows no devices: it has no Xen buses (ENOENT), or another system's (ENOTSUP).
 */
export async function lookAtStats(view: HostView, domains: readonly Domid[], clock: Clock): Promise<HostStats> {
  const files = view.files();
  const found = await xenDevices(files);
  if (typeof found === "string") {
    const message = "Cannot list the Xen devices of this kernel";
    throw new DeviceError("stats", found, "/sys/bus/xen-backend", message, explain("stats", found));
  }
  const text = await files.read(INTERRUPTS_PATH);
  const [at, time] = [clock.monotonic(), clock.now()];
  const interrupts = typeof text === "string" ? undefined : parseInterrupts(text.text);
  const { queues, shared } = matchInterrupts(found, interrupts?.channels ?? []);
  const store = await unlessRefused(() => view.store());
  const others = await otherEnds(store, found);
  const names = await namesOf(store, new Set(others.values()));
  const wanted = domains.includes(DOMID_SELF) ? [...domains, await view.ownDomain()] : domains;
  const devices = found.map((device): DeviceStats => {
    const other = others.get(device);
    const otherName = other === undefined ? undefined : names.get(other);
    return { ...device, other, otherName, queues: queues.get(device) ?? [] };
  }).filter(({ other }) => domains.length === 0 || other !== undefined && wanted.includes(other));
  const shown = new Set(devices.map(({ path }) => path));
  return {
    at,
    time,
    devices,
    shared: shared.filter((each) => each.devices.some(({ path }) => shown.has(path))),
    interrupts,
    hz: devices.some(isDelayed) ? await kernelHz(files) : undefined,
  };
}

function isDelayed({ counters }: XenDevice): boolean {
  return typeof counters !== "string" && counters.delayedJiffies > 0;
}

/** A backend's other end is in its name, a frontend's in xenstore. */
async function otherEnds(
  store: Store | undefined,
  devices: readonly XenDevice[],
): Promise<Map<XenDevice, Domid | undefined>> {
  return new Map(
    await Promise.all(devices.map(async (device) => {
      if (device.frontend !== undefined) return [device, device.frontend] as const;
      const text = await unlessRefused(() => store?.read(`device/${device.device}/backend-id`));
      return [device, parseU32(text ?? "")] as const;
    })),
  );
}

async function namesOf(
  store: Store | undefined,
  domains: ReadonlySet<Domid | undefined>,
): Promise<Map<Domid, string | undefined>> {
  const known = [...domains].filter((domain) => domain !== undefined);
  const label = (domain: Domid) => unlessRefused(() => store && domainLabel(store, domain));
  return new Map(await Promise.all(known.map(async (domain) => [domain, await label(domain)] as const)));
}

/**
 * The names that drivers give to interrupts without a device in them (drivers/block/xen-blkback/xenbus.c,
 * xen-blkfront.c; xen-kbdfront.c and xen-fbfront.c: the kind's name).
 */
const PLAIN_NAMES: Readonly<Record<string, string>> = {
  "backend vbd": "blkif-backend",
  "frontend vbd": "blkif",
  "frontend vkbd": "vkbd",
  "frontend vfb": "vfb",
};

/** A queue of a network device (drivers/net/xen-netback/interface.c, drivers/net/xen-netfront.c). */
const QUEUE = /^(.+)-(q\d+)(?:-(tx|rx))?$/;

/** Which device has which interrupts, by their names, which are all that the kernel tells. */
function matchInterrupts(devices: readonly XenDevice[], channels: readonly ChannelInterrupt[]) {
  const byName = Map.groupBy(
    devices.flatMap((device) => interruptNames(device).map((name) => ({ name, device }))),
    ({ name }) => name,
  );
  const queues = new Map<XenDevice, QueueInterrupt[]>();
  const shared = new Map<string, SharedInterrupts & { readonly interrupts: ChannelInterrupt[] }>();
  for (const interrupt of channels) {
    const [, prefix = interrupt.name, queue = "", way] = QUEUE.exec(interrupt.name) ?? [];
    const owners = byName.get(prefix) ?? [];
    const [owner] = owners;
    if (owners.length === 1) {
      if (!queues.has(owner.device)) queues.set(owner.device, []);
      queues.get(owner.device)!.push({ ...interrupt, queue: way === undefined ? queue : `${queue} ${way}` });
    } else if (owners.length > 1) {
      const { name } = interrupt;
      const devices = owners.map(({ device }) => device);
      if (!shared.has(name)) shared.set(name, { name, devices, interrupts: [] });
      shared.get(name)!.interrupts.push(interrupt);
    }
  }
  return { queues, shared: [...shared.values()] };
}

/** The names that the interrupts of a device can have, without their queues. */
function interruptNames({ end, device, frontend, interfaces }: XenDevice): string[] {
  const [kind, id] = device.split("/");
  const plain = PLAIN_NAMES[`${end} ${kind}`];
  if (plain !== undefined) return [plain];
  if (kind !== "vif") return [];
  return [...new Set([frontend === undefined ? `vif${id}` : `vif${frontend}.${id}`, ...interfaces])];
}

/** The counters of a device; undefined: the kernel does not show them. */
export function countersOf({ counters }: XenDevice): Counters | undefined {
  return typeof counters === "string" ? undefined : counters;
}

/** Whether the kernel counts no events of the device: only a backend's driver binds channels for its device. */
export function isUncounted(device: XenDevice): boolean {
  return device.end === "frontend" && countersOf(device)?.channels === 0;
}

/** Whether a device is connected, and not a single event of it was counted: not even that which a bind causes. */
export function isSilent(device: XenDevice): boolean {
  const counters = countersOf(device);
  return counters !== undefined && device.connected && counters.channels > 0 && counters.events === 0;
}

/** The processor that took every interrupt of channels while others took none; undefined: there is none such. */
export function onlyProcessor({ interrupts }: HostStats, before?: HostStats): number | undefined {
  if (interrupts === undefined || interrupts.processors.length < 2) return undefined;
  const earlier = new Map(before?.interrupts?.channels.map((each) => [each.irq, each]));
  const active = interrupts.channels.map(({ irq, name, counts }) => {
    const old = earlier.get(irq);
    const same = old !== undefined && old.name === name && old.counts.length === counts.length;
    return same ? counts.map((count, i) => Math.max(0, count - old.counts[i])) : counts;
  }).filter((counts) => counts.some((count) => count > 0));
  if (active.length < 2) return undefined; // one channel is always on one processor
  const used = interrupts.processors.filter((_, i) => active.some((counts) => counts[i] > 0));
  return used.length === 1 ? used[0] : undefined;
}

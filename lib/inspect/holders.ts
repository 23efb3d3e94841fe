/** Who holds the event-channel device, and whose dead domains' ports are still bound here. @module */

import { DeviceError, unlessRefused } from "../errors.ts";
import { type Domid, DOMID_SELF, type Port } from "../types.ts";
import { domainExists, type HostView, type PortTables } from "../view/host_view.ts";
import type { KernelFiles } from "../view/kernel_files.ts";
import type { XenDomain } from "../view/xen_control.ts";
import { type InterruptNames, parseInterruptNames } from "../view/interrupt_names.ts";
import { type ListedPort, lookAtPorts } from "./list.ts";
import { deviceHolders, type Process } from "./processes.ts";

/** A session of evtchn, as it describes itself. */
export interface HoldingSession {
  readonly pid: number;
  readonly socket: string;
  /** Undefined: it does not tell. */
  readonly ports?: readonly Port[];
}

/** A process that has the device open. */
export interface Holder extends Process {
  /** How many ports /proc/interrupts has by this name; undefined: it cannot be read. */
  readonly portsByName?: number;
  /** How many holders have this name, this one included. */
  readonly namesakes: number;
  readonly session?: HoldingSession;
}

/** What became of a domain. `unknown`: Xen does not tell. */
export type Fate = "alive" | "dying" | "gone" | "unknown";

/** A domain at the other end of ports of this domain. */
export interface HeldDomain {
  readonly domain: Domid;
  readonly name?: string;
  readonly fate: Fate;
  /** Ports of this domain that are bound to it, or wait for it. */
  readonly ports: readonly ListedPort[];
  /** Those that may have bound these ports. If all of the ports are sessions', only these. */
  readonly holders: readonly Holder[];
  /** Whether this kernel itself may have bound one. */
  readonly kernel: boolean;
  /** The kernel's own interrupts that name the domain, as `vif1.0-q0-tx`. */
  readonly kernelNames: readonly string[];
}

export interface Holders {
  /** Dead domains, then those that were asked for; ascending. */
  readonly domains: readonly HeldDomain[];
  readonly processes: readonly Holder[];
  /** Ports that /proc/interrupts has by a name that no process here has now. */
  readonly strangers: ReadonlyMap<string, number>;
  /** Whether processes were hidden or could not be looked into. */
  readonly hidden: boolean;
  /** Why Xen's side is not known. */
  readonly unseen?: DeviceError;
}

/**
 * Finds the processes that hold the device, and what they may hold with it.
 *
 * @param asked Domains whose ports here matter; empty: all processes, and dead domains alone.
 * @throws {DeviceError} No process can be seen.
 */
export async function lookAtHolders(
  view: HostView,
  asked: readonly Domid[],
  sessions: readonly HoldingSession[],
): Promise<Holders> {
  const { processes, strangers, hidden, names } = await namedHolders(view.files(), sessions);
  const found = { processes, strangers, hidden };
  try {
    const domains = await heldDomains(view, asked, { processes, strangers, names });
    if (asked.length === 0) return { ...found, domains };
    const possible = new Set(domains.flatMap(({ holders }) => holders));
    return { ...found, domains, processes: processes.filter((each) => possible.has(each)) };
  } catch (error) {
    if (!(error instanceof DeviceError) || asked.length > 0) throw error;
    return { ...found, domains: [], unseen: error };
  }
}

/**
 * The processes that may have bound a port of this domain.
 *
 * @returns `incomplete`: whether others may have too.
 * @throws {DeviceError} No process can be seen.
 */
export async function possibleHolders(view: HostView): Promise<{ holders: readonly Holder[]; incomplete: boolean }> {
  const { processes, strangers, hidden } = await namedHolders(view.files(), []);
  const incomplete = hidden || strangers.size > 0;
  return { holders: strangers.size > 0 ? processes : processes.filter(hasPorts), incomplete };
}

function hasPorts({ portsByName }: Holder): boolean {
  return portsByName !== 0;
}

async function namedHolders(files: KernelFiles, sessions: readonly HoldingSession[]) {
  const [{ holders, hidden }, names] = await Promise.all([deviceHolders(files), interruptNames(files)]);
  const processes = holders.map((each) => withNames(each, holders, names, sessions));
  const known = new Set(holders.map(({ command }) => command));
  const strangers = new Map([...names?.ofProcesses ?? []].filter(([name]) => !known.has(name)));
  return { processes, strangers, hidden, names };
}

/** The names in /proc/interrupts; undefined if it cannot be read. */
export async function interruptNames(files: KernelFiles): Promise<InterruptNames | undefined> {
  const file = await files.read("/proc/interrupts");
  return typeof file === "string" ? undefined : parseInterruptNames(file.text);
}

function withNames(
  process: Process,
  holders: readonly Process[],
  names: InterruptNames | undefined,
  sessions: readonly HoldingSession[],
): Holder {
  const { command, pid } = process;
  return {
    ...process,
    portsByName: names && (names.ofProcesses.get(command) ?? 0),
    namesakes: holders.filter((other) => other.command === command).length,
    session: sessions.find((session) => session.pid === pid),
  };
}

interface Bound {
  readonly processes: readonly Holder[];
  readonly strangers: ReadonlyMap<string, number>;
  readonly names: InterruptNames | undefined;
}

async function heldDomains(view: HostView, asked: readonly Domid[], bound: Bound): Promise<HeldDomain[]> {
  const tables = await view.tables();
  const own = await view.ownDomain() ?? DOMID_SELF;
  const table = await tables.table(DOMID_SELF);
  const remotes = Map.groupBy(table, (entry) => "remoteDomain" in entry ? entry.remoteDomain : undefined);
  const wanted = new Set(asked.map((domain) => domain === DOMID_SELF ? own : domain));
  const inXen = await domainsOfXen(view);
  const fates = new Map<Domid, Fate>();
  for (const domain of [...remotes.keys(), ...wanted]) {
    if (domain !== undefined) fates.set(domain, await fateOf(domain, inXen, tables));
  }
  const isDead = (domain: Domid) => fates.get(domain) === "dying" || fates.get(domain) === "gone";
  const shown = [...fates.keys()].filter((domain) => wanted.size > 0 ? wanted.has(domain) : isDead(domain))
    .sort((a, b) => Number(isDead(b)) - Number(isDead(a)) || a - b);
  const numbers = shown.flatMap((domain) => remotes.get(domain) ?? []).map(({ port }) => port);
  const entries = await lookAtPorts(view, numbers);
  return shown.map((domain) => {
    const ports = (remotes.get(domain) ?? []).flatMap(({ port }) => entries.get(port) ?? []);
    const name = ports.map((entry) => "remoteName" in entry ? entry.remoteName : undefined).find((name) => name);
    return { domain, name, fate: fates.get(domain)!, ports, ...mayHold(domain, ports, bound) };
  });
}

/** The domains that Xen has, by their numbers; undefined if it does not tell. */
export async function domainsOfXen(view: HostView): Promise<ReadonlyMap<Domid, XenDomain> | undefined> {
  const domains = await unlessRefused(async () => await (await view.xen()).domains());
  return domains && new Map(domains.map((each) => [each.domain, each]));
}

async function fateOf(
  domain: Domid,
  inXen: ReadonlyMap<Domid, XenDomain> | undefined,
  tables: PortTables,
): Promise<Fate> {
  if (inXen !== undefined) {
    const found = inXen.get(domain);
    return found === undefined ? "gone" : found.dying ? "dying" : "alive";
  }
  const exists = await domainExists(tables, domain);
  return exists === undefined ? "unknown" : exists ? "alive" : "gone";
}

/** Interrupts of the kernel that are no end of a channel to a domain: VIRQs, and xenstore's. */
const NO_BACKEND = /^(?:xenbus|xen-pcpu|mce|hvc_console|pcpu|debug[0-9]*|timer[0-9]*)$/;

function mayHold(
  domain: Domid,
  ports: readonly ListedPort[],
  { processes, strangers, names }: Bound,
): Pick<HeldDomain, "holders" | "kernel" | "kernelNames"> {
  const ofSessions = new Set(processes.flatMap(({ session }) => session?.ports ?? []));
  if (ports.every(({ port }) => ofSessions.has(port))) {
    const has = (each: Holder) => each.session?.ports?.some((port) => ports.some((entry) => entry.port === port));
    return { holders: processes.filter(has), kernel: false, kernelNames: [] };
  }
  // A process that changed its name has its ports under the old one: then any may have bound them.
  const any = strangers.size > 0;
  const holders = processes.filter((each) => {
    const own = each.session?.ports;
    return own === undefined ? any || hasPorts(each) : ports.some(({ port }) => own.includes(port));
  });
  const kernelNames = names?.ofKernel.filter((name) => name.startsWith(`vif${domain}.`)) ?? [];
  const kernel = names === undefined || names.ofKernel.some((name) => !NO_BACKEND.test(name));
  return { holders, kernel, kernelNames };
}

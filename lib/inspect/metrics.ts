/** Everything that `metrics` tells of a host, in one look. @module */

import type { Clock } from "../clock.ts";
import { DeviceError } from "../errors.ts";
import type { Domid } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import { lookAtWiring } from "../wiring/look.ts";
import { lookForStuck } from "../wiring/stuck.ts";
import { type HostWiring, remoteOf, type WiredChannel } from "../wiring/types.ts";
import { type Holders, lookAtHolders } from "./holders.ts";
import { type Interrupts, parseInterrupts } from "./interrupts.ts";
import { type HostStats, INTERRUPTS_PATH, lookAtStats } from "./stats.ts";
import { type DomainPorts, summarizePorts } from "./summary.ts";

/** What is asked, each on its own: Xen's port tables, its pending bits, xenstore, the kernel's files, /proc. */
export type Source = "xen" | "xenstore" | "bits" | "counters" | "interrupts" | "processes" | "ping";

/** One look. What a source did not tell is undefined. */
export interface HostMetrics {
  /** The sources that were asked, and whether each answered wholly. */
  readonly sources: ReadonlyMap<Source, boolean>;
  readonly domains: ReadonlyMap<Domid, string | undefined>;
  readonly ports?: readonly DomainPorts[];
  readonly wiring?: HostWiring;
  /** How many ports of each domain are stuck. */
  readonly stuck?: ReadonlyMap<Domid, number>;
  readonly holders?: Holders;
  readonly stats?: HostStats;
  readonly interrupts?: Interrupts;
  /** Seconds, by quantile. */
  readonly ping?: ReadonlyMap<number, number>;
}

export interface MetricsOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Milliseconds after which an event that still waits is stuck; undefined: the bits are not looked at. */
  readonly settle?: number;
  /** Measures round trips: seconds, by quantile. Undefined: they are not measured. */
  readonly ping?: () => Promise<ReadonlyMap<number, number>>;
}

/** Looks once. A source that refuses is not up; the others are asked all the same. */
export async function lookAtMetrics(view: HostView, options: MetricsOptions): Promise<HostMetrics> {
  const { clock, signal, settle, ping } = options;
  const sources = new Map<Source, boolean>([["xen", false], ["xenstore", false]]);
  const ask = async <T>(source: Source, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      const answer = await work();
      sources.set(source, true);
      return answer;
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      sources.set(source, false);
      return undefined;
    }
  };
  const ports = await ask("xen", () => countedPorts(view));
  const found = await ask("xenstore", () => lookAtWiring(view, []));
  if (view.silent !== undefined || found?.domains.some(({ unread }) => unread)) sources.set("xenstore", false);
  let [wiring, stuck] = [found, undefined as HostMetrics["stuck"]];
  if (settle !== undefined) {
    const looked = found && found.unseen === undefined &&
      await lookForStuck(view, found, { settle, clock, signal });
    sources.set("bits", looked !== undefined && looked !== false && looked.refused === undefined && !looked.missing);
    if (looked && looked.refused === undefined) [wiring, stuck] = [looked.wiring, stuckPorts(looked.wiring)];
  }
  const stats = await ask("counters", () => lookAtStats(view, [], clock));
  if (stats?.devices.length && stats.devices.every(({ counters }) => typeof counters === "string")) {
    sources.set("counters", false);
  }
  const interrupts = await ask("interrupts", () => readInterrupts(view));
  const holders = await ask("processes", () => lookAtHolders(view, [], []));
  const times = ping && await ask("ping", ping);
  const domains = knownDomains(ports, wiring, stats);
  return { sources, domains, ports, wiring, stuck, holders, stats, interrupts, ping: times };
}

async function countedPorts(view: HostView): Promise<DomainPorts[]> {
  const found: DomainPorts[] = [];
  let refused: DeviceError | undefined;
  for await (const each of summarizePorts(view, [], false)) {
    if (each instanceof DeviceError) refused ??= each; // a domain that has just gone
    else found.push(each);
  }
  if (found.length === 0 && refused !== undefined) throw refused;
  return found;
}

async function readInterrupts(view: HostView): Promise<Interrupts> {
  const file = await view.files().read(INTERRUPTS_PATH);
  if (typeof file !== "string") return parseInterrupts(file.text);
  throw new DeviceError("metrics", file, INTERRUPTS_PATH, `Cannot read "${INTERRUPTS_PATH}"`);
}

function stuckPorts({ domains }: HostWiring): Map<Domid, number> {
  const counts = new Map<Domid, number>(domains.map(({ domain }) => [domain, 0]));
  for (const channel of domains.flatMap(({ channels }) => channels)) {
    const domain = channel.verdict === "stuck" ? waitingDomain(channel) : undefined;
    if (domain !== undefined) counts.set(domain, (counts.get(domain) ?? 0) + 1);
  }
  return counts;
}

/** The domain at whose port the event waits. */
function waitingDomain({ claim, xen, stuckEnd }: WiredChannel): Domid | undefined {
  return stuckEnd === "frontend" ? claim.domain : remoteOf(xen)?.domain;
}

function knownDomains(
  ports: readonly DomainPorts[] = [],
  wiring: HostWiring | undefined,
  stats: HostStats | undefined,
): Map<Domid, string | undefined> {
  const found = new Map<Domid, string | undefined>();
  const know = (domain: Domid | undefined, name: string | undefined) => {
    if (domain !== undefined) found.set(domain, found.get(domain) ?? name);
  };
  for (const { domain, name } of ports) know(domain, name);
  for (const { domain, name } of wiring?.domains ?? []) know(domain, name);
  for (const [domain, name] of wiring?.names ?? []) know(domain, name);
  for (const { other, otherName } of stats?.devices ?? []) know(other, otherName);
  return new Map([...found].sort(([a], [b]) => a - b));
}

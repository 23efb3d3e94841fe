/** How many ports each domain uses, and how many it may have. @module */

import { type EventAbi, eventAbis } from "../decode/event_abi.ts";
import { DeviceError, unlessRefused } from "../errors.ts";
import { type Domid, DOMID_SELF } from "../types.ts";
import { domainsInXen, type HostView } from "../view/host_view.ts";
import type { TableEntry } from "../view/port_status.ts";
import type { XenDomain } from "../view/xen_control.ts";
import { domainLabel, listedDomains } from "../wiring/claims.ts";

/** The states that a port in use can have. */
export const USED = ["unbound", "interdomain", "virq", "pirq", "ipi"] as const;

export interface DomainPorts {
  readonly domain: Domid;
  readonly name?: string;
  /** Undefined: Xen does not tell. */
  readonly fate?: "alive" | "dying";
  /** How many ports are in use. Those that Xen itself holds are not counted. */
  readonly used: number;
  readonly counts: Readonly<Record<typeof USED[number], number>>;
  readonly abi?: EventAbi;
  /** How many ports it may have, where that is known. */
  readonly limit?: number;
  /** Else the least that it has, unless somebody configured another limit. */
  readonly guess?: number;
}

/** The highest port of each event ABI, which is also how many ports may be in use: port 0 never is. */
const HIGHEST: Readonly<Record<EventAbi, number>> = { "2-level": 4095, fifo: 131_071 };

/**
 * The highest port of a guest if its configuration does not say otherwise (libxl_create.c, `event_channels`; dom0less).
 * A 32-bit PV guest has no higher one either. Xen does not tell what was configured.
 */
const USUAL_OF_GUEST = 1023;

/** Domain 0 has no limit but its ABI's (xen/common/domain.c, max_evtchn_port; xen/arch/x86/setup.c, create_dom0). */
const UNLIMITED: Domid = 0;

/** How many domains are asked for together. */
const PARALLEL = 8;

/**
 * Counts the ports of domains. If one of several domains is refused, yields its error and goes on.
 *
 * @param asked Empty: every domain that xenstore or Xen has, as far as the caller may see them, else its own.
 * @param abi Whether to ask Xen for the event ABIs, with its debug key `e`.
 * @throws {DeviceError} privcmd cannot be opened, the only domain is refused, or Xen refuses the debug key.
 */
export async function* summarizePorts(
  view: HostView,
  asked: readonly Domid[],
  abi: boolean,
): AsyncGenerator<DomainPorts | DeviceError, void> {
  const tables = await view.tables();
  const own = await view.ownDomain();
  const inXen = await unlessRefused(async () => await (await view.xen()).domains());
  const known = new Map(inXen?.map((each) => [each.domain, each]));
  const abis = abi ? eventAbis(await (await view.xen()).dump("e")) : new Map<Domid, EventAbi>();
  const domains = await chosen(view, asked, own, inXen);
  const store = await unlessRefused(() => view.store());
  const one = async (domain: Domid): Promise<DomainPorts | DeviceError> => {
    try {
      const table = await tables.table(domain);
      const name = store && await unlessRefused(() => domainLabel(store, domain));
      return countPorts(domain, table, { name, xen: known.get(domain), abi: abis.get(domain) });
    } catch (error) {
      if (domains.length === 1 || !(error instanceof DeviceError)) throw error;
      return error;
    }
  };
  for (let start = 0; start < domains.length; start += PARALLEL) {
    yield* await Promise.all(domains.slice(start, start + PARALLEL).map(one));
  }
}

async function chosen(
  view: HostView,
  asked: readonly Domid[],
  own: Domid | undefined,
  inXen: readonly XenDomain[] | undefined,
): Promise<readonly Domid[]> {
  const self = own ?? DOMID_SELF;
  if (asked.length > 0) return [...new Set(asked.map((domain) => domain === DOMID_SELF ? self : domain))];
  if (own !== undefined && own !== 0) return [own];
  const inStore = await unlessRefused(async () => await listedDomains(await view.store()));
  const found = new Set([...inStore ?? [], ...inXen?.map(({ domain }) => domain) ?? []]);
  if (found.size > 0) return [...found].sort((a, b) => a - b);
  const all = await domainsInXen(view);
  return all.length > 0 ? all : [self];
}

interface Known {
  readonly name?: string;
  readonly xen?: XenDomain;
  readonly abi?: EventAbi;
}

function countPorts(domain: Domid, table: readonly TableEntry[], { name, xen, abi }: Known): DomainPorts {
  const counts = { unbound: 0, interdomain: 0, virq: 0, pirq: 0, ipi: 0 };
  for (const { status } of table) if (status !== "closed") counts[status]++;
  const highest = table.at(-1)?.port ?? 0;
  return {
    domain,
    name,
    fate: xen && (xen.dying ? "dying" : "alive"),
    used: table.length,
    counts,
    ...limitOf(domain, highest, abi ?? (highest > HIGHEST["2-level"] ? "fifo" : undefined)),
  };
}

function limitOf(
  domain: Domid,
  highest: number,
  abi: EventAbi | undefined,
): Pick<DomainPorts, "abi" | "limit" | "guess"> {
  if (domain !== UNLIMITED && highest <= USUAL_OF_GUEST) return { abi, guess: USUAL_OF_GUEST };
  if (abi === undefined) return { guess: HIGHEST["2-level"] };
  // A guest that is beyond the usual limit has one that somebody chose.
  return domain === UNLIMITED ? { abi, limit: HIGHEST[abi] } : { abi, guess: HIGHEST[abi] };
}

/** The ports of domains as Xen has them, with the names and devices that xenstore knows. @module */

import type { LiveBits, PortBits } from "../decode/live.ts";
import { DeviceError, unlessRefused, UsageError } from "../errors.ts";
import { type Domid, DOMID_SELF, type Port } from "../types.ts";
import { domainsInXen, type HostView } from "../view/host_view.ts";
import type { TableEntry } from "../view/port_status.ts";
import { domainLabel, listedDomains, portOf, readClaims } from "../wiring/claims.ts";
import { PortUses } from "../wiring/uses.ts";
import { readVchans } from "../wiring/vchan.ts";
import { isPlugged } from "../wiring/verdict.ts";
import type { Store } from "../xenstore/store.ts";

/** Which domains to list. */
export interface AskedList {
  /** All domains in xenstore or, if it cannot be asked, all that Xen shows. */
  readonly all?: boolean;
  /** If `all` is not set; empty: the caller's own. */
  readonly domains: readonly Domid[];
}

export function askedList(all: boolean, domains: readonly Domid[]): AskedList {
  if (!all || domains.length === 0) return { all, domains };
  throw new UsageError("Cannot list --all and domains by number together");
}

/** A port of a domain, with the names that xenstore knows. */
export type ListedPort = TableEntry & {
  /** The remote domain's name. */
  readonly remoteName?: string;
  /** The devices that claim the channel, those first that the toolstack wrote; undefined for none. */
  readonly claims?: readonly [DeviceClaim, ...DeviceClaim[]];
  /** What it is for, if it belongs to no device, and that is known. */
  readonly use?: string;
  /** Its bits; undefined if nobody asked, or if they are not known. */
  readonly bits?: PortBits;
};

/** A device that claims a port. */
export interface DeviceClaim {
  /** For example `vif/0`. */
  readonly device: string;
  /** The domain of the device's frontend. */
  readonly domain: Domid;
  /** The key of the port below the device, for example `queue-0/event-channel-tx`. */
  readonly key: string;
}

/** The ports of a domain. */
export interface PortList {
  /** The domain's id. */
  readonly domain: Domid;
  /** Its name; undefined if xenstore has none. */
  readonly name?: string;
  /** Its ports that are not closed, ascending. */
  readonly ports: readonly ListedPort[];
}

/**
 * Lists ports, domain by domain. If one of several domains is refused, yields its error and goes on.
 *
 * @throws {DeviceError} privcmd cannot be opened, the only domain is refused, or no domain is found for `all`.
 */
export async function* listPorts(
  view: HostView,
  asked: AskedList,
): AsyncGenerator<PortList | DeviceError, void> {
  const domains = await domainsOf(view, asked);
  const tables = await view.tables();
  const names = new DomainNames(view);
  const uses = new PortUses(view);
  for (const domain of domains) {
    try {
      const table = await tables.table(domain);
      const own = domain === DOMID_SELF ? await view.ownDomain() ?? domain : domain;
      yield await withUses(await names.addTo(own, table), uses);
    } catch (error) {
      if (domains.length === 1 || !(error instanceof DeviceError)) throw error;
      yield error;
    }
  }
}

async function withUses(list: PortList, uses: PortUses): Promise<PortList> {
  const claimed = new Set(list.ports.flatMap(({ port, claims }) => claims === undefined ? [] : [port]));
  const found = await uses.of(list.domain, list.ports, (port) => claimed.has(port));
  return { ...list, ports: list.ports.map((entry) => ({ ...entry, use: found.get(entry.port) })) };
}

/** Adds what Xen has of the ports' bits. */
export function withBits({ domain, name, ports }: PortList, live: LiveBits): PortList {
  return { domain, name, ports: ports.map((entry) => ({ ...entry, bits: live.of(domain, entry.port) })) };
}

/**
 * Ports of the caller's own domain, with names as in {@linkcode listPorts}. Those that Xen does not tell are left out: its
 * own (EACCES), and all of them where the kernel makes no hypercalls (EPERM). One past the end of the table (EINVAL) is
 * closed.
 */
export async function lookAtPorts(view: HostView, ports: readonly Port[]): Promise<Map<Port, ListedPort>> {
  const tables = await view.tables();
  const answers = await Promise.all(
    ports.map(async (port) => ({ port, status: await tables.status(DOMID_SELF, port) })),
  );
  const entries = answers.flatMap(({ port, status }): TableEntry[] => {
    if (status === "EINVAL") return [{ port, vcpu: 0, status: "closed" }];
    return typeof status === "string" ? [] : [{ port, ...status }];
  });
  const list = await new DomainNames(view).addTo(await view.ownDomain() ?? DOMID_SELF, entries);
  return new Map(list.ports.map((entry) => [entry.port, entry]));
}

async function domainsOf(view: HostView, { all, domains }: AskedList): Promise<readonly Domid[]> {
  if (!all) return domains.length > 0 ? [...new Set(domains)] : [DOMID_SELF];
  try {
    return await listedDomains(await view.store());
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    const found = await domainsInXen(view);
    if (found.length === 0) throw error;
    return found;
  }
}

/** Devices, with the first key of each that holds the port. */
type Keys = ReadonlyMap<string, string>;

/** What xenstore knows of a domain. */
interface KnownDomain {
  readonly name?: string;
  /** The devices of its frontends by port, with the key of the port; those first that the toolstack wrote, not a guest. */
  readonly devices: ReadonlyMap<Port, Keys>;
}

/** Reads each domain once from xenstore. If xenstore cannot be reached, the names are missing. */
class DomainNames {
  readonly #known = new Map<Domid, Promise<KnownDomain>>();
  #store: Promise<Store | undefined> | undefined;

  constructor(private readonly view: HostView) {}

  async addTo(domain: Domid, table: readonly TableEntry[]): Promise<PortList> {
    const remotes = new Set(table.flatMap((entry) => "remoteDomain" in entry ? [entry.remoteDomain] : []));
    const all = new Map(
      await Promise.all([domain, ...remotes].map(async (each) => [each, await this.#of(each)] as const)),
    );
    return { domain, name: all.get(domain)!.name, ports: table.map((entry) => withNames(domain, entry, all)) };
  }

  #of(domain: Domid): Promise<KnownDomain> {
    let known = this.#known.get(domain);
    if (known === undefined) this.#known.set(domain, known = this.#read(domain));
    return known;
  }

  async #read(domain: Domid): Promise<KnownDomain> {
    const store = await (this.#store ??= unlessRefused(() => this.view.store()));
    const devices = new Map<Port, Map<string, string>>();
    if (store === undefined) return { devices };
    const [name, claims = [], vchans = []] = await Promise.all([
      unlessRefused(() => domainLabel(store, domain)),
      unlessRefused(() => readClaims(store, domain)),
      unlessRefused(() => readVchans(store, domain)),
    ]);
    for (const claim of [...claims, ...vchans]) { // the toolstack's, of console and store, come first
      const port = portOf(claim.text);
      if (port === undefined || !isPlugged(claim)) continue;
      const claimed = devices.get(port);
      if (claimed === undefined) devices.set(port, new Map([[claim.device, claim.key]]));
      else if (!claimed.has(claim.device)) claimed.set(claim.device, claim.key);
    }
    return { name, devices };
  }
}

function withNames(domain: Domid, entry: TableEntry, all: ReadonlyMap<Domid, KnownDomain>): ListedPort {
  if (!("remoteDomain" in entry)) return entry;
  const remote = all.get(entry.remoteDomain);
  const named = { ...entry, remoteName: remote?.name };
  const claimsOf = (domain: Domid, devices: Keys = new Map()) =>
    [...devices].map(([device, key]): DeviceClaim => ({ device, domain, key }));
  const own = claimsOf(domain, all.get(domain)?.devices.get(entry.port));
  // The remote domain's claims too: a domain cannot hide what another one claims by a claim of its own.
  const theirs = entry.status === "interdomain"
    ? claimsOf(entry.remoteDomain, remote?.devices.get(entry.remotePort))
    : [];
  const [first, ...others] = [...own, ...theirs].sort((a, b) => Number(isTrusted(b)) - Number(isTrusted(a)));
  return first === undefined ? named : { ...named, claims: [first, ...others] };
}

/** Whether the toolstack wrote the claim. */
function isTrusted({ device }: DeviceClaim): boolean {
  return device === "console" || device === "store";
}

/**
 * The ports of a domain with what xenstore says of them: what `list` shows.
 *
 * @module
 */

import { type Clock, systemClock } from "../clock.ts";
import { DeviceError, unlessRefused } from "../errors.ts";
import type { TableEntry } from "../view/port_status.ts";
import { type Domid, DOMID_FIRST_RESERVED, DOMID_SELF, type Port } from "../types.ts";
import { domainLabel, listedDomains, portOf, readClaims } from "../wiring/claims.ts";
import { claimsPort } from "../wiring/verdict.ts";
import type { AskedList } from "./asked_list.ts";
import { FIRST_PORT } from "../view/existence.ts";
import type { HostView, PortTables, Store } from "../view/host_view.ts";

/**
 * Lists ports, domain by domain.
 *
 * @param clock Whose time xenstore is waited for, which a list can do without.
 * @returns For each domain its ports or, where there are several, why they cannot be had: that stops no other.
 * @throws {DeviceError} Privcmd cannot be opened, or the only domain is refused; for `all`, neither xenstore nor Xen
 * names any domain.
 */
export async function* listPorts(
  view: HostView,
  asked: AskedList,
  clock: Clock = systemClock(),
): AsyncGenerator<PortList | DeviceError, void> {
  const domains = await domainsOf(view, asked);
  const tables = await view.tables();
  const names = new Names(view, clock);
  for (const domain of domains) {
    try {
      const table = await tables.table(domain);
      yield await names.named(domain === DOMID_SELF ? await view.ownDomain() ?? domain : domain, table);
    } catch (error) {
      if (domains.length === 1 || !(error instanceof DeviceError)) throw error;
      yield error;
    }
  }
}

async function domainsOf(view: HostView, { all, domains }: AskedList): Promise<readonly Domid[]> {
  if (!all) return domains.length > 0 ? [...new Set(domains)] : [DOMID_SELF];
  try {
    return await listedDomains(await view.store());
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    const found = await domainsInXen(await view.tables());
    if (found.length === 0) throw error;
    return found;
  }
}

/** The domains whose ports Xen shows, found by asking for every number there can be. */
async function domainsInXen(tables: PortTables): Promise<Domid[]> {
  const found: Domid[] = [];
  for (let domain = 0; domain < DOMID_FIRST_RESERVED; domain++) {
    if (typeof await tables.status(domain, FIRST_PORT) !== "string") found.push(domain);
  }
  return found;
}

/** A port, and whose it is. */
export type ListedPort = TableEntry & {
  /** The remote domain's name. */
  readonly remoteName?: string;
  /** The device that the channel belongs to, as in `vif/0`, and in which domain its frontend is. */
  readonly device?: string;
  readonly deviceDomain?: Domid;
};

/** The ports of one domain. */
export interface PortList {
  readonly domain: Domid;
  readonly name?: string;
  readonly ports: readonly ListedPort[];
}

/** How long, milliseconds, a list waits for the names in it when xenstored does not answer. */
const PATIENCE = 1000;

/** What xenstore says of a domain. */
interface Known {
  readonly name?: string;
  /** The devices of its frontends by their ports. */
  readonly devices: ReadonlyMap<Port, string>;
}

/**
 * What xenstore says of the domains on a host, each asked for once. Where xenstore cannot be reached it says nothing,
 * and the list goes without.
 */
class Names {
  readonly #view: HostView;
  readonly #clock: Clock;
  readonly #known = new Map<Domid, Promise<Known>>();
  #store: Promise<Store | undefined> | undefined;

  constructor(view: HostView, clock: Clock) {
    this.#view = view;
    this.#clock = clock;
  }

  /** A domain's table with the names that belong there. */
  async named(domain: Domid, table: readonly TableEntry[]): Promise<PortList> {
    const remotes = new Set(table.flatMap((entry) => "remoteDomain" in entry ? [entry.remoteDomain] : []));
    const all = new Map(
      await Promise.all([domain, ...remotes].map(async (each) => [each, await this.#of(each)] as const)),
    );
    const own = all.get(domain)!;
    return { domain, name: own.name, ports: table.map((entry) => withNames(domain, entry, all)) };
  }

  /** Xenstore, if it answers before long. Once it has it is waited for as long as its client waits. */
  async #answering(): Promise<Store | undefined> {
    const store = await this.#view.store();
    const answered = new AbortController();
    const answer = store.read("domid").then(() => store).finally(() => answered.abort());
    const silent = this.#clock.sleep(PATIENCE, answered.signal);
    return await Promise.race([answer, silent.then((ranOut) => ranOut ? undefined : answer)]);
  }

  #of(domain: Domid): Promise<Known> {
    let known = this.#known.get(domain);
    if (known === undefined) this.#known.set(domain, known = this.#read(domain));
    return known;
  }

  async #read(domain: Domid): Promise<Known> {
    const store = await (this.#store ??= unlessRefused(() => this.#answering()));
    const devices = new Map<Port, string>();
    if (store === undefined) return { devices };
    const [name, claims] = await Promise.all([
      unlessRefused(() => domainLabel(store, domain)),
      unlessRefused(() => readClaims(store, domain)),
    ]);
    for (const claim of claims ?? []) {
      const port = portOf(claim.text);
      if (port !== undefined && claimsPort(claim)) devices.set(port, claim.device);
    }
    return { name, devices };
  }
}

function withNames(domain: Domid, entry: TableEntry, all: ReadonlyMap<Domid, Known>): ListedPort {
  if (!("remoteDomain" in entry)) return entry;
  const remote = all.get(entry.remoteDomain);
  const named = { ...entry, remoteName: remote?.name };
  const own = all.get(domain)?.devices.get(entry.port);
  if (own !== undefined) return { ...named, device: own, deviceDomain: domain };
  const theirs = entry.status === "interdomain" ? remote?.devices.get(entry.remotePort) : undefined;
  return theirs === undefined ? named : { ...named, device: theirs, deviceDomain: entry.remoteDomain };
}

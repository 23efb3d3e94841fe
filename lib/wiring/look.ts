/**
 * The wiring of a host: what frontends wrote to xenstore, joined with Xen's port tables.
 *
 * @example The channels of a simulated guest
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { systemClock } from "../clock.ts";
 * import { simulatedKernel } from "../sim/mod.ts";
 * import { KernelView } from "../view/kernel_view.ts";
 * import { lookAtWiring } from "./look.ts";
 *
 * const view = new KernelView(await simulatedKernel("linux", 0), systemClock());
 * const { domains } = await lookAtWiring(view, [1]);
 * const channels = domains[0].channels.map(({ claim, verdict }) => `${claim.device}: ${verdict}`);
 * assertEquals(channels, ["console: ok", "store: ok"]);
 * await view.close();
 * ```
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import { domainName } from "../channel.ts";
import { DeviceError, unlessRefused } from "../errors.ts";
import { explain } from "../explain.ts";
import { type Domid, DOMID_SELF, type Port } from "../types.ts";
import { domainExists, domainsInXen, existence, type HostView, type PortTables } from "../view/host_view.ts";
import type { Store } from "../xenstore/store.ts";
import { domainLabel, DOMAINS, listedDomains, portOf, readClaims } from "./claims.ts";
import { start } from "./states.ts";
import {
  type Claim,
  type DomainWiring,
  type HostWiring,
  isFine,
  remoteOf,
  type WiredChannel,
  type XenSide,
} from "./types.ts";
import { OtherChannels } from "./others.ts";
import { readVchans } from "./vchan.ts";
import { isPlugged, judge } from "./verdict.ts";

/**
 * Reads the wiring of domains once.
 *
 * @param asked Empty: all domains in xenstore if the caller is domain 0, else the caller's own.
 * @param all Whether to look for channels that belong to no device too.
 * @throws {DeviceError} xenstore cannot be reached, or does not know a domain in `asked`.
 */
export async function lookAtWiring(view: HostView, asked: readonly Domid[], all = false): Promise<HostWiring> {
  const reader = await WiringReader.open(view, all);
  const { domains } = await reader.choose(asked);
  return await reader.host(await reader.domains(domains), asked);
}

/** The domains to read. */
export interface ChosenDomains {
  readonly domains: readonly Domid[];
  /** Whether they are all that xenstore has, so that new ones belong to them. */
  readonly all: boolean;
}

/** Stands for the name of a device that only xenstore knows. */
const UNNAMED = "?";

/** Domains that are read at the same time: enough to keep xenstored busy, few enough for prompt answers. */
const PARALLEL = 4;

/** Reads the wiring of domains, once or repeatedly. */
export class WiringReader {
  private constructor(
    private readonly view: HostView,
    readonly store: Store,
    private readonly tables: PortTables | undefined,
    /** Why `tables` is undefined. */
    private readonly unseen: DeviceError | undefined,
    private readonly all: boolean,
    private readonly others?: OtherChannels,
  ) {}

  /**
   * @param all As for {@linkcode lookAtWiring}: then for one look alone.
   * @throws {DeviceError} xenstore cannot be reached. Xen's port tables may be missing.
   */
  static async open(view: HostView, all = false): Promise<WiringReader> {
    const store = await openStore(view);
    try {
      const tables = await view.tables();
      const others = all ? new OtherChannels(view, store, tables) : undefined;
      return new WiringReader(view, store, tables, undefined, all, others);
    } catch (error) {
      if (error instanceof DeviceError) return new WiringReader(view, store, undefined, error, all);
      throw error;
    }
  }

  /** The domains to read. Throws a DeviceError if DOMID_SELF was asked for, and the caller's domain is not known. */
  async choose(asked: readonly Domid[]): Promise<ChosenDomains> {
    if (asked.length > 0 && !asked.includes(DOMID_SELF)) return { domains: [...new Set(asked)], all: false };
    const own = await this.view.ownDomain();
    if (asked.length > 0) {
      if (own === undefined) throw noDomain(DOMID_SELF);
      return { domains: [...new Set(asked.map((domain) => domain === DOMID_SELF ? own : domain))], all: false };
    }
    const all = own === undefined || own === 0;
    return { domains: all ? await this.#allDomains() : [own], all };
  }

  /** Every domain in xenstore; where xenstore is silent, every domain that Xen knows. */
  async #allDomains(): Promise<readonly Domid[]> {
    try {
      return await listedDomains(this.store);
    } catch (error) {
      if (this.view.silent === undefined || this.tables === undefined) throw error;
      return await domainsInXen(this.view);
    }
  }

  /** The wiring of domains, in their order, without those that are not in xenstore. Throws as {@linkcode Store}. */
  async domains(domains: readonly Domid[]): Promise<DomainWiring[]> {
    const wirings: (DomainWiring | undefined)[] = [];
    this.others?.show(domains);
    const waiting = domains.entries();
    const work = async () => {
      for (const [i, domain] of waiting) wirings[i] = await this.#domainOrRefusal(domain);
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    return wirings.filter((wiring) => wiring !== undefined);
  }

  /**
   * Adds the names of the backends' domains. Throws a DeviceError if a domain in `asked` is not in `domains`, or if
   * none of `domains` could be read.
   */
  async host(domains: readonly DomainWiring[], asked: readonly Domid[]): Promise<HostWiring> {
    const [first] = domains;
    if (first?.unread !== undefined && domains.every(({ unread }) => unread !== undefined)) throw first.unread;
    for (const domain of asked) {
      if (domain !== DOMID_SELF && !domains.some((found) => found.domain === domain)) throw noDomain(domain);
    }
    return { domains, names: await this.#namesOf(domains), unseen: this.unseen };
  }

  async #namesOf(wirings: readonly DomainWiring[]): Promise<Map<Domid, string>> {
    const names = new Map<Domid, string>();
    for (const { domain, name } of wirings) if (name !== undefined) names.set(domain, name);
    const backends = new Set(wirings.flatMap(({ channels }) => channels.flatMap(remotesOf)));
    await Promise.all(
      [...backends].filter((domain) => !names.has(domain)).map(async (domain) => {
        const name = await unlessRefused(() => domainLabel(this.store, domain));
        if (name !== undefined) names.set(domain, name);
      }),
    );
    return names;
  }

  /** If xenstored refuses a part of the domain, the other domains are read all the same. */
  async #domainOrRefusal(domain: Domid): Promise<DomainWiring | undefined> {
    try {
      return await this.#domain(domain);
    } catch (error) {
      if (this.view.silent !== undefined && this.tables !== undefined) return await this.#inXen(this.tables, domain);
      // A lost connection names the device or the socket.
      if (!(error instanceof DeviceError && error.subject.startsWith(`${DOMAINS}/`))) throw error;
      return { domain, channels: [], unread: error };
    }
  }

  /** The channels of a domain as Xen alone has them. One between two domains is the higher one's: a guest's. */
  async #inXen(tables: PortTables, domain: Domid): Promise<DomainWiring | undefined> {
    try {
      const channels: WiredChannel[] = [];
      for (const { port, ...status } of await tables.table(domain)) {
        if (status.status !== "unbound" && status.status !== "interdomain") continue;
        if (status.status === "interdomain" && status.remoteDomain > domain) continue;
        const claim = { domain, device: UNNAMED, key: UNNAMED, text: String(port), server: UNNAMED };
        channels.push({ claim, port, xen: { status }, verdict: "unknown" });
      }
      return { domain, channels };
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      return error.errno === "ESRCH" ? undefined : { domain, channels: [], unread: error };
    }
  }

  /** Reads a domain again if a channel has a fault: it may only have changed during the first read. */
  async #domain(domain: Domid): Promise<DomainWiring | undefined> {
    const first = await this.#readDomain(domain);
    const fine = first?.channels.every(({ verdict }) => isFine(verdict) || verdict === "unknown") ?? true;
    return fine ? first : await this.#readDomain(domain);
  }

  async #readDomain(domain: Domid): Promise<DomainWiring | undefined> {
    const { store, tables } = this;
    const [there, name, devices, vchans] = await Promise.all([
      store.directory(`${DOMAINS}/${domain}`),
      domainLabel(store, domain),
      readClaims(store, domain),
      this.all ? readVchans(store, domain) : [],
    ]);
    if (there === undefined) return undefined;
    const named = [...devices, ...vchans];
    const claims = [...named, ...await this.others?.of(domain, named) ?? []];
    const ports = new Set(claims.flatMap(({ text }) => portOf(text) ?? []));
    const sides = new Map<Port, XenSide>();
    if (tables !== undefined) {
      await Promise.all([...ports].map(async (port) => sides.set(port, await xenSide(tables, domain, port))));
    }
    return { domain, name, channels: judged(claims, sides) };
  }
}

/** How many sharers of a port are named. */
const NAMED_SHARERS = 3;

/** The verdicts on a domain's claims. A guest may claim one port a thousand times: their verdicts are made once. */
function judged(claims: readonly Claim[], sides: ReadonlyMap<Port, XenSide>): WiredChannel[] {
  const plugged = Map.groupBy(claims.filter(isPlugged), ({ text }) => portOf(text));
  const shared = new Map<Port, ReturnType<typeof judge>>();
  return claims.map((claim) => {
    const port = portOf(claim.text);
    if (port === undefined) return { claim, ...judge({ claim }) };
    const xen = sides.get(port);
    const claimants = isPlugged(claim) ? plugged.get(port)! : [];
    if (claimants.length <= 1) return { claim, port, xen, ...judge({ claim, port, xen }) };
    const others = claimants.slice(0, NAMED_SHARERS + 1).filter((other) => other !== claim);
    const alike = others.length > NAMED_SHARERS && claim.strayBackend === undefined;
    let judgement = alike ? shared.get(port) : undefined;
    if (judgement === undefined) {
      const names = others.slice(0, NAMED_SHARERS).map(({ device, key }) => `${start(device)} ${key}`);
      judgement = judge({ claim, port, xen, sharers: { count: claimants.length - 1, names } });
      if (alike) shared.set(port, judgement);
    }
    const { verdict, reason } = judgement;
    return { claim, port, xen, verdict, reason }; // a spread would take more memory
  });
}

/** Nothing helps here: another system, or a user for whom privcmd fails too. */
const HOPELESS: ReadonlySet<Errno> = new Set(["ENOTSUP", "EACCES", "EPERM"]);

const INSTEAD = "`evtchn list` shows Xen's side without it";

async function openStore(view: HostView): Promise<Store> {
  try {
    return await view.store();
  } catch (error) {
    if (!(error instanceof DeviceError) || HOPELESS.has(error.errno)) throw error;
    const { errno, subject, action, hint } = error;
    throw new DeviceError("wiring", errno, subject, action, hint === undefined ? INSTEAD : `${hint}; ${INSTEAD}`);
  }
}

function noDomain(domain: Domid): DeviceError {
  const name = domainName(domain);
  const message = `Cannot find domain ${name} in xenstore`;
  return new DeviceError("wiring", "ENOENT", name, message, explain("wiring", "ENOENT"));
}

async function xenSide(tables: PortTables, domain: Domid, port: Port): Promise<XenSide> {
  const status = await tables.status(domain, port);
  if (typeof status === "string") return { status };
  if (status.status === "interdomain") {
    const peer = await tables.status(status.remoteDomain, status.remotePort);
    return { status, peer, peerExists: existence(peer) };
  }
  if (status.status !== "unbound") return { status };
  return { status, peerExists: await domainExists(tables, status.remoteDomain) };
}

/** The domain of the other end, by xenstore and by Xen. */
function remotesOf({ claim, xen }: WiredChannel): Domid[] {
  return [claim.backendDomain, remoteOf(xen)?.domain].filter((domain) => domain !== undefined);
}

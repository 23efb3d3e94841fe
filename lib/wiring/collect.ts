/**
 * Looks at the wiring of domains: xenstore and Xen's port tables, joined.
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import { DeviceError } from "../errors.ts";
import { domainExists, existence } from "../view/existence.ts";
import type { HostView, PortTables, Store } from "../view/host_view.ts";
import type { Domid, Port } from "../types.ts";
import { domainLabel, DOMAINS, portOf, readClaims } from "./claims.ts";
import { remoteOf } from "./remote.ts";
import { type Claim, type DomainWiring, isFine, type Sight, type WiredChannel, type XenSide } from "./types.ts";
import { claimsPort, judge } from "./verdict.ts";

/** Domains that are looked at side by side: enough to keep xenstored busy, and few enough for each answer to be prompt. */
const SIDE_BY_SIDE = 16;

/** Looks at domains, again and again if need be. */
export class Inspector {
  readonly #names = new Map<Domid, Promise<string | undefined>>();

  private constructor(
    readonly store: Store,
    readonly tables: PortTables | undefined,
    /** Why Xen's port tables cannot be seen, where they cannot. */
    readonly unseen: DeviceError | undefined,
  ) {}

  /**
   * Opens what is looked at. Without Xen's port tables xenstore alone is.
   *
   * @throws {DeviceError} If xenstore cannot be reached.
   */
  static async open(view: HostView): Promise<Inspector> {
    const store = await openStore(view);
    try {
      return new Inspector(store, await view.tables(), undefined);
    } catch (error) {
      if (error instanceof DeviceError) return new Inspector(store, undefined, error);
      throw error;
    }
  }

  /**
   * The wiring of several domains, in their order. Those that are not in xenstore, or leave it meanwhile, are left out.
   *
   * @throws {DeviceError} Xenstore does not answer, or not to this domain.
   */
  async domains(domains: readonly Domid[]): Promise<DomainWiring[]> {
    const wirings: (DomainWiring | undefined)[] = [];
    const waiting = domains.entries();
    const work = async () => {
      for (const [i, domain] of waiting) wirings[i] = await this.domain(domain);
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
    return wirings.filter((wiring) => wiring !== undefined);
  }

  /**
   * The wiring of one domain. A fault is looked at twice: what changes while one looks is none.
   *
   * @returns Undefined where there is no such domain in xenstore.
   * @throws {DeviceError} As {@linkcode domains}.
   */
  async domain(domain: Domid): Promise<DomainWiring | undefined> {
    const first = await this.#look(domain);
    if (first === undefined || first.channels.every(({ verdict }) => isFine(verdict) || verdict === "unknown")) {
      return first;
    }
    return await this.#look(domain);
  }

  /** The names of backends' domains that have one. */
  async names(wirings: readonly DomainWiring[]): Promise<Map<Domid, string>> {
    const names = new Map<Domid, string>();
    for (const wiring of wirings) if (wiring.name !== undefined) names.set(wiring.domain, wiring.name);
    const backends = new Set(wirings.flatMap(({ channels }) => channels.flatMap(remotesOf)));
    await Promise.all(
      [...backends].filter((domain) => !names.has(domain)).map(async (domain) => {
        let asked = this.#names.get(domain);
        if (asked === undefined) this.#names.set(domain, asked = domainLabel(this.store, domain));
        const name = await asked;
        if (name !== undefined) names.set(domain, name);
      }),
    );
    return names;
  }

  async #look(domain: Domid): Promise<DomainWiring | undefined> {
    const { store } = this;
    const [there, name, claims] = await Promise.all([
      store.directory(`${DOMAINS}/${domain}`),
      domainLabel(store, domain),
      readClaims(store, domain),
    ]);
    if (there === undefined) return undefined;
    const ports = claims.map(({ text }) => portOf(text));
    const claimed = claimants(claims, ports);
    const channels = await Promise.all(claims.map(async (claim, i): Promise<WiredChannel> => {
      const port = ports[i];
      const sharers = claimed.get(port)?.filter((other) => other !== claim).map(({ device, key }) =>
        `${device} ${key}`
      );
      const xen = port === undefined || this.tables === undefined
        ? undefined
        : await xenSide(this.tables, domain, port);
      const sight: Sight = { claim, port, xen, sharers: claimsPort(claim) ? sharers : [] };
      return { ...sight, ...judge(sight) };
    }));
    return { domain, name, channels };
  }
}

/** What leaves nothing to do instead: another system, or a user whom privcmd refuses as well. */
const HOPELESS: ReadonlySet<Errno> = new Set(["ENOTSUP", "EACCES", "EPERM"]);

/** What can be done without xenstore. */
const INSTEAD = "`evtchn list` shows Xen's side without it";

/** Xenstore, or why not and what can be done all the same. */
async function openStore(view: HostView): Promise<Store> {
  try {
    return await view.store();
  } catch (error) {
    if (!(error instanceof DeviceError) || HOPELESS.has(error.errno)) throw error;
    const { errno, subject, message, hint } = error;
    const action = message.slice(0, -`: ${errno}`.length);
    throw new DeviceError("wiring", errno, subject, action, hint === undefined ? INSTEAD : `${hint}; ${INSTEAD}`);
  }
}

/** Who claims each port, of the devices that are there. */
function claimants(claims: readonly Claim[], ports: readonly (Port | undefined)[]): Map<Port | undefined, Claim[]> {
  const claimed = new Map<Port | undefined, Claim[]>();
  for (const [i, claim] of claims.entries()) {
    if (ports[i] === undefined || !claimsPort(claim)) continue;
    claimed.set(ports[i], [...claimed.get(ports[i]) ?? [], claim]);
  }
  return claimed;
}

/** What Xen has of a port and of the one behind it. */
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

/** The domains at the other end of a channel: xenstore's and Xen's. */
function remotesOf({ claim, xen }: WiredChannel): Domid[] {
  const found = [claim.backendDomain, remoteOf(xen)?.domain];
  return found.filter((domain) => domain !== undefined);
}

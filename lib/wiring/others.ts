/** The channels of a domain that belong to no device: those that `wiring --all` shows too. @module */

import { unlessRefused } from "../errors.ts";
import type { Domid, Port } from "../types.ts";
import type { HostView, PortTables } from "../view/host_view.ts";
import type { TableEntry } from "../view/port_status.ts";
import type { Store } from "../xenstore/store.ts";
import { portOf, readClaims } from "./claims.ts";
import type { Claim } from "./types.ts";
import { PortUses } from "./uses.ts";
import { readVchans } from "./vchan.ts";

/** The device of a channel of which nothing tells what it is for. */
const UNNAMED = "unnamed";

/** The key of a port that is in no node of xenstore. */
const NO_KEY = "?";

/** Remembers what each domain claims: use one for one look at the host. */
export class OtherChannels {
  readonly #claimed = new Map<Domid, Promise<ReadonlySet<Port>>>();
  readonly #uses: PortUses;
  #shown: ReadonlySet<Domid> = new Set();

  constructor(view: HostView, private readonly store: Store, private readonly tables: PortTables) {
    this.#uses = new PortUses(view);
  }

  /** Sets which domains are shown: a channel between two of them is the higher one's. */
  show(domains: Iterable<Domid>): void {
    this.#shown = new Set(domains);
  }

  /**
   * Claims for the ports of a domain that no device claims, at either end, and for its interrupts where
   * anything names them.
   *
   * @param claims Those of the domain's devices, servers of vchans among them.
   */
  async of(domain: Domid, claims: readonly Claim[]): Promise<Claim[]> {
    const own = claimedPorts(claims);
    const table = await unlessRefused(() => this.tables.table(domain)) ?? [];
    const left = await Promise.all(
      table.map(async (entry) => own.has(entry.port) || await this.#isShown(domain, entry)),
    );
    const others = table.filter((_, i) => !left[i]);
    const uses = await this.#uses.of(domain, others, () => false);
    return others.flatMap((entry): Claim[] => {
      const { port, status } = entry;
      const use = uses.get(port);
      if (status === "pirq") return use === undefined ? [] : [claimOf(domain, port, `pirq/${entry.pirq} ${use}`)];
      return [claimOf(domain, port, use ?? UNNAMED)];
    });
  }

  /** Whether a port is shown elsewhere, or is no channel. */
  async #isShown(domain: Domid, entry: TableEntry): Promise<boolean> {
    switch (entry.status) {
      case "pirq":
      case "unbound":
        return false;
      case "interdomain": {
        const { port, remoteDomain, remotePort } = entry;
        if (remoteDomain === domain) return port > remotePort;
        if (remoteDomain < domain || !this.#shown.has(remoteDomain)) {
          return (await this.#claims(remoteDomain)).has(remotePort);
        }
        // It is among the higher domain's, unless Xen has that end.
        return await this.tables.status(remoteDomain, remotePort) !== "EACCES";
      }
      default:
        return true;
    }
  }

  #claims(domain: Domid): Promise<ReadonlySet<Port>> {
    let known = this.#claimed.get(domain);
    if (known === undefined) this.#claimed.set(domain, known = this.#read(domain));
    return known;
  }

  async #read(domain: Domid): Promise<ReadonlySet<Port>> {
    const [claims = [], vchans = []] = await Promise.all([
      unlessRefused(() => readClaims(this.store, domain)),
      unlessRefused(() => readVchans(this.store, domain)),
    ]);
    return claimedPorts([...claims, ...vchans]);
  }
}

function claimedPorts(claims: readonly Claim[]): ReadonlySet<Port> {
  return new Set(claims.flatMap(({ text }) => portOf(text) ?? []));
}

/** On demand: a port that nobody has bound yet is no fault. */
function claimOf(domain: Domid, port: Port, device: string): Claim {
  return { domain, device, key: NO_KEY, text: String(port), server: "its other end", onDemand: true, found: true };
}

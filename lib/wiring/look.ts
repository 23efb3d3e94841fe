/**
 * One look at the wiring of a host.
 *
 * @module
 */

import { domainName } from "../channel.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { HostView, Store } from "../view/host_view.ts";
import { type Domid, DOMID_SELF } from "../types.ts";
import { listedDomains } from "./claims.ts";
import { Inspector } from "./collect.ts";
import type { DomainWiring, HostWiring } from "./types.ts";

/**
 * Looks at the wiring of domains.
 *
 * @param asked Which; none: all that xenstore knows where one is domain 0, else one's own.
 * @throws {DeviceError} Xenstore cannot be reached, or does not know a domain that was asked for.
 */
export async function lookAtWiring(view: HostView, asked: readonly Domid[]): Promise<HostWiring> {
  const inspector = await Inspector.open(view);
  return await hostWiring(inspector, await inspector.domains(await chooseDomains(view, inspector.store, asked)), asked);
}

/**
 * What was seen of domains, as it is shown.
 *
 * @param asked Those that must be among them.
 * @throws {DeviceError} One is not.
 */
export async function hostWiring(
  inspector: Inspector,
  domains: readonly DomainWiring[],
  asked: readonly Domid[] = [],
): Promise<HostWiring> {
  for (const domain of asked) {
    if (domain !== DOMID_SELF && !domains.some((found) => found.domain === domain)) throw noDomain(domain);
  }
  return { domains, names: await inspector.names(domains), unseen: inspector.unseen };
}

/**
 * The domains to look at.
 *
 * @throws {DeviceError} Nobody tells which domain is one's own.
 */
export async function chooseDomains(view: HostView, store: Store, asked: readonly Domid[]): Promise<Domid[]> {
  if (asked.length > 0 && !asked.includes(DOMID_SELF)) return [...new Set(asked)];
  const own = await view.ownDomain();
  if (asked.length > 0) {
    if (own === undefined) throw noDomain(DOMID_SELF);
    return [...new Set(asked.map((domain) => domain === DOMID_SELF ? own : domain))];
  }
  return own === undefined || own === 0 ? await listedDomains(store) : [own];
}

function noDomain(domain: Domid): DeviceError {
  const name = domainName(domain);
  return new DeviceError(
    "wiring",
    "ENOENT",
    name,
    `Cannot find domain ${name} in xenstore`,
    explain("wiring", "ENOENT"),
  );
}

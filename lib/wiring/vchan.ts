/** The claims of libvchan's servers in xenstore, at the usual place `data/vchan/CLIENT/NAME`. @module */

import type { Domid } from "../types.ts";
import type { Store } from "../xenstore/store.ts";
import { domainOf, DOMAINS, firstOf, inParallel } from "./claims.ts";
import type { Claim } from "./types.ts";

/** The most servers of a domain that are read: the folder is the guest's, and its quota has 1000 nodes. */
const MOST_SERVERS = 512;

/** A server offers its port to the client (tools/libs/vchan/init.c, init_xs_srv); Qubes OS has a folder a client too. */
export async function readVchans(store: Store, domain: Domid): Promise<Claim[]> {
  const folder = `${DOMAINS}/${domain}/data/vchan`;
  const clients = (await store.directory(folder) ?? []).filter((name) => domainOf(name) !== undefined);
  const servers = (await inParallel(clients, async (client) => {
    return (await store.directory(`${folder}/${client}`) ?? []).map((name) => `${client}/${name}`);
  })).flat();
  const claims = await inParallel(servers.slice(0, MOST_SERVERS), async (name): Promise<Claim[]> => {
    const text = await store.read(`${folder}/${name}/event-channel`);
    if (text === undefined) return [];
    const backendDomain = domainOf(name.split("/")[0]);
    const server = `the vchan's client in domain ${backendDomain}`;
    return [{
      domain,
      device: `vchan/${name}`,
      key: "event-channel",
      text: firstOf(text),
      backendDomain,
      server,
      onDemand: true,
    }];
  });
  return claims.flat();
}

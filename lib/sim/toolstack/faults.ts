/**
 * What can be wrong with a device's channel, made so.
 *
 * @module
 */

import type { Errno } from "../../../ffi/syscalls.ts";
import { decodeText } from "../../xenstore/wire.ts";
import type { Fault } from "./names.ts";
import type { Domain } from "../xen/domain.ts";
import type { Hypervisor } from "../xen/hypervisor.ts";
import type { SimulatedStore } from "../xenstore/store.ts";
import { domainFolder } from "../xenstore/path.ts";

/** Where a channel is to go wrong. */
export interface BrokenEnds {
  readonly hypervisor: Hypervisor;
  readonly store: SimulatedStore;
  readonly domain: number;
  readonly backend: number;
}

/** Ids from here on are a dead domain's, if no living one has them. */
const FIRST_DEAD = 99;

/** A fault that one channel of a device can have by itself. */
export type ChannelFault = Extract<Fault, "closed" | "unbound" | "elsewhere" | "shared">;

/** Makes a port for the frontend to write, and something wrong with it. Returns the port; ENOSPC for none left. */
export function breakChannel(fault: ChannelFault, ends: BrokenEnds): number | Errno {
  const { hypervisor, domain, backend } = ends;
  const frontend = hypervisor.domain(domain)!;
  switch (fault) {
    case "closed":
      return lastClosed(frontend, claimed(ends));
    case "unbound":
      return hypervisor.allocUnbound(frontend, backend);
    case "elsewhere":
      return elsewhere(ends, frontend);
    case "shared":
      return claimed(ends).at(-1) ?? 1; // xenstore's
  }
}

/** A domid that nobody has, and that could have been somebody's. */
export function deadDomid(hypervisor: Hypervisor): number {
  let domid = FIRST_DEAD;
  while (hypervisor.domain(domid) !== undefined) domid++;
  return domid;
}

/** A closed port that nothing is likely to be given soon: Xen gives the lowest first. */
function lastClosed(frontend: Domain, claimed: readonly number[]): number | Errno {
  for (let port = frontend.tableSize - 1; port > 0; port--) {
    if (frontend.channel(port)!.state === "free" && !claimed.includes(port)) return port;
  }
  return "ENOSPC";
}

/** A channel to a third domain; where there is none, no channel at all but an interrupt of the domain's own. */
function elsewhere({ hypervisor, domain, backend }: BrokenEnds, frontend: Domain): number | Errno {
  const third = hypervisor.domids.find((domid) => domid !== domain && domid !== backend);
  if (third === undefined) return hypervisor.bindIpi(frontend);
  const port = hypervisor.allocUnbound(frontend, third);
  if (typeof port === "string") return port;
  const bound = hypervisor.bindInterdomain(hypervisor.domain(third)!, domain, port);
  return typeof bound === "string" ? bound : port;
}

/** The ports that a domain's devices claim in xenstore, and its console's. */
function claimed({ store, domain }: BrokenEnds): number[] {
  const folder = domainFolder(domain);
  return [...portsBelow(store, `${folder}/console`), ...portsBelow(store, `${folder}/device`)];
}

function portsBelow(store: SimulatedStore, path: string): number[] {
  const folder = store.directory(0, path);
  if (typeof folder === "string") return [];
  return folder.names.flatMap((name) => {
    const value = store.read(0, `${path}/${name}`);
    const isPort = name === "port" || name.includes("event-channel");
    const text = isPort && typeof value !== "string" ? decodeText(value) : "";
    return text === "" ? portsBelow(store, `${path}/${name}`) : [Number(text)];
  });
}

/**
 * What xenstore says of a domain's frontends.
 *
 * @module
 */

import { DeviceError } from "../errors.ts";
import type { Store } from "../view/host_view.ts";
import { type Domid, DOMID_FIRST_RESERVED, type Port } from "../types.ts";
import {
  byNumbers,
  expectedKeys,
  type FrontendKind,
  FRONTENDS,
  matches,
  type Pattern,
  patternsOf,
} from "./frontends.ts";
import { stateName } from "./states.ts";
import type { Claim } from "./types.ts";

/** Where xenstore keeps what belongs to domains. */
export const DOMAINS = "/local/domain";

/** What claims have in common that are of one device. */
type Device = Omit<Claim, "key" | "text">;

/**
 * Every port that the frontends of a domain claim or should claim. All of it is asked for at once, as far as one answer
 * does not depend on another.
 *
 * @throws {DeviceError} As {@linkcode Store}.
 */
export async function readClaims(store: Store, domain: Domid): Promise<Claim[]> {
  const kinds = await Promise.all(FRONTENDS.map((kind) => claimsOfKind(store, domain, kind)));
  return kinds.flat();
}

async function claimsOfKind(store: Store, domain: Domid, kind: FrontendKind): Promise<Claim[]> {
  const folder = `${DOMAINS}/${domain}/${kind.folder}`;
  const names = await store.directory(folder);
  if (names === undefined) return [];
  if (!kind.many) return await claimsOfDevice(store, domain, kind, kind.kind, folder, names);
  const devices = [...names].sort(byNumbers).map((name) =>
    claimsOfDevice(store, domain, kind, `${kind.kind}/${name}`, `${folder}/${name}`)
  );
  return (await Promise.all(devices)).flat();
}

async function claimsOfDevice(
  store: Store,
  domain: Domid,
  kind: FrontendKind,
  device: string,
  folder: string,
  names?: readonly string[],
): Promise<Claim[]> {
  const [common, found] = await Promise.all([
    readDevice(store, domain, kind, device, folder),
    keysBelow(store, folder, patternsOf(kind), names),
  ]);
  if (common === undefined) return []; // gone while it was looked at
  const claims = await Promise.all(
    expectedKeys(kind, found).map(async (key): Promise<Claim> => {
      return { ...common, key, text: found.includes(key) ? await store.read(`${folder}/${key}`) : undefined };
    }),
  );
  return kind.onDemand ? claims.filter(({ text }) => text !== undefined && text !== "") : claims;
}

/** What a device says of itself and its backend; undefined where it says nothing. */
async function readDevice(
  store: Store,
  domain: Domid,
  { server, onDemand }: FrontendKind,
  device: string,
  folder: string,
): Promise<Device | undefined> {
  const node = (name: string) => store.read(`${folder}/${name}`);
  if (server !== undefined) {
    const backendDomain = domainOf(await node("backend-id"));
    return { domain, device, backendDomain, server, onDemand };
  }
  const [backend, backendId, state] = await Promise.all([node("backend"), node("backend-id"), node("state")]);
  if (backend === undefined && state === undefined) return undefined;
  const backendState = await readBackendState(store, backend);
  return {
    domain,
    device,
    backendDomain: domainOf(backendId) ?? domainOf(backend?.split("/")[3]),
    frontendState: stateName(state),
    backendState: stateName(backendState),
  };
}

/** A backend's folder; the guest can write there what it likes. */
const BACKEND = /^\/local\/domain\/[0-9]{1,5}\/backend\/[\w/@:.+-]{1,255}$/;

async function readBackendState(store: Store, backend: string | undefined): Promise<string | undefined> {
  if (backend === undefined || !BACKEND.test(backend)) return undefined;
  try {
    return await store.read(`${backend}/state`);
  } catch (error) {
    // A guest may name what it is not to see, and a path that there cannot be: then nothing is known of it.
    if (error instanceof DeviceError && (error.errno === "EACCES" || error.errno === "EINVAL")) return undefined;
    throw error;
  }
}

function domainOf(text: string | undefined): Domid | undefined {
  if (text === undefined || !/^[0-9]{1,5}$/.test(text)) return undefined;
  const domain = Number(text);
  return domain < DOMID_FIRST_RESERVED ? domain : undefined;
}

/** The port that a text from xenstore names; 0 is none, and no port has more than 32 bits. */
export function portOf(text: string | undefined): Port | undefined {
  if (text === undefined || !/^[0-9]{1,10}$/.test(text)) return undefined;
  const port = Number(text);
  return port > 0 && port <= 0xFFFF_FFFF ? port : undefined;
}

/** The nodes below a folder that match a pattern, by their paths from there. */
async function keysBelow(
  store: Store,
  folder: string,
  patterns: readonly Pattern[],
  known?: readonly string[],
): Promise<string[]> {
  const names = known ?? await store.directory(folder) ?? [];
  const found = await Promise.all(names.map(async (name) => {
    const rest = patterns.filter(([word]) => matches(word, name)).map((pattern) => pattern.slice(1));
    const here = rest.some((words) => words.length === 0) ? [name] : [];
    const deeper = rest.filter((words) => words.length > 0);
    if (deeper.length === 0) return here;
    const below = await keysBelow(store, `${folder}/${name}`, deeper);
    return [...here, ...below.map((key) => `${name}/${key}`)];
  }));
  return found.flat();
}

/**
 * The domains that xenstore knows, ascending.
 *
 * @throws {DeviceError} As {@linkcode Store}.
 */
export async function listedDomains(store: Store): Promise<Domid[]> {
  const names = await store.directory(DOMAINS) ?? [];
  return names.map(domainOf).filter((domain) => domain !== undefined).sort((a, b) => a - b);
}

/**
 * A domain's name; undefined where it has none, or one may not see it.
 *
 * @throws {DeviceError} As {@linkcode Store}, EACCES aside.
 */
export async function domainLabel(store: Store, domain: Domid): Promise<string | undefined> {
  try {
    return await store.read(`${DOMAINS}/${domain}/name`);
  } catch (error) {
    if (error instanceof DeviceError && error.errno === "EACCES") return undefined;
    throw error;
  }
}

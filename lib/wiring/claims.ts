/** Reads the claims of a domain's frontends from xenstore. Functions throw as {@linkcode Store} does. @module */

import { DeviceError } from "../errors.ts";
import { U32_MAX } from "../parse.ts";
import { type Domid, DOMID_FIRST_RESERVED, type Port } from "../types.ts";
import type { Store } from "../xenstore/store.ts";
import {
  byNumbers,
  expectedKeys,
  type FrontendKind,
  FRONTENDS,
  matches,
  type Pattern,
  patternsOf,
} from "./frontends.ts";
import { kindOf, owed, type Troubles } from "./handshake.ts";
import { quoted, stateName } from "./states.ts";
import type { Claim } from "./types.ts";

export const DOMAINS = "/local/domain";

/** The most channels of a device that are read: as many as a vif with 512 queues has. */
const MOST_CHANNELS = 1024;

type DeviceClaim = Omit<Claim, "key" | "text">;

interface DeviceFolder {
  readonly domain: Domid;
  readonly kind: FrontendKind;
  readonly device: string;
  readonly path: string;
}

/** The claims of a domain. Sends requests together that do not depend on each other. */
export async function readClaims(store: Store, domain: Domid): Promise<Claim[]> {
  const kinds = await Promise.all(FRONTENDS.map((kind) => claimsOfKind(store, domain, kind)));
  return kinds.flat();
}

async function claimsOfKind(store: Store, domain: Domid, kind: FrontendKind): Promise<Claim[]> {
  const path = `${DOMAINS}/${domain}/${kind.folder}`;
  const names = await store.directory(path);
  if (names === undefined) return [];
  if (!kind.many) return await claimsOfDevice(store, { domain, kind, device: kind.kind, path }, names);
  const devices = await inParallel([...names].sort(byNumbers), (name) => {
    return claimsOfDevice(store, { domain, kind, device: `${kind.kind}/${name}`, path: `${path}/${name}` });
  });
  return devices.flat();
}

/** @param names The names in the device's folder, if they are known. */
async function claimsOfDevice(store: Store, folder: DeviceFolder, names?: readonly string[]): Promise<Claim[]> {
  const { kind, path } = folder;
  const [common, found] = await Promise.all([
    readDevice(store, folder),
    keysBelow(store, path, patternsOf(kind), names),
  ]);
  if (common === undefined) return []; // the device was removed meanwhile
  const all = expectedKeys(kind, found);
  const cut = all.length > MOST_CHANNELS ? all.length - MOST_CHANNELS : undefined;
  const device = cut === undefined ? common : { ...common, cut };
  const existing = new Set(found);
  const claims = await inParallel(all.slice(0, MOST_CHANNELS), async (key): Promise<Claim> => {
    const text = existing.has(key) ? await store.read(`${path}/${key}`) : undefined;
    return { ...device, key, text: text && firstOf(text) };
  });
  return kind.onDemand ? claims.filter(({ text }) => text !== undefined && text !== "") : claims;
}

/** The most characters of a port or a state that are kept: more than a message shows, and each channel has a copy. */
const LONGEST_TEXT = 100;

/** The same of a message that a device's trouble has, of which a device has one copy. */
const LONGEST_TROUBLE = 500;

/** A copy, since a slice would keep the whole text in memory. */
export function firstOf(text: string, longest = LONGEST_TEXT): string {
  return text.length > longest ? [...text.slice(0, longest)].join("") : text;
}

/** Undefined if the device has neither a backend nor a state. */
async function readDevice(
  store: Store,
  { domain, kind, device, path }: DeviceFolder,
): Promise<DeviceClaim | undefined> {
  const { server, onDemand } = kind;
  const node = (name: string) => store.read(`${path}/${name}`);
  if (server !== undefined) {
    return { domain, device, backendDomain: domainOf(await node("backend-id")), server, onDemand };
  }
  const [backend, backendId, state] = await Promise.all([node("backend"), node("backend-id"), node("state")]);
  if (backend === undefined && state === undefined) return undefined;
  const { backendState, strayBackend, seen } = await readBackend(store, backend, domain, path);
  const frontendState = stateName(state && firstOf(state));
  const step = seen === undefined ? undefined : owed(kindOf(device), frontendState, backendState);
  return {
    domain,
    device,
    backendDomain: domainOf(backendId) ?? domainOf(backend?.split("/")[3]),
    frontendState,
    backendState,
    ...step !== undefined &&
      { handshake: { ...step, ...await readTroubles(store, path, seen === "there" ? backend : undefined) } },
    ...strayBackend !== undefined && { strayBackend },
  };
}

/**
 * What either end has said of its trouble. Only a device that is not connected is asked for it.
 *
 * @param backend Undefined: there is none.
 */
async function readTroubles(store: Store, path: string, backend: string | undefined): Promise<Troubles> {
  const nodes: { readonly [name in keyof Troubles]: string } = {
    frontendError: errorNode(path),
    ...backend !== undefined && {
      backendError: errorNode(backend),
      hotplugStatus: `${backend}/hotplug-status`,
      hotplugError: `${backend}/hotplug-error`,
      online: `${backend}/online`,
    },
  };
  const found = await Promise.all(
    Object.entries(nodes).map(async ([name, node]) => [name, await readAllowed(store, node)] as const),
  );
  return Object.fromEntries(
    found.flatMap(([name, text]) => typeof text === "string" ? [[name, firstOf(text, LONGEST_TROUBLE)]] : []),
  );
}

/** Where the driver of a device's folder leaves its last error (drivers/xen/xenbus/xenbus_client.c). */
function errorNode(path: string): string {
  return `${path.replace(/^\/local\/domain\/[0-9]+/, "$&/error")}/error`;
}

/** A backend's folder. The guest can write any text there. */
const BACKEND = /^\/local\/domain\/[0-9]{1,5}\/backend\/[\w/@:.+-]{1,255}$/;

/**
 * The backend's state. It counts only if the backend's `frontend` and `frontend-id` lead back: the guest may have
 * written the folder of another device. The toolstack writes both (libxl__device_generic_add).
 */
async function readBackend(
  store: Store,
  backend: string | undefined,
  domain: Domid,
  path: string,
): Promise<Pick<Claim, "backendState" | "strayBackend"> & { readonly seen?: "there" | "gone" }> {
  if (backend === undefined || backend === "") return {};
  const stray = (what: string) => ({ strayBackend: `backend holds ${quoted(backend)}, ${what}` });
  if (!BACKEND.test(backend)) return stray("which is no backend's folder");
  const [state, frontend, frontendId] = await Promise.all(
    ["state", "frontend", "frontend-id"].map((name) => readAllowed(store, `${backend}/${name}`)),
  );
  if (state === undefined && frontend === undefined && frontendId === undefined) return { seen: "gone" };
  if (frontend !== REFUSED && frontend !== path) {
    return stray(frontend === undefined ? "which names no frontend" : `whose frontend is ${quoted(frontend)}`);
  }
  if (frontendId !== REFUSED && domainOf(frontendId) !== domain) {
    return stray(
      frontendId === undefined ? "which names no frontend-id" : `whose frontend-id is ${quoted(frontendId)}`,
    );
  }
  return state === REFUSED ? {} : { backendState: stateName(state && firstOf(state)), seen: "there" };
}

/** Stands for a node that the caller may not read. */
const REFUSED = Symbol("refused");

async function readAllowed(store: Store, path: string): Promise<string | undefined | typeof REFUSED> {
  try {
    return await store.read(path);
  } catch (error) {
    if (error instanceof DeviceError && (error.errno === "EACCES" || error.errno === "EINVAL")) return REFUSED;
    throw error;
  }
}

/** The domain in a text from xenstore; undefined if it is none. */
export function domainOf(text: string | undefined): Domid | undefined {
  if (text === undefined || !/^[0-9]{1,5}$/.test(text)) return undefined;
  const domain = Number(text);
  return domain < DOMID_FIRST_RESERVED ? domain : undefined;
}

/** The port in a text from xenstore; undefined if it is not a port. 0 means no port. */
export function portOf(text: string | undefined): Port | undefined {
  if (text === undefined || !/^[0-9]{1,10}$/.test(text)) return undefined;
  const port = Number(text);
  return port > 0 && port <= U32_MAX ? port : undefined;
}

/** The paths below a folder that match a pattern, relative to the folder. */
async function keysBelow(
  store: Store,
  folder: string,
  patterns: readonly Pattern[],
  known?: readonly string[],
): Promise<string[]> {
  const names = known ?? await store.directory(folder) ?? [];
  const found = await inParallel(names, async (name) => {
    const rest = patterns.filter(([word]) => matches(word, name)).map((pattern) => pattern.slice(1));
    const here = rest.some((words) => words.length === 0) ? [name] : [];
    const deeper = rest.filter((words) => words.length > 0);
    if (deeper.length === 0) return here;
    const below = await keysBelow(store, `${folder}/${name}`, deeper);
    return [...here, ...below.map((key) => `${name}/${key}`)];
  });
  return found.flat();
}

/** How many nodes of a folder are read at the same time: as many requests as xenbus takes. */
const PARALLEL = 32;

/** The results of `work`, in the order of `items`. */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += PARALLEL) {
    for (const result of await Promise.all(items.slice(start, start + PARALLEL).map(work))) results.push(result);
  }
  return results;
}

/** The domains in xenstore, ascending. */
export async function listedDomains(store: Store): Promise<Domid[]> {
  const names = await store.directory(DOMAINS) ?? [];
  return names.map(domainOf).filter((domain) => domain !== undefined).sort((a, b) => a - b);
}

/** A domain's name; undefined if it has none, or if it may not be read (EACCES). */
export async function domainLabel(store: Store, domain: Domid): Promise<string | undefined> {
  const name = await readAllowed(store, `${DOMAINS}/${domain}/name`);
  return name === REFUSED ? undefined : name;
}

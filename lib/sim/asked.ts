/** What is asked of a simulated host, with its refusals as errors. Each function throws a {@linkcode DeviceError}. @module */

import { type Errno, failed, type Result } from "../../ffi/syscalls.ts";
import { after } from "../awaitable.ts";
import { channelName } from "../channel.ts";
import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { Awaitable, Domid, Port } from "../types.ts";
import type { DeviceRequest, MadeDevice } from "./toolstack/devices.ts";
import type { DeviceKindName } from "./toolstack/names.ts";
import type { SimulatedWorld } from "./world.ts";

type Hints = Readonly<Record<string, string | undefined>>;

/** The hint for ENOTSUP of what needs a simulated xenstore. */
const NO_STORE = "only sim:linux has a xenstore";

const RAISE: Hints = { EINVAL: "Xen knows VIRQs 0 to 23", ESRCH: "there is no such domain: `create` makes one" };

const CREATE: Hints = {
  EEXIST: "it exists already, or its name is taken: a simulated host starts with domains 0 to 7",
  ENOTSUP: NO_STORE,
};

const DESTROY: Hints = { ESRCH: "there is no such domain", EINVAL: "domain 0 is the host's own" };

const DEVICE: Hints = {
  ESRCH: "there is no such domain: `create` makes one",
  EEXIST: "the domain has that device already: leave INDEX out for the next one",
  ENOSPC: "no event-channel port is free in one of its domains",
  ENOTSUP: NO_STORE,
};

/**
 * Raises a VIRQ. Returns the port that fires; 0: nobody has bound it.
 *
 * @param domain Undefined: the caller's own.
 */
export function raise(world: SimulatedWorld, virq: number, domain: Domid | undefined): Awaitable<Port> {
  const channel = channelName({ kind: "virq", virq });
  return after(world.raise(virq, domain), orRefused("raise", channel, `Cannot raise ${channel}`, RAISE));
}

/** Builds and starts a domain. Returns its id. */
export function createDomain(world: SimulatedWorld, domain: Domid, name: string | undefined): Awaitable<Domid> {
  const refused = orRefused("create", String(domain), `Cannot create domain ${domain}`, CREATE);
  return after(world.createDomain(domain, name), refused);
}

/** Ends a domain and its processes; a held one stays as dying. Returns 0. */
export function destroyDomain(world: SimulatedWorld, domain: Domid, held?: boolean): Awaitable<number> {
  const refused = orRefused("destroy", String(domain), `Cannot destroy domain ${domain}`, DESTROY);
  return after(world.destroyDomain(domain, held), refused);
}

/** Makes a frontend, its backend and their channels. */
export async function createDevice(world: SimulatedWorld, request: DeviceRequest): Promise<MadeDevice> {
  const { kind, domain, index, backend } = request;
  const made = await world.createDevice(request);
  if (typeof made !== "string") return made;
  const subject = index === undefined ? kind : `${kind}/${index}`;
  const action = `Cannot make ${subject} for domain ${domain} with its backend in domain ${backend}`;
  throw new DeviceError("device", made, subject, action, made === "EINVAL" ? await limitOf(kind) : DEVICE[made]);
}

/**
 * Sets a node of xenstore as root in domain 0 does. Returns 0.
 *
 * @param domain Below its folder is a relative path; undefined: the caller's own.
 */
export function writeStore(
  world: SimulatedWorld,
  domain: Domid | undefined,
  path: string,
  value: string,
): Awaitable<number> {
  return after(
    world.writeStore(domain, path, value),
    orRefused("store-write", path, `Cannot write "${path}"`, storeHints),
  );
}

/** Removes a node of xenstore and everything below it, as {@linkcode writeStore}. Returns 0. */
export function removeStore(world: SimulatedWorld, domain: Domid | undefined, path: string): Awaitable<number> {
  return after(world.removeStore(domain, path), orRefused("store-rm", path, `Cannot remove "${path}"`, storeHints));
}

/** A function that returns an answer, or throws it if it is an errno. */
function orRefused(op: string, subject: string, action: string, hints: Hints | ((errno: Errno) => string | undefined)) {
  return (answer: Result): number => {
    if (!failed(answer)) return answer;
    const hint = typeof hints === "function" ? hints(answer) : hints[answer];
    throw new DeviceError(op, answer, subject, action, hint);
  };
}

function storeHints(errno: Errno): string | undefined {
  if (errno === "ENOTSUP") return NO_STORE;
  return errno === "ENOENT" ? "the parent node does not exist" : explain("xenstore", errno);
}

/** How many queues a kind of device may have: the only thing that is refused with EINVAL. */
async function limitOf(kind: DeviceKindName): Promise<string> {
  const { DEVICE_KINDS } = await import("./toolstack/kinds.ts");
  const [, most] = DEVICE_KINDS[kind].queues;
  const named = { "9pfs": "rings", vdispl: "connectors", vsnd: "streams" }[kind as string] ?? "queues";
  return most === 1 ? `a ${kind} has one queue` : `a ${kind} has 1 to ${most} ${named}`;
}

/**
 * Wiring: the channels between frontends and their backends, and what is to be said of each.
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import type { DeviceError } from "../errors.ts";
import type { PortStatus } from "../view/port_status.ts";
import type { Domid, Port } from "../types.ts";
import type { XenbusState } from "./states.ts";

/** A channel as xenstore has it: what a frontend says of its port. */
export interface Claim {
  /** The frontend's domain. */
  readonly domain: Domid;
  /** Its device, as in `vif/0`. */
  readonly device: string;
  /** The key that holds the port, below the device, as in `queue-0/event-channel-tx`. */
  readonly key: string;
  /** What the key holds, or undefined where there is no such node. Whoever owns the domain wrote it. */
  readonly text?: string;
  /** The backend's domain; undefined where xenstore does not tell. */
  readonly backendDomain?: Domid;
  /** The states of both ends; undefined where there is no such node, or where the kind has none. */
  readonly frontendState?: XenbusState;
  readonly backendState?: XenbusState;
  /** Who binds the port where no driver does; see `FrontendKind.server`. */
  readonly server?: string;
  /** See `FrontendKind.onDemand`. */
  readonly onDemand?: boolean;
}

/** What Xen has of a claimed port. */
export interface XenSide {
  /** The frontend's port. */
  readonly status: PortStatus | Errno;
  /** The port behind it, as its own domain has it; undefined where there is none. */
  readonly peer?: PortStatus | Errno;
  /** Whether the domain that the port is reserved for or bound to is there; undefined where Xen does not tell. */
  readonly peerExists?: boolean;
}

/** A claim and everything that was seen of it. */
export interface Sight {
  readonly claim: Claim;
  /** The port that the claim's text names; undefined where it names none. */
  readonly port?: Port;
  /** Undefined where there is no port to ask for, or nobody to ask. */
  readonly xen?: XenSide;
  /** Others of the same domain that claim the same port, as in `vif/1 event-channel`. */
  readonly sharers?: readonly string[];
}

/** What is to be said of a channel in one word. */
export type Verdict =
  /** It is there at both ends, and both say that they are connected. */
  | "ok"
  /** The device is unplugged, or its port is made when it is called for: nothing is amiss. */
  | "idle"
  /** An end is not connected yet, or no longer. */
  | "waiting"
  /** The frontend has written no port. */
  | "unwritten"
  /** What the frontend has written is no port. */
  | "invalid"
  /** Xen has the port as closed. */
  | "closed"
  /** Both ends say that they are connected, and nobody is bound to the port. */
  | "unbound"
  /** The port is something else than a channel to the backend. */
  | "elsewhere"
  /** A domain is no longer there. */
  | "gone"
  /** Several devices claim the port. */
  | "shared"
  /** Xen could not be asked. */
  | "unknown";

/** A channel and what is to be said of it. */
export interface WiredChannel extends Sight {
  readonly verdict: Verdict;
  /** What is wrong and what can be done, without a full stop; undefined where nothing is. */
  readonly reason?: string;
}

/** The channels of a domain's frontends. */
export interface DomainWiring {
  readonly domain: Domid;
  /** Its name in xenstore, as it stands there. */
  readonly name?: string;
  readonly channels: readonly WiredChannel[];
}

/** The channels of several domains. */
export interface HostWiring {
  readonly domains: readonly DomainWiring[];
  /** The names of the domains that are backends. */
  readonly names: ReadonlyMap<Domid, string>;
  /** Why Xen's side is not known, where it is not. */
  readonly unseen?: DeviceError;
}

/** Whether a verdict is that nothing is wrong. */
export function isFine(verdict: Verdict): boolean {
  return verdict === "ok" || verdict === "idle";
}

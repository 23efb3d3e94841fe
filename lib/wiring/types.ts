/** The channels between frontends and backends, and the verdict on each. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import type { DeviceError } from "../errors.ts";
import type { Domid, Port } from "../types.ts";
import type { PortStatus } from "../view/port_status.ts";
import type { Handshake } from "./handshake.ts";
import type { XenbusState } from "./states.ts";

/** What xenstore says about one port of a frontend: what the frontend wrote, or should have written. */
export interface Claim {
  readonly domain: Domid;
  /** The frontend's device, for example `vif/0`. */
  readonly device: string;
  /** The key of the port below the device, for example `queue-0/event-channel-tx`. */
  readonly key: string;
  /** The start of the key's value, which the guest can choose; undefined if the node does not exist. */
  readonly text?: string;
  /** Undefined if xenstore does not tell. */
  readonly backendDomain?: Domid;
  /** Undefined if the node does not exist. */
  readonly frontendState?: XenbusState;
  readonly backendState?: XenbusState;
  /** Who owes the next step of the device; undefined: nobody, or xenstore does not tell. */
  readonly handshake?: Handshake;
  /** Why the folder in the `backend` node is not this device's backend; undefined: it is, or xenstore does not tell. */
  readonly strayBackend?: string;
  /** See `FrontendKind`. */
  readonly server?: string;
  readonly onDemand?: boolean;
  /** Whether no node of xenstore names the port: it was found in Xen. */
  readonly found?: true;
  /** How many channels of the device are left out, because it has too many. */
  readonly cut?: number;
}

export interface XenSide {
  readonly status: PortStatus | Errno;
  /** The other end, asked for in its own domain; undefined if the port is not bound. */
  readonly peer?: PortStatus | Errno;
  /** Whether the domain exists that the port is reserved for or bound to; undefined if Xen does not tell. */
  readonly peerExists?: boolean;
}

/** A claim with everything that was found out about it. */
export interface ObservedChannel {
  readonly claim: Claim;
  /** The port in the claim's text; undefined if the text is not a port. */
  readonly port?: Port;
  /** Undefined without a port, or if Xen cannot be asked. */
  readonly xen?: XenSide;
  readonly sharers?: Sharers;
}

/** The other claims of the domain to the same port. */
export interface Sharers {
  readonly count: number;
  /** The first of them, for example `vif/1 event-channel`. */
  readonly names: readonly string[];
}

/** Whether a channel is as it should be. */
export type Verdict =
  | "ok" // bound, and both ends are connected
  | "idle" // nothing is wrong: the device is unplugged, or its port is bound on demand
  | "waiting" // an end is not connected
  | "unwritten" // the frontend wrote no port
  | "invalid" // the frontend wrote something that is not a port
  | "closed" // the port is closed in Xen
  | "unbound" // both ends say that they are connected, but the port is not bound
  | "elsewhere" // the port is not a channel to the backend, or the backend is not this device's
  | "gone" // the domain at one end does not exist
  | "shared" // several devices claim the port
  | "stuck" // an event waits at one end, and nobody takes it
  | "unknown"; // Xen could not be asked

export interface WiredChannel extends ObservedChannel {
  readonly verdict: Verdict;
  /** What is wrong and what to do; undefined if nothing is wrong. */
  readonly reason?: string;
  /** At which end of a stuck channel the event waits. */
  readonly stuckEnd?: "frontend" | "backend";
  /** No event of its frontend was ever counted, though both ends are connected. */
  readonly silent?: true;
}

export interface DomainWiring {
  readonly domain: Domid;
  readonly name?: string;
  readonly channels: readonly WiredChannel[];
  /** Why the domain could not be read; it then has no channels here. */
  readonly unread?: DeviceError;
}

export interface HostWiring {
  readonly domains: readonly DomainWiring[];
  /** The names of the domains above and of their backends' domains. */
  readonly names: ReadonlyMap<Domid, string>;
  /** Why Xen could not be asked. */
  readonly unseen?: DeviceError;
}

/** Who owes the next step of a channel's device; undefined: nobody, or the channel has another fault. */
export function handshakeOf({ claim, verdict }: WiredChannel): Handshake | undefined {
  return verdict === "waiting" || verdict === "unwritten" ? claim.handshake : undefined;
}

/** Whether nothing is wrong: `ok` or `idle`. */
export function isFine(verdict: Verdict): boolean {
  return verdict === "ok" || verdict === "idle";
}

/** The other end of a port as Xen has it: the domain, and the port if it is bound. */
export function remoteOf(xen: XenSide | undefined): { domain: Domid; port?: Port } | undefined {
  const status = xen?.status;
  if (status === undefined || typeof status === "string") return undefined;
  if (status.status === "interdomain") return { domain: status.remoteDomain, port: status.remotePort };
  return status.status === "unbound" ? { domain: status.remoteDomain } : undefined;
}

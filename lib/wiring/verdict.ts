/** The verdict on an observed channel. @module */

import type { PortStatus } from "../view/port_status.ts";
import { virqName } from "../virq.ts";
import { isClosed, isConnected, quoted, shortState, type XenbusState } from "./states.ts";
import type { Claim, ObservedChannel, Sharers, WiredChannel, XenSide } from "./types.ts";

type Judgement = Pick<WiredChannel, "verdict" | "reason">;

type XenState = Omit<XenSide, "status"> & { readonly status: PortStatus };

const OK: Judgement = { verdict: "ok" };

/** Checks xenstore's side first: if it is wrong, Xen was asked about a wrong port or about none. */
export function judge({ claim, port, xen, sharers }: ObservedChannel): Judgement {
  if (claim.strayBackend !== undefined) {
    return { verdict: "elsewhere", reason: `${claim.strayBackend}: whatever runs the frontend is at fault` };
  }
  if (!isPlugged(claim)) return { verdict: "idle", reason: "both ends are closed: the device is unplugged" };
  if (port === undefined) return withoutPort(claim);
  if (sharers !== undefined) {
    return {
      verdict: "shared",
      reason: `${list(sharers)} ${sharers.count === 1 ? "claims" : "claim"} port ${port} too: ` +
        "one of them is left over from an earlier connection, or the guest is at fault",
    };
  }
  if (xen === undefined) return fromXenstoreAlone(claim);
  const { status } = xen;
  if (status === "ESRCH") {
    return {
      verdict: "gone",
      reason: `domain ${claim.domain} is in xenstore, and Xen does not have it: what the toolstack left behind`,
    };
  }
  if (status === "EINVAL") return closed(claim, port); // past the end of the table
  if (typeof status === "string") {
    return { verdict: "unknown", reason: `Xen does not tell about port ${port} of domain ${claim.domain}: ${status}` };
  }
  return inXen(claim, port, { ...xen, status });
}

/** Whether the device is plugged in: no other device may have its port. */
export function isPlugged({ frontendState, backendState, strayBackend }: Claim): boolean {
  return strayBackend !== undefined || !(frontendState === "Closed" && isClosed(backendState));
}

function withoutPort(claim: Claim): Judgement {
  const { key, text, frontendState, server, handshake } = claim;
  if (text !== undefined && text !== "") {
    return {
      verdict: "invalid",
      reason: `${key} holds ${quoted(text)}, which is no port: whatever runs the frontend is at fault`,
    };
  }
  if (server !== undefined) {
    return { verdict: "unwritten", reason: `${key} is not written: the toolstack writes it when it builds the domain` };
  }
  if (handshake?.step === "InitWait" && !isConnected(claim.backendState)) {
    return {
      verdict: "unwritten",
      reason: `${key} is not written: the frontend waits for the backend, ${backendIs(claim)}`,
    };
  }
  const state = frontendState === undefined ? "has no state" : `is ${shortState(frontendState)}`;
  return {
    verdict: "unwritten",
    reason: isConnected(frontendState)
      ? `the frontend ${state} without a port in ${key}: it was lost, or the frontend wrote it elsewhere`
      : `the frontend ${state} and has not written ${key} yet: is its driver loaded in the guest?`,
  };
}

function fromXenstoreAlone({ server, frontendState, backendState }: Claim): Judgement {
  if (server !== undefined || isConnected(frontendState) && isConnected(backendState)) return { verdict: "unknown" };
  const [front, back] = [frontendState, backendState].map(named);
  return { verdict: "waiting", reason: `the frontend is ${front} and the backend ${back}` };
}

function inXen(claim: Claim, port: number, xen: XenState): Judgement {
  const { status } = xen;
  switch (status.status) {
    case "closed":
      return closed(claim, port);
    case "unbound":
      return unbound(claim, port, xen, status.remoteDomain);
    case "interdomain":
      return interdomain(claim, port, xen, status.remoteDomain);
    case "virq":
      return notAChannel(claim, port, `virq:${virqName(status.virq)}`);
    case "pirq":
      if (claim.found) return OK;
      return notAChannel(claim, port, `physical interrupt ${status.pirq}`);
    case "ipi":
      return notAChannel(claim, port, "an interrupt between vCPUs");
  }
}

function closed({ device, server, frontendState }: Claim, port: number): Judgement {
  const mend = device.startsWith("vchan/")
    ? "its server has let go of it and left the node"
    : server !== undefined
    ? "the guest closed it, and only a new domain gets another"
    : isConnected(frontendState)
    ? "the frontend has let go of it; detach and attach the device, or reload the frontend's driver"
    : `the frontend has let go of it and is ${named(frontendState)}`;
  return { verdict: "closed", reason: `port ${port} is closed in Xen: ${mend}` };
}

function notAChannel({ domain }: Claim, port: number, what: string): Judgement {
  return {
    verdict: "elsewhere",
    reason: `port ${port} of domain ${domain} is ${what} in Xen, and no channel to a backend: ` +
      "xenstore has the port of an earlier connection",
  };
}

function unbound(claim: Claim, port: number, { peerExists }: XenState, reserved: number): Judgement {
  const { backendDomain, frontendState, backendState, server, onDemand } = claim;
  if (peerExists === false) return gone(claim, port, `reserved for domain ${reserved}`);
  if (backendDomain !== undefined && reserved !== backendDomain) {
    return {
      verdict: "elsewhere",
      reason: `port ${port} is reserved for domain ${reserved}, and the backend is in domain ${backendDomain}: ` +
        "the frontend has to connect anew",
    };
  }
  if (onDemand) return { verdict: "idle", reason: `${server} binds port ${port} when it needs it` };
  if (server !== undefined) {
    return { verdict: "waiting", reason: `port ${port} waits for ${server} in domain ${reserved}: is it running?` };
  }
  if (isConnected(frontendState) && isConnected(backendState)) {
    return {
      verdict: "unbound",
      reason: `both ends say that they are connected, and nobody is bound to port ${port}: ` +
        `the backend in domain ${reserved} has let go of it; detach and attach the device`,
    };
  }
  return {
    verdict: "waiting",
    reason: `port ${port} waits for the backend in domain ${reserved} to bind it, ${backendIs(claim)}`,
  };
}

function interdomain(claim: Claim, port: number, { peer, peerExists }: XenState, remote: number): Judgement {
  const { backendDomain, frontendState, server } = claim;
  if (peerExists === false) return gone(claim, port, `bound to domain ${remote}`);
  if (backendDomain !== undefined && remote !== backendDomain) {
    return {
      verdict: "elsewhere",
      reason: `port ${port} is bound to domain ${remote}, and the backend is in domain ${backendDomain}: ` +
        "xenstore has the port of another connection",
    };
  }
  if (!leadsBack(claim, port, peer)) {
    return {
      verdict: "elsewhere",
      reason: `port ${port} is bound to a port of domain ${remote} that leads elsewhere: both ends are changing`,
    };
  }
  if (server !== undefined) return OK;
  if (!isConnected(frontendState)) {
    return {
      verdict: "waiting",
      reason: `port ${port} is bound, and the frontend is ${named(frontendState)}`,
    };
  }
  if (!isConnected(claim.backendState)) {
    const bound = `port ${port} is bound by the backend, `;
    return claim.handshake?.step === "Closed"
      ? { verdict: "waiting", reason: `${bound}which is ${named(claim.backendState)}, and the frontend holds on to it` }
      : { verdict: "waiting", reason: bound + backendIs(claim) };
  }
  return OK;
}

/** Whether the peer is bound to this port. Xen ensures it, so it is false only during a change. */
function leadsBack({ domain }: Claim, port: number, peer: XenSide["peer"]): boolean {
  if (peer === undefined || typeof peer === "string") return true; // this domain may not ask
  return peer.status === "interdomain" && peer.remoteDomain === domain && peer.remotePort === port;
}

function gone({ server, found }: Claim, port: number, tie: string): Judgement {
  const mend = found
    ? "`evtchn holders` says who may have it"
    : server === undefined
    ? "detach the device and attach it to a backend that runs"
    : "restart the guest";
  return { verdict: "gone", reason: `port ${port} is ${tie}, which is no longer there: ${mend}` };
}

function backendIs({ backendState }: Claim): string {
  const state = backendState === undefined ? "of which xenstore has no state" : `which is ${shortState(backendState)}`;
  return `${state}: is its driver or device model running?`;
}

function list({ names, count }: Sharers): string {
  const all = count > names.length ? [...names, `${count - names.length} more`] : names;
  return all.length === 1 ? all[0] : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}

function named(state: XenbusState | undefined): string {
  return state === undefined ? "without a state" : shortState(state);
}

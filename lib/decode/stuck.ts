/**
 * Finds ports that look stuck in a dump of Xen's event channels. A dump shows one moment, and an event in delivery
 * looks stuck too: a second dump, a little later, should no longer show what is found here. @module
 */

import type { Domid, Port } from "../types.ts";
import type { Dump, DumpedDomain, DumpedPort } from "./dump.ts";

export interface Finding {
  readonly domain: Domid;
  readonly port: Port;
  readonly what: string;
}

export function findStuck({ domains, headless, whole }: Dump): Finding[] {
  const ports = new Map(domains.map((each) => [each.domain, new Map(each.ports.map((port) => [port.port, port]))]));
  // A dump of one domain alone, or without its start, does not tell which other domains exist.
  const complete = ports.size > 1 && headless.length === 0 && (whole || ports.has(0));
  return domains.flatMap(({ domain, ports: dumped }) =>
    dumped.flatMap((port) => {
      const what = delivery(port) ?? otherEnd(domain, port, ports, complete);
      return what === undefined ? [] : [{ domain, port: port.port, what }];
    })
  );
}

export function findingsOf(findings: readonly Finding[], { domain }: DumpedDomain): ReadonlyMap<Port, string> {
  return new Map(findings.filter((each) => each.domain === domain).map(({ port, what }) => [port, what]));
}

/**
 * Whether an event waits at a port for a kernel that has to take it: not for Xen itself, and not at an IPI that its
 * kernel polls. Linux polls one IPI on each vCPU, which spinlocks use, and keeps it masked
 * (arch/x86/xen/spinlock.c).
 */
export function waits({ status, pending, masked, xen }: DumpedPort): boolean {
  return pending && !xen && status !== "closed" && !(status === "ipi" && masked);
}

/** Why a pending event is not delivered. */
function delivery(port: DumpedPort): string | undefined {
  if (!waits(port)) return undefined;
  const { masked, vcpu } = port;
  return masked
    ? "an event waits and the port is masked: its consumer was told of the last one and has not unmasked since"
    : `an event waits and the port is not masked: vCPU ${vcpu} has not taken it yet; it hangs, or was just about to`;
}

function otherEnd(
  domain: Domid,
  port: DumpedPort,
  ports: ReadonlyMap<Domid, ReadonlyMap<Port, DumpedPort>>,
  complete: boolean,
): string | undefined {
  if (port.status !== "unbound" && port.status !== "interdomain") return undefined;
  const remote = ports.get(port.remoteDomain);
  if (remote === undefined) {
    return complete ? `domain ${port.remoteDomain}, which it is for, is not in the dump: it is gone` : undefined;
  }
  if (port.status === "unbound") return undefined;
  const peer = remote.get(port.remotePort);
  const back = peer?.status === "interdomain" && peer.remoteDomain === domain && peer.remotePort === port.port;
  return back ? undefined : `port ${port.remotePort} of domain ${port.remoteDomain} does not lead back to it`;
}

/**
 * What looks stuck in a dump of Xen's event channels, in words.
 *
 * A dump is one moment: an event that is on its way looks as one that nobody takes. What is told here is what a second
 * dump, a little later, should no longer show.
 *
 * @module
 */

import type { Domid, Port } from "../types.ts";
import type { Dump, DumpedDomain, DumpedPort } from "./dump.ts";

/** One port that looks stuck. */
export interface Finding {
  readonly domain: Domid;
  readonly port: Port;
  /** What is wrong with it, in an administrator's terms. */
  readonly what: string;
}

/** What looks stuck, in the order of the dump. */
export function findStuck({ domains, headless }: Dump): Finding[] {
  const ports = new Map(domains.map((each) => [each.domain, new Map(each.ports.map((port) => [port.port, port]))]));
  // A dump of one domain alone says nothing of the others, and one whose start is cut off nothing of the first ones.
  const whole = ports.size > 1 && headless === 0;
  return domains.flatMap(({ domain, ports: dumped }) =>
    dumped.flatMap((port) => {
      const what = delivery(port) ?? otherEnd(domain, port, ports, whole);
      return what === undefined ? [] : [{ domain, port: port.port, what }];
    })
  );
}

/** The finding of one domain's port, by port. */
export function findingsOf(findings: readonly Finding[], { domain }: DumpedDomain): ReadonlyMap<Port, string> {
  return new Map(findings.filter((each) => each.domain === domain).map(({ port, what }) => [port, what]));
}

/**
 * What hinders an event. Linux keeps one IPI a vCPU masked for ever, with which spinlocks wake each other
 * (arch/x86/xen/spinlock.c): it is polled, not delivered.
 */
function delivery({ status, pending, masked, xen, vcpu }: DumpedPort): string | undefined {
  if (!pending || xen || status === "closed" || (status === "ipi" && masked)) return undefined;
  return masked
    ? "an event waits and the port is masked: its consumer was told of the last one and has not unmasked since"
    : `an event waits and the port is not masked: vCPU ${vcpu} has not taken it yet; it hangs, or was just about to`;
}

/** What is wrong with the other end, where the dump shows that domain as well. */
function otherEnd(
  domain: Domid,
  port: DumpedPort,
  ports: ReadonlyMap<Domid, ReadonlyMap<Port, DumpedPort>>,
  whole: boolean,
): string | undefined {
  if (port.status !== "unbound" && port.status !== "interdomain") return undefined;
  const remote = ports.get(port.remoteDomain);
  if (remote === undefined) {
    return whole ? `domain ${port.remoteDomain}, which it is for, is not in the dump: it is gone` : undefined;
  }
  if (port.status === "unbound") return undefined;
  const peer = remote.get(port.remotePort);
  const back = peer?.status === "interdomain" && peer.remoteDomain === domain && peer.remotePort === port.port;
  return back ? undefined : `port ${port.remotePort} of domain ${port.remoteDomain} does not lead back to it`;
}

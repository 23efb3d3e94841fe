/** The pending and mask bits of all ports as Xen has them now, from the text of its debug key `e`. @module */

import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { Domid, Port } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import type { XenDomain } from "../view/xen_control.ts";
import { type Dump, type DumpedPort, readDump } from "./dump.ts";

/** What a port's event waits for. */
export interface PortBits {
  /** Whether an event waits at the port. */
  readonly pending: boolean;
  /** Whether the port is masked, so that no event is delivered. */
  readonly masked: boolean;
}

/** One look. A port that is not in it was closed then, or its line is lost. */
export class LiveBits {
  readonly #ports: ReadonlyMap<Domid, ReadonlyMap<Port, DumpedPort>>;
  /** Whether no line is lost. Else Xen's console ring is smaller than the dump, and the first domains are missing. */
  readonly whole: boolean;

  /** @param domains Xen's, if the dump is not whole. */
  constructor(dump: Dump, domains: readonly XenDomain[]) {
    this.whole = dump.whole;
    const ports = new Map(dump.domains.map((each) => [each.domain, byNumber(each.ports)]));
    const headless = dump.whole ? undefined : domainAbove(dump, domains);
    if (headless !== undefined) ports.set(headless, byNumber(dump.headless));
    this.#ports = ports;
  }

  of(domain: Domid, port: Port): DumpedPort | undefined {
    return this.#ports.get(domain)?.get(port);
  }
}

/**
 * Xen's dump as it is now. On a host with many ports Xen prints for long, also to a serial console that it has: about 50 bytes a port.
 *
 * @throws {DeviceError} As {@linkcode XenControl.dump}; ENODATA if Xen prints nothing.
 */
export async function liveDump(view: HostView): Promise<Dump> {
  const dump = readDump(await (await view.xen()).dump("e"));
  if (dump.domains.length === 0 && dump.headless.length === 0) {
    throw new DeviceError("sysctl", "ENODATA", "sysctl", "Cannot read Xen's dump", explain("sysctl", "ENODATA"));
  }
  return dump;
}

/** Looks once; throws as {@linkcode liveDump}. */
export async function lookAtBits(view: HostView): Promise<LiveBits> {
  const dump = await liveDump(view);
  return new LiveBits(dump, dump.whole ? [] : await (await view.xen()).domains());
}

function byNumber(ports: readonly DumpedPort[]): ReadonlyMap<Port, DumpedPort> {
  return new Map(ports.map((port) => [port.port, port]));
}

/** Whose ports stand above the first heading: Xen dumps domains in the order of their ids (xen/common/domain.c:723). */
function domainAbove({ domains, headless }: Dump, all: readonly XenDomain[]): Domid | undefined {
  if (headless.length === 0) return undefined;
  const first = domains[0]?.domain ?? Infinity;
  return all.findLast(({ domain }) => domain < first)?.domain;
}

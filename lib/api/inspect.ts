/**
 * A host seen whole: the ports that Xen has, and which backend each frontend is wired to. Looking changes nothing.
 *
 * @example What is wrong on a simulated host, where a network card's backend has let go of its port
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { isFine } from "evtchn/inspect";
 * import { simulate } from "evtchn/sim";
 *
 * await using simulated = await simulate();
 * await simulated.createDevice({ kind: "vif", domain: 5, fault: "unbound" });
 * const host = await simulated.openHost();
 * const { channels } = await host.wiring();
 * const faults = channels.filter(({ verdict }) => !isFine(verdict));
 * assertEquals(faults.map(({ domain, device, verdict }) => [domain, device, verdict]), [[5, "vif/0", "unbound"]]);
 * ```
 *
 * @example The ports of a simulated domain
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DeviceError, openHost } from "evtchn/inspect";
 *
 * await using host = await openHost({ device: "sim:linux" });
 * for await (const list of host.ports([5])) {
 *   if (list instanceof DeviceError) throw list;
 *   assertEquals(list.name, "guest5");
 *   assertEquals(list.ports.map(({ status }) => status).includes("interdomain"), true);
 * }
 * ```
 *
 * @module
 */

import type { DeviceError } from "../errors.ts";
import type { PortList } from "../inspect/list.ts";
import type { HostView } from "../view/host_view.ts";
import type { Verdict } from "../wiring/types.ts";
import { type Domain, domid, type Place, viewOf } from "./place.ts";

export { DeviceError, UsageError } from "../errors.ts";
export type { Errno } from "../../ffi/syscalls.ts";
export type { Domid, Port } from "../types.ts";
export type { PortBits } from "../decode/live.ts";
export type { DeviceClaim, ListedPort, PortList } from "../inspect/list.ts";
export type { PortStatus, TableEntry } from "../view/port_status.ts";
export { isFine, type Verdict } from "../wiring/types.ts";
export type { Domain, Place } from "./place.ts";

/** What one port of a frontend is wired to. */
export interface WiredPort {
  /** The domain of the frontend. */
  readonly domain: number;
  /** The device of the frontend, such as `vif/0`. */
  readonly device: string;
  /** Where below the device the frontend writes the port, such as `queue-0/event-channel-tx`. */
  readonly key: string;
  /** The port that it wrote; undefined if it wrote none. */
  readonly port?: number;
  /** The domain of the backend; undefined if nothing tells. */
  readonly backendDomain?: number;
  /** The port of the backend; undefined if it has bound none. */
  readonly backendPort?: number;
  /** The domain at the other end in Xen, if it is not the backend's. */
  readonly remoteDomain?: number;
  /** The port at the other end in Xen, if it is not the backend's. */
  readonly remotePort?: number;
  /** The xenbus state of the frontend, such as `Connected`; undefined if it has none. */
  readonly frontendState?: string;
  /** The xenbus state of the backend; undefined if it has none. */
  readonly backendState?: string;
  /** Whether it is as it should be: `ok` and `idle` are, see {@linkcode isFine}. */
  readonly verdict: Verdict;
  /** What is wrong and what to do; undefined if nothing is. The guest may have chosen a part of it. */
  readonly reason?: string;
}

/** The wiring of domains. */
export interface Wiring {
  /** Every port that a frontend of these domains has, or should have. */
  readonly channels: readonly WiredPort[];
  /** Why Xen could not be asked; the verdicts then follow from xenstore alone. */
  readonly unseen?: DeviceError;
  /** The domains whose part of xenstore could not be read, and why. */
  readonly unread: ReadonlyMap<number, DeviceError>;
  /** Why xenstored was given up: it said nothing for too long. */
  readonly silent?: DeviceError;
}

/** How a host is looked at. */
export interface HostOptions {
  /** Milliseconds that xenstored may send nothing while a request waits; 5000 by default. Then names are left out. */
  readonly storeTimeout?: number;
}

/** A host, looked at from one of its domains. */
export class Host implements AsyncDisposable {
  readonly #view: HostView;

  /** @internal */
  constructor(view: HostView) {
    this.#view = view;
  }

  /** The id of the domain that looks; undefined if neither Xen nor xenstore tells it. */
  async ownDomain(): Promise<number | undefined> {
    return await this.#view.ownDomain();
  }

  /**
   * The ports of domains as Xen has them, domain by domain, with the names and devices that xenstore knows. Of several
   * domains, one that is refused gives its error in place of its ports.
   *
   * @param domains `all`: every domain of the host. Default: the own one.
   * @throws {DeviceError} If Xen cannot be asked, or refuses the only domain: ESRCH, EPERM.
   */
  async *ports(domains: readonly Domain[] | "all" = ["self"]): AsyncGenerator<PortList | DeviceError, void> {
    const { listPorts } = await import("../inspect/list.ts");
    const asked = domains === "all" ? { all: true, domains: [] } : { domains: domains.map(domid) };
    if (domains.length > 0) yield* listPorts(this.#view, asked);
  }

  /**
   * Which backend each frontend of domains is wired to, with a verdict on each channel.
   *
   * @param domains Default: every domain if domain 0 looks, else the own one.
   * @throws {DeviceError} If xenstore cannot be read, or has no such domain (ENOENT).
   */
  async wiring(domains: readonly Domain[] = []): Promise<Wiring> {
    const [{ lookAtWiring }, { channelRecord }] = await Promise.all([
      import("../wiring/look.ts"),
      import("../render/wiring.ts"),
    ]);
    const wiring = await lookAtWiring(this.#view, domains.map(domid));
    const channels = wiring.domains.flatMap((each) => each.channels).map((channel): WiredPort => {
      const record = channelRecord(channel);
      return {
        domain: record.domain,
        device: record.device,
        key: record.key,
        port: record.port,
        backendDomain: record.backend_domain,
        backendPort: record.backend_port,
        remoteDomain: record.remote_domain,
        remotePort: record.remote_port,
        frontendState: record.frontend_state,
        backendState: record.backend_state,
        verdict: channel.verdict,
        reason: record.reason,
      };
    });
    const unread = wiring.domains.flatMap(({ domain, unread }) =>
      unread === undefined ? [] : [[domain, unread] as const]
    );
    return { channels, unseen: wiring.unseen, unread: new Map(unread), silent: this.#view.silent };
  }

  /** Closes what was opened to look. */
  async close(): Promise<void> {
    await this.#view.close();
  }

  /** As {@linkcode Host.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Opens a host to look at it. What it needs is opened at the first question, so that a question which needs less is
 * answered where not everything is there.
 *
 * @throws {DeviceError} If a session cannot be reached.
 * @throws {UsageError} If `place` contradicts itself, or names no simulator that there is.
 */
export async function openHost(place: Place = {}, { storeTimeout }: HostOptions = {}): Promise<Host> {
  return new Host(await viewOf(place, storeTimeout));
}

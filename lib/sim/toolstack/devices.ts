/**
 * Devices of a simulated host: a frontend, its backend, and the channels between them, as two drivers would leave them.
 *
 * @module
 */

import type { Errno, Result } from "../../../ffi/syscalls.ts";
import { encodeText } from "../../xenstore/wire.ts";
import { breakChannel, type ChannelFault, deadDomid } from "./faults.ts";
import { DEVICE_KINDS, type Entries } from "./kinds.ts";
import type { DeviceKindName, Fault } from "./names.ts";
import type { Hypervisor } from "../xen/hypervisor.ts";
import { ownedBy, type SimulatedStore } from "../xenstore/store.ts";
import { domainFolder } from "../xenstore/path.ts";

/** `enum xenbus_state` (xen/include/public/io/xenbus.h). */
const XenbusState = { Initialising: 1, InitWait: 2, Initialised: 3, Connected: 4 } as const;

/** A device that is to be. */
export interface DeviceRequest {
  readonly kind: DeviceKindName;
  /** Whose frontend it is. */
  readonly domain: number;
  /** Undefined: the first one that is free, from the kind's usual one on. */
  readonly index?: number;
  /** Who has the backend. */
  readonly backend: number;
  /** Undefined: as many as is usual. */
  readonly queues?: number;
  /** What is wrong with it. */
  readonly fault?: Fault;
}

/** A device that is there. */
export interface MadeDevice {
  /** Kind and index, as in `vif/0`. */
  readonly device: string;
  /** The domain that the frontend takes for its backend's. */
  readonly backend: number;
  /** The ports that stand in the frontend's folder, in the order of its keys. */
  readonly ports: readonly number[];
}

/** One channel: its key, what the frontend wrote there, and the backend's end. */
interface DeviceChannel {
  readonly key: string;
  readonly port: number;
  readonly backendPort?: number;
}

/** Where both ends are. */
interface Ends {
  readonly frontend: string;
  readonly backend: string;
}

/** What devices are made in. */
export interface DeviceHost {
  readonly hypervisor: Hypervisor;
  readonly store: SimulatedStore;
}

/** The devices of a host. */
export class Devices {
  readonly #host: DeviceHost;
  /** What each device's backend holds. */
  readonly #held: { readonly domain: number; readonly backend: number; readonly ports: readonly number[] }[] = [];
  /** The next grant reference: which page it is nobody asks. */
  #grant = 8;

  constructor(host: DeviceHost) {
    this.#host = host;
  }

  /**
   * Makes a device: its frontend allocates ports, its backend binds to them.
   *
   * @returns What was made; ESRCH for a domain that there is not; EEXIST for a device that there is; EINVAL for a
   * number of queues that there cannot be; ENOSPC for no port left.
   */
  create(request: DeviceRequest): MadeDevice | Errno {
    const { kind: name, domain, fault } = request;
    const { hypervisor } = this.#host;
    const kind = DEVICE_KINDS[name];
    const { queues = kind.queues[0] } = request;
    if (queues < 1 || queues > kind.queues[1]) return "EINVAL";
    if (hypervisor.domain(domain) === undefined || hypervisor.domain(request.backend) === undefined) return "ESRCH";
    const index = this.#index(domain, name, kind.index, request.index);
    if (typeof index === "string") return index;
    const backend = fault === "gone" ? deadDomid(hypervisor) : request.backend;
    const keys = fault === "unwritten" ? [] : kind.channels(queues);
    const channels = this.#channels(keys, { ...request, backend });
    if (typeof channels === "string") return channels;
    this.#held.push({ domain, backend, ports: channels.flatMap(({ backendPort }) => backendPort ?? []) });
    const ends = endsOf(name, domain, index, backend);
    this.#writeBackend(ends, { ...request, backend }, kind.backend?.(index) ?? []);
    this.#writeFrontend(ends, { ...request, backend }, [
      ...kind.pages(queues).map((key) => [key, this.#grant++] as const),
      ...channels.map(({ key, port }) => [key, port] as const),
      ...kind.frontend?.(queues) ?? [],
    ]);
    return { device: `${name}/${index}`, backend, ports: channels.map(({ port }) => port) };
  }

  /** A frontend's domain is gone: its backends let go of their ports, as drivers do whose other end is closed. */
  domainGone(domain: number): void {
    for (const held of this.#held.splice(0)) {
      if (held.domain !== domain && held.backend !== domain) this.#held.push(held);
      const backend = this.#host.hypervisor.domain(held.backend);
      if (held.domain !== domain || backend === undefined) continue;
      for (const port of held.ports) this.#host.hypervisor.close(backend, port);
    }
  }

  #index(domain: number, kind: string, first: number, wanted: number | undefined): number | Errno {
    const folder = `${domainFolder(domain)}/device/${kind}`;
    const there = this.#host.store.directory(0, folder);
    const taken = new Set(typeof there === "string" ? [] : there.names);
    if (kind === "console") taken.add("0");
    if (wanted !== undefined) return taken.has(String(wanted)) ? "EEXIST" : wanted;
    let index = first;
    while (taken.has(String(index))) index += kind === "vbd" ? 16 : 1; // a disk has 16 numbers, for its partitions
    return index;
  }

  #channels(keys: readonly string[], request: DeviceRequest): DeviceChannel[] | Errno {
    const channels: DeviceChannel[] = [];
    for (const [i, key] of keys.entries()) {
      const channel = this.#channel(request, i === 0);
      if (typeof channel === "string") return channel;
      channels.push({ key, ...channel });
    }
    return channels;
  }

  /** A backend that waits, or is no more, binds to none; of what else goes wrong, the first channel is enough. */
  #channel({ domain, backend, fault }: DeviceRequest, first: boolean): Omit<DeviceChannel, "key"> | Errno {
    const { hypervisor, store } = this.#host;
    const unbound = fault === "waiting" || fault === "gone";
    if (fault !== undefined && first && !unbound) {
      const port = breakChannel(fault as ChannelFault, { hypervisor, store, domain, backend });
      return typeof port === "string" ? port : { port };
    }
    const frontend = hypervisor.domain(domain)!;
    const port = hypervisor.allocUnbound(frontend, backend);
    if (typeof port === "string") return port;
    frontend.unmask(port);
    if (unbound) return { port };
    const backendPort = this.#bind(backend, domain, port);
    return typeof backendPort === "string" ? backendPort : { port, backendPort };
  }

  /** What the backend's kernel does; what is pending by then it takes. */
  #bind(backend: number, domain: number, port: number): Result {
    const owner = this.#host.hypervisor.domain(backend)!;
    const bound = this.#host.hypervisor.bindInterdomain(owner, domain, port);
    if (typeof bound === "number") owner.unmask(bound);
    return bound;
  }

  #writeBackend(ends: Ends, { domain, backend, fault }: DeviceRequest, entries: Entries): void {
    if (fault === "gone") return; // it went with its domain
    const early = fault === "waiting" || fault === "unwritten";
    this.#write(ends.backend, ownedBy(backend, [domain]), [
      ["frontend", ends.frontend],
      ["frontend-id", domain],
      ["online", 1],
      ["state", early ? XenbusState.InitWait : XenbusState.Connected],
      ...entries,
    ]);
  }

  #writeFrontend(ends: Ends, { domain, backend, fault }: DeviceRequest, entries: Entries): void {
    const state = fault === "unwritten" ? "Initialising" : fault === "waiting" ? "Initialised" : "Connected";
    this.#write(ends.frontend, ownedBy(domain, [backend]), [
      ["backend", ends.backend],
      ["backend-id", backend],
      ...fault === "unwritten" ? [] : entries,
      ["state", XenbusState[state]],
    ]);
  }

  #write(folder: string, permissions: ReturnType<typeof ownedBy>, entries: Entries): void {
    const { store } = this.#host;
    store.write(0, folder, encodeText(""), permissions);
    for (const [key, value] of entries) store.write(0, `${folder}/${key}`, encodeText(String(value)));
  }
}

function endsOf(kind: string, domain: number, index: number, backend: number): Ends {
  return {
    frontend: `${domainFolder(domain)}/device/${kind}/${index}`,
    backend: `${domainFolder(backend)}/backend/${kind}/${domain}/${index}`,
  };
}

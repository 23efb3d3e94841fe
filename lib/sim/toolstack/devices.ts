/** Devices of a simulated host: a frontend, its backend, and the channels that two drivers would make. @module */

import type { Errno } from "../../../ffi/syscalls.ts";
import { type StateName, stateNumber } from "../../wiring/states.ts";
import type { Hypervisor } from "../xen/hypervisor.ts";
import { domainFolder } from "../xenstore/path.ts";
import { ownedBy, type SimulatedStore } from "../xenstore/store.ts";
import {
  breakChannel,
  deadDomid,
  FAILED_SCRIPT,
  isChannelFault,
  isStuck,
  statesOf,
  stickChannel,
  UNBOUND,
} from "./faults.ts";
import { DEVICE_KINDS } from "./kinds.ts";
import type { DeviceKindName, Fault } from "./names.ts";
import { type Entries, namesIn, writeFolder } from "./toolstack.ts";

export interface DeviceRequest {
  readonly kind: DeviceKindName;
  readonly domain: number;
  /** Undefined: the first free one from the kind's first index. */
  readonly index?: number;
  readonly backend: number;
  /** Undefined: as many as is usual for the kind. */
  readonly queues?: number;
  readonly fault?: Fault;
}

/** A device that was made. */
export interface MadeDevice {
  /** Kind and index, as in `vif/0`. */
  readonly device: string;
  /** The domain that the frontend names as its backend's. */
  readonly backend: number;
  /** The ports in the frontend's folder, in the order of its keys. */
  readonly ports: readonly number[];
}

/** A device as the kernels at its ends have it. */
export interface SimulatedDevice {
  readonly kind: DeviceKindName;
  readonly index: number;
  readonly domain: number;
  readonly backend: number;
  readonly channels: readonly DeviceChannel[];
  readonly fault: Fault | undefined;
  /** When it was made: milliseconds that the host had run. */
  readonly made: number;
}

interface DeviceChannel {
  readonly key: string; // below the frontend's folder
  readonly port: number;
  readonly backendPort?: number;
}

interface Ends {
  readonly frontend: string;
  readonly backend: string;
}

export class Devices {
  readonly #hypervisor: Hypervisor;
  readonly #store: SimulatedStore;
  readonly #uptime: () => number;
  /** All that were made, also those of the same name whose folder in xenstore was removed meanwhile. */
  #held: SimulatedDevice[] = [];
  /** The newest of each name, by its frontend's domain. */
  readonly #newest = new Map<string, SimulatedDevice>();
  /** The next grant reference. Pages are not simulated, so any number serves. */
  #grant = 8;

  /** @param uptime How long the host has run, milliseconds. */
  constructor(hypervisor: Hypervisor, store: SimulatedStore, uptime: () => number) {
    this.#hypervisor = hypervisor;
    this.#store = store;
    this.#uptime = uptime;
  }

  /** Those that exist, in the order in which they were made. */
  get all(): Iterable<SimulatedDevice> {
    return this.#newest.values();
  }

  /** A device of a domain's frontend, such as `vif/0`. */
  find(domain: number, device: string): SimulatedDevice | undefined {
    return this.#newest.get(`${domain}/${device}`);
  }

  /** Makes a device. ESRCH for no such domain, EEXIST for a taken index, EINVAL for a wrong number of queues, ENOSPC. */
  create(request: DeviceRequest): MadeDevice | Errno {
    const { kind: name, domain, fault } = request;
    const hypervisor = this.#hypervisor;
    const kind = DEVICE_KINDS[name];
    const { queues = kind.queues[0] } = request;
    if (queues < 1 || queues > kind.queues[1]) return "EINVAL";
    if (hypervisor.domain(domain) === undefined || hypervisor.domain(request.backend) === undefined) return "ESRCH";
    const index = this.#index(domain, name, kind.index, request.index);
    if (typeof index === "string") return index;
    const backend = fault === "gone" ? deadDomid(hypervisor) : request.backend;
    const device = { ...request, backend };
    const states = statesOf(kind, fault);
    const channels = this.#channels(states.writes ? kind.channels(queues) : [], device);
    if (typeof channels === "string") return channels;
    const made = { kind: name, index, domain, backend, channels, fault, made: this.#uptime() };
    this.#held.push(made);
    this.#newest.set(`${domain}/${name}/${index}`, made);
    const ends = {
      frontend: `${domainFolder(domain)}/device/${name}/${index}`,
      backend: `${domainFolder(backend)}/backend/${name}/${domain}/${index}`,
    };
    this.#writeBackend(ends, device, states.backend, kind.backend?.(index) ?? []);
    this.#writeFrontend(
      ends,
      device,
      states.frontend,
      states.writes
        ? [
          ...kind.pages(queues).map((key) => [key, this.#grant++] as const),
          ...channels.map(({ key, port }) => [key, port] as const),
          ...kind.frontend?.(queues) ?? [],
        ]
        : [],
    );
    return { device: `${name}/${index}`, backend, ports: channels.map(({ port }) => port) };
  }

  /** When a frontend's domain is gone, its backends close their ports, as drivers do. */
  domainGone(domain: number): void {
    const gone = this.#held.filter((held) => held.domain === domain || held.backend === domain);
    this.#held = this.#held.filter((held) => !gone.includes(held));
    for (const held of gone) {
      const name = `${held.domain}/${held.kind}/${held.index}`;
      if (this.#newest.get(name) === held) this.#newest.delete(name);
      const backend = this.#hypervisor.domain(held.backend);
      if (held.domain !== domain || backend === undefined) continue;
      for (const { backendPort } of held.channels) {
        if (backendPort !== undefined) this.#hypervisor.close(backend, backendPort);
      }
    }
  }

  #index(domain: number, kind: string, first: number, wanted: number | undefined): number | Errno {
    const taken = new Set(namesIn(this.#store, `${domainFolder(domain)}/device/${kind}`));
    if (kind === "console") taken.add("0");
    if (wanted !== undefined) return taken.has(String(wanted)) ? "EEXIST" : wanted;
    let index = first;
    while (taken.has(String(index))) index += kind === "vbd" ? 16 : 1; // 16 numbers for a disk and its partitions
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

  /** Where the backend does not bind, no channel is bound; of those with a faulty one only the first is. */
  #channel({ domain, backend, fault }: DeviceRequest, first: boolean): Omit<DeviceChannel, "key"> | Errno {
    const hypervisor = this.#hypervisor;
    const unbound = fault !== undefined && UNBOUND.includes(fault);
    if (first && isChannelFault(fault)) {
      const port = breakChannel(fault, { hypervisor, store: this.#store, domain, backend });
      return typeof port === "string" ? port : { port };
    }
    const frontend = hypervisor.domain(domain)!;
    const port = hypervisor.allocUnbound(frontend, backend);
    if (typeof port === "string") return port;
    frontend.unmask(port);
    if (unbound) return { port };
    const owner = hypervisor.domain(backend)!;
    const backendPort = hypervisor.bindInterdomain(owner, domain, port);
    if (typeof backendPort === "string") return backendPort;
    if (fault === "silent") owner.clearPending(backendPort); // not even the event that a bind causes
    owner.unmask(backendPort);
    if (first && isStuck(fault)) stickChannel(fault, frontend.channel(port)!, owner.channel(backendPort)!);
    return { port, backendPort };
  }

  #writeBackend(ends: Ends, { domain, backend, fault }: DeviceRequest, state: StateName, entries: Entries): void {
    if (fault === "gone") return; // removed with its domain
    writeFolder(this.#store, ends.backend, ownedBy(backend, [domain]), [
      ["frontend", ends.frontend],
      ["frontend-id", domain],
      ["online", fault === "closing" ? 0 : 1],
      ["state", stateNumber(state)],
      ...fault === "hotplug" ? FAILED_SCRIPT : [],
      ...entries,
    ]);
  }

  #writeFrontend(ends: Ends, { domain, backend }: DeviceRequest, state: StateName, entries: Entries): void {
    writeFolder(this.#store, ends.frontend, ownedBy(domain, [backend]), [
      ["backend", ends.backend],
      ["backend-id", backend],
      ...entries,
      ["state", stateNumber(state)],
    ]);
  }
}

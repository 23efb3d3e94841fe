/** A simulated host: Xen, its domains, a kernel in each. All happens at once; only waiting takes time. @module */

import type { Errno, Result } from "../../ffi/syscalls.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { Awaitable, Domid } from "../types.ts";
import type { ChannelDriver, Driver, FileSystem, Personality } from "./driver.ts";
import { SimulatedProcess } from "./kernel.ts";
import { LINUX_PERSONALITY } from "./linux/personality.ts";
import type { DeviceRequest, Devices, MadeDevice } from "./toolstack/devices.ts";
import { bootDom0, bootGuest, type GuestPorts } from "./xen/boot.ts";
import type { Domain } from "./xen/domain.ts";
import type { Chances } from "./xen/fate.ts";
import { Hypervisor, type PortLimit } from "./xen/hypervisor.ts";
import type { SimulatedSysctl } from "./linux/sysctl.ts";
import type { SimulatedStore } from "./xenstore/store.ts";

/** The size of Xen's console ring where nobody sets `conring_size`, on a small host: _CONRING_SIZE (console.c). */
export const CONSOLE_RING = 16384;
/** The id of the first process: those before it are the system's own. */
const FIRST_PROCESS = 1000;

const FIRST_DOMAINS = [0, 1, 2, 3, 4, 5, 6, 7];

/**
 * What Xen, a toolstack and a guest can do to a simulated host, which may be in a session's process. An undefined domain
 * is the caller's own.
 */
export interface SimulatedWorld {
  /** Raises a VIRQ, one of the host's in domain 0. Returns the port, 0 if it is not bound; EINVAL, ESRCH. */
  raise(virq: number, domain: Domid | undefined): Awaitable<Result>;
  /** Builds and starts a domain. Returns its id; EINVAL, EEXIST also for a name that is taken, ENOTSUP for a name. */
  createDomain(domain: Domid, name?: string): Awaitable<Result>;
  /**
   * Ends a domain and its processes, and closes the ports of its daemons and backends. ESRCH, EINVAL for domain 0.
   *
   * @param held Whether somebody still maps its memory: then Xen has it as dying until it is destroyed again.
   */
  destroyDomain(domain: Domid, held?: boolean): Awaitable<Result>;
  /** Makes a frontend, its backend and their channels; errors as {@linkcode Devices.create}, and ENOTSUP. */
  createDevice(request: DeviceRequest): Promise<MadeDevice | Errno>;
  /** Sets a node of xenstore as dom0. A relative path is below the folder of `domain`. EINVAL, E2BIG, ENOTSUP. */
  writeStore(domain: Domid | undefined, path: string, value: string): Awaitable<Result>;
  /** Removes a node and all below it, as `writeStore`. ENOENT if the node above it is missing too. */
  removeStore(domain: Domid | undefined, path: string): Awaitable<Result>;
}

type WorldClock = Pick<Clock, "sleep" | "monotonic"> & Partial<Pick<Clock, "now">>;

export interface WorldOptions {
  /** How many ports a domain has, port 0 included. Default: 4096, with 2-level events; FIFO events have 131072. */
  readonly ports?: PortLimit;
  /** Default: Linux. The ports that kernels take at boot are Linux' on every system. */
  readonly personality?: Personality;
  /** Default: this machine's. */
  readonly clock?: WorldClock;
  /** Whether kernels have privcmd's devices; `unrestricted`: a guest can make hypercalls with them. Default: `yes`. */
  readonly privcmd?: "yes" | "unrestricted" | "no";
  /** Whether Xen has the hypercall sysctl. Default: `yes`. */
  readonly sysctl?: "yes" | "no";
  /** The size of Xen's console ring, bytes, a power of 2. Default: {@linkcode CONSOLE_RING}. */
  readonly conring?: number;
  /** When events reach a kernel: in the sender's call, or late, when the kernel has time. Default: `now`. */
  readonly delivery?: "now" | "late";
  /** Xen's security policy. Default: `dummy`, which lets guests make channels with each other. */
  readonly xsm?: "dummy" | "silo";
  /** Which events are lost or come twice. Default: none. */
  readonly chances?: Chances;
  /** Whether kernels have the xenbus device; `dead`: xenstored never answers. Default: `yes`. */
  readonly xenstored?: "yes" | "no" | "dead";
}

/** The code of privcmd, xenbus and xenstore, which a host with event channels only does not load. */
type Inspection = typeof import("./inspection.ts");

interface Guest {
  readonly channels: ChannelDriver;
  /** Of its kernel; undefined until they are asked for, and without inspection. */
  files?: FileSystem;
  readonly drivers: readonly Driver[];
  readonly processes: Set<SimulatedProcess>;
  /** Undefined for domain 0. */
  readonly ports?: GuestPorts;
}

export class World implements SimulatedWorld {
  readonly hypervisor: Hypervisor;
  readonly personality: Personality;
  readonly #options: WorldOptions;
  readonly #clock: WorldClock;
  readonly #inspection: Inspection | undefined;
  readonly #guests = new Map<number, Guest>();
  /** Undefined without inspection, or where Xen does not have it. */
  readonly sysctl: SimulatedSysctl | undefined;
  readonly #began: number;
  /** When its kernels began, microseconds since 1970; 0 on a clock without the time of day. */
  readonly #bootTime: number;
  #nextProcess = FIRST_PROCESS;
  #store: SimulatedStore | undefined;
  #devices: Devices | undefined;

  /** @param inspection Undefined: kernels have only the event-channel device, as on illumos. */
  constructor(options: WorldOptions, inspection?: Inspection) {
    const { personality = LINUX_PERSONALITY, ports = personality.ports[0], clock = systemClock() } = options;
    if (!personality.ports.includes(ports)) throw new RangeError(`${personality.name} cannot have ${ports} ports`);
    const { delivery, xsm, chances } = options;
    this.hypervisor = new Hypervisor(ports, { late: delivery === "late", silo: xsm === "silo", chances });
    this.personality = personality;
    this.#options = options;
    this.#clock = clock;
    this.#began = clock.monotonic();
    this.#bootTime = clock.now?.() ?? 0;
    this.#inspection = personality.abi.os === "linux" ? inspection : undefined;
    if (this.#inspection !== undefined && options.sysctl !== "no") {
      this.sysctl = new this.#inspection.SimulatedSysctl(this.hypervisor, options.conring ?? CONSOLE_RING);
    }
    for (const domid of FIRST_DOMAINS) this.createDomain(domid);
  }

  /** How long its kernels run, milliseconds. */
  get uptime(): number {
    return this.#clock.monotonic() - this.#began;
  }

  /** Its xenstore, made at the first use; undefined without inspection. */
  get store(): SimulatedStore | undefined {
    const inspection = this.#inspection;
    if (this.#store === undefined && inspection !== undefined) {
      const store = this.#store = new inspection.SimulatedStore();
      inspection.writeHost(store);
      for (const [domid, { ports }] of this.#guests) {
        if (ports !== undefined) inspection.writeGuest(store, domid, ports);
      }
    }
    return this.#store;
  }

  writeStore(domid: Domid = 0, path: string, value: string): Result {
    const { store } = this;
    if (store === undefined) return "ENOTSUP";
    const { canonical, encodeText, PAYLOAD_MAX } = this.#inspection!;
    const payload = encodeText(`${path}\0${value}`);
    if (payload.length > PAYLOAD_MAX) return "E2BIG"; // as a client's library says of a message that is too long
    return store.write(0, canonical(domid, path), encodeText(value)) ?? 0;
  }

  removeStore(domid: Domid = 0, path: string): Result {
    const { store } = this;
    return store === undefined ? "ENOTSUP" : store.remove(0, this.#inspection!.canonical(domid, path)) ?? 0;
  }

  /** @throws {RangeError} There is no such domain. */
  process(domid: Domid, privileged = true): SimulatedProcess {
    const guest = this.#guests.get(domid);
    if (guest === undefined) throw new RangeError(`There is no domain ${domid}`);
    const process = new SimulatedProcess(guest.drivers, privileged, this.#clock, {
      id: this.#nextProcess++,
      started: Math.floor(this.uptime / 10),
      root: () => guest.files ??= this.#filesOf(domid, guest),
    });
    guest.processes.add(process);
    return process;
  }

  raise(virq: number, domid: Domid = 0): Result {
    return this.hypervisor.raise(virq, domid);
  }

  createDomain(domid: Domid, name?: string): Result {
    if (name !== undefined) {
      const { store } = this;
      if (store === undefined) return "ENOTSUP";
      if (this.#inspection!.domainNames(store).includes(name)) return "EEXIST"; // as `xl create` refuses it
    }
    const domain = this.hypervisor.createDomain(domid);
    if (typeof domain === "string") return domain;
    const channels = this.personality.attach(this.hypervisor, domain);
    const drivers = [channels, ...this.#inspectionDrivers(domain)];
    const dom0 = this.hypervisor.domain(0)!;
    if (domain === dom0) bootDom0(this.hypervisor, dom0);
    const ports = domain === dom0 ? undefined : bootGuest(this.hypervisor, dom0, domain);
    this.#guests.set(domid, { channels, drivers, processes: new Set(), ports });
    if (ports !== undefined && this.#store !== undefined) this.#inspection!.writeGuest(this.#store, domid, ports, name);
    return domid;
  }

  async createDevice(request: DeviceRequest): Promise<MadeDevice | Errno> {
    const { hypervisor, store } = this;
    if (store === undefined) return "ENOTSUP";
    const { Devices } = await import("./toolstack/devices.ts");
    this.#devices ??= new Devices(hypervisor, store, () => this.uptime);
    return this.#devices.create(request);
  }

  destroyDomain(domid: Domid, held = false): Result {
    const result = this.hypervisor.destroyDomain(domid, held);
    const guest = this.#guests.get(domid);
    if (typeof result === "string" || guest === undefined) return result; // a dying one has left the rest already
    const { processes, ports } = guest;
    this.#guests.delete(domid);
    for (const process of processes) process.exit();
    for (const port of ports!.daemons) this.hypervisor.close(this.hypervisor.domain(0)!, port);
    this.#devices?.domainGone(domid);
    if (this.#store !== undefined) this.#inspection!.removeGuest(this.#store, domid);
    return 0;
  }

  #filesOf(domid: Domid, { processes, channels, ports }: Guest): FileSystem | undefined {
    const { hypervisor } = this;
    const domain = hypervisor.domain(domid);
    if (domain === undefined) return undefined;
    const devices = () => this.#devices;
    return this.#inspection?.kernelFiles({
      domain,
      began: this.#bootTime,
      store: this.store!,
      processes: () => processes,
      holds: (port) => channels.holds(port),
      services: () => this.#services(ports),
      devices: () => devices()?.all ?? [],
      device: (frontend, device) => devices()?.find(frontend, device),
      uptime: () => this.uptime,
    });
  }

  /** What ports without a device are for, in a domain's kernel. */
  #services(ports: GuestPorts | undefined): ReadonlyMap<number, string> {
    if (ports !== undefined) return new Map([[ports.store, "xenbus"], [ports.console, "hvc_console"]]);
    const daemons = ["evtchn:xenstored", "evtchn:xenconsoled"];
    const found = new Map<number, string>();
    for (const { ports } of this.#guests.values()) {
      for (const [i, port] of ports?.daemons.entries() ?? []) found.set(port, daemons[i]);
    }
    return found;
  }

  #inspectionDrivers(domain: Domain): Driver[] {
    if (this.#inspection === undefined) return [];
    const { HypercallDriver, PrivcmdDriver, XenbusDriver } = this.#inspection;
    const { privcmd = "yes", xenstored = "yes" } = this.#options;
    const drivers: Driver[] = [];
    if (privcmd !== "no") {
      drivers.push(new PrivcmdDriver(this.hypervisor, domain, privcmd === "yes", this.sysctl), new HypercallDriver());
    }
    if (xenstored !== "no") drivers.push(new XenbusDriver(() => this.store!, domain.id, xenstored === "dead"));
    return drivers;
  }
}

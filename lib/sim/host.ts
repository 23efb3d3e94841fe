/**
 * A host that is not there: Xen, domains 0 to 7, a kernel in each, and processes that open the device.
 *
 * Everything in it happens at once and in this thread. Only calls that wait take time, and that is the clock's.
 *
 * @module
 */

import type { Errno, Result } from "../../ffi/syscalls.ts";
import { systemClock } from "../clock.ts";
import { bootDom0, bootGuest, type BornWith } from "./xen/boot.ts";
import type { Domain } from "./xen/domain.ts";
import type { DeviceRequest, Devices, MadeDevice } from "./toolstack/devices.ts";
import type { Driver, Personality } from "./driver.ts";
import { Hypervisor } from "./xen/hypervisor.ts";
import { Process, type SimulatedProcess } from "./kernel.ts";
import { LINUX_PERSONALITY } from "./linux/personality.ts";
import type { SimulatedStore } from "./xenstore/store.ts";
import type { Sleeper } from "./wait.ts";

/** Made here: Deno reads what a literal import names before the program starts, and few worlds have devices. */
const DEVICES = import.meta.resolve("./toolstack/devices.ts");

/** The domains that a world begins with; 0 is privileged. */
const FIRST_DOMAINS = [0, 1, 2, 3, 4, 5, 6, 7];

/** What can be chosen of a world. */
export interface WorldOptions {
  /** How many ports a domain can have, port 0 included: 4096 with 2-level events (the default), 131072 with FIFO's. */
  readonly ports?: 4096 | 131072;
  /** The domains' system. Default: Linux. The ports that its kernels take at boot are Linux's on every system. */
  readonly personality?: Personality;
  /** Whose time a wait takes. Default: this machine's. */
  readonly clock?: Sleeper;
  /**
   * Whether kernels have privcmd's devices, on a system that has them, and whether a guest's makes hypercalls with
   * them. Default: `yes`, and a guest's makes none.
   */
  readonly privcmd?: "yes" | "unrestricted" | "no";
  /** Whether kernels have the xenbus device, and whether xenstored answers there. Default: `yes`. */
  readonly xenstored?: "yes" | "no" | "dead";
}

/** What a host has for those who look beyond one handle. Not loaded for a host that only its event channels are asked of. */
export interface Inspection {
  /** privcmd's devices of a domain's kernel; see `PrivcmdDriver`. */
  privcmd(hypervisor: Hypervisor, domain: Domain, restricted: boolean): readonly Driver[];
  /** xenbus' device of a domain's kernel; see `XenbusDriver`. */
  xenbus(store: () => SimulatedStore, domid: number, dead: boolean): Driver;
  /** A xenstore, as it is before the first guest comes. */
  openStore(): SimulatedStore;
  /** Writes what a toolstack writes for a guest. */
  guestCame(store: SimulatedStore, domid: number, born: BornWith): void;
  /** Removes it. */
  guestGone(store: SimulatedStore, domid: number): void;
  /** See {@linkcode World.writeStore}. */
  write(store: SimulatedStore, domid: number, path: string, value: string): Result;
  /** See {@linkcode World.removeStore}. */
  remove(store: SimulatedStore, domid: number, path: string): Result;
}

/** A running domain. */
interface Guest {
  readonly drivers: readonly Driver[];
  readonly processes: Set<Process>;
  /** The channels that it was built with; domain 0 has none. */
  readonly born?: BornWith;
}

/** One simulated host. */
export class World {
  /** Its Xen, for those who look from there: port states are asked of `hypervisor.status`. */
  readonly hypervisor: Hypervisor;
  readonly personality: Personality;
  readonly #clock: Sleeper;
  readonly #nodes: Pick<WorldOptions, "privcmd" | "xenstored">;
  /** Undefined on a system whose inspection is not simulated, and where it is not wanted. */
  readonly #inspection: Inspection | undefined;
  readonly #guests = new Map<number, Guest>();
  #store: SimulatedStore | undefined;
  #devices: Devices | undefined;

  /**
   * Use `createWorld` for one that has everything.
   *
   * @param inspection Undefined: the kernels have the event-channel device alone, and there is no xenstore.
   */
  constructor(options: WorldOptions, inspection?: Inspection) {
    const { personality = LINUX_PERSONALITY, ports = personality.ports[0], clock = systemClock() } = options;
    if (!personality.ports.includes(ports)) throw new RangeError(`${personality.name} cannot have ${ports} ports`);
    this.hypervisor = new Hypervisor(ports);
    this.personality = personality;
    this.#clock = clock;
    this.#nodes = options;
    this.#inspection = personality.abi.os === "linux" ? inspection : undefined;
    for (const domid of FIRST_DOMAINS) this.createDomain(domid);
  }

  /** Where processes find the device. */
  get devicePath(): string {
    return this.personality.abi.devicePath;
  }

  /** Its xenstore; undefined where inspection is not simulated. Written when somebody first asks. */
  get store(): SimulatedStore | undefined {
    const inspection = this.#inspection;
    if (this.#store === undefined && inspection !== undefined) {
      const store = this.#store = inspection.openStore();
      for (const [domid, { born }] of this.#guests) if (born !== undefined) inspection.guestCame(store, domid, born);
    }
    return this.#store;
  }

  /**
   * Sets a node of its xenstore, as dom0 may.
   *
   * @param path Absolute, or relative to the folder of `domid`.
   * @returns 0; EINVAL for no such path; ENOTSUP as {@linkcode World.createDevice}.
   */
  writeStore(domid: number, path: string, value: string): Result {
    return this.store === undefined ? "ENOTSUP" : this.#inspection!.write(this.store, domid, path, value);
  }

  /** Removes a node of its xenstore and all below it; as {@linkcode World.writeStore}, and ENOENT where it cannot be. */
  removeStore(domid: number, path: string): Result {
    return this.store === undefined ? "ENOTSUP" : this.#inspection!.remove(this.store, domid, path);
  }

  /**
   * Starts a process.
   *
   * @param domid The domain that it runs in.
   * @param privileged Whether it is root there.
   * @returns Its system calls.
   * @throws {RangeError} There is no such domain.
   */
  process(domid: number, privileged = true): SimulatedProcess {
    const guest = this.#guests.get(domid);
    if (guest === undefined) throw new RangeError(`There is no domain ${domid}`);
    const process = new Process({ drivers: guest.drivers, caller: { privileged }, clock: this.#clock });
    guest.processes.add(process);
    return process;
  }

  /**
   * Raises a VIRQ. Nobody is told when the domain has not bound it: it is lost, as on a real host.
   *
   * @param virq Its number.
   * @param domid The domain whose it is, for a VIRQ that each domain has; one of the host's goes to domain 0.
   * @returns The port that it was raised on, 0 for none; EINVAL for no such VIRQ, ESRCH for no such domain.
   */
  raise(virq: number, domid = 0): Result {
    return this.hypervisor.raise(virq, domid);
  }

  /**
   * Builds and starts a domain.
   *
   * @returns Its domid; EINVAL for a reserved one, EEXIST for one that runs.
   */
  createDomain(domid: number): Result {
    const domain = this.hypervisor.createDomain(domid);
    if (typeof domain === "string") return domain;
    const drivers = [this.personality.attach(this.hypervisor, domain), ...this.#inspectors(domain)];
    const dom0 = this.hypervisor.domain(0)!;
    if (domain === dom0) bootDom0(this.hypervisor, dom0);
    const born = domain === dom0 ? undefined : bootGuest(this.hypervisor, dom0, domain);
    this.#guests.set(domid, { drivers, processes: new Set(), born });
    if (born !== undefined && this.#store !== undefined) this.#inspection!.guestCame(this.#store, domid, born);
    return domid;
  }

  /**
   * Makes a frontend, its backend and the channels between them; see {@linkcode Devices.create}.
   *
   * @returns ENOTSUP on a system whose xenstore is not simulated.
   */
  async createDevice(request: DeviceRequest): Promise<MadeDevice | Errno> {
    const { hypervisor, store } = this;
    if (store === undefined) return "ENOTSUP";
    const { Devices }: typeof import("./toolstack/devices.ts") = await import(DEVICES);
    this.#devices ??= new Devices({ hypervisor, store });
    return this.#devices.create(request);
  }

  /** The devices that show more than one's own handle: Linux's alone are simulated. */
  #inspectors(domain: Domain): Driver[] {
    const inspection = this.#inspection;
    if (inspection === undefined) return [];
    const { privcmd = "yes", xenstored = "yes" } = this.#nodes;
    return [
      ...privcmd === "no" ? [] : inspection.privcmd(this.hypervisor, domain, privcmd === "yes"),
      ...xenstored === "no" ? [] : [inspection.xenbus(() => this.store!, domain.id, xenstored === "dead")],
    ];
  }

  /**
   * Destroys a domain: its processes end, its ports are closed, and so are the ports that domain 0's daemons had for
   * it. Other domains' ports that led there become unbound, and are told nothing; VIRQ_DOM_EXC is raised. Its folder
   * in xenstore goes, and so do its devices' backends.
   *
   * @returns 0; ESRCH for no such domain; EINVAL for domain 0.
   */
  destroyDomain(domid: number): Result {
    const result = this.hypervisor.destroyDomain(domid);
    if (typeof result === "string") return result;
    const { processes, born } = this.#guests.get(domid)!;
    this.#guests.delete(domid);
    for (const process of processes) process.exit();
    for (const port of born!.daemons) this.hypervisor.close(this.hypervisor.domain(0)!, port);
    this.#devices?.domainGone(domid);
    if (this.#store !== undefined) this.#inspection!.guestGone(this.#store, domid);
    return 0;
  }
}

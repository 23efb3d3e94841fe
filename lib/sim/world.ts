/**
 * A host that is not there: Xen, domains 0 to 7, a kernel in each, and processes that open the device.
 *
 * Everything in it happens at once and in this thread. Only calls that wait take time, and that is the clock's.
 *
 * @module
 */

import type { Result } from "../../ffi/syscalls.ts";
import { systemClock } from "../clock.ts";
import { bootDom0, bootGuest } from "./boot.ts";
import type { Driver, Personality } from "./driver.ts";
import { Hypervisor } from "./hypervisor.ts";
import { Process, type SimulatedProcess } from "./kernel.ts";
import { LINUX_PERSONALITY } from "./linux.ts";
import type { Sleeper } from "./wait.ts";

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
}

/** A running domain. */
interface Guest {
  readonly drivers: readonly Driver[];
  readonly processes: Set<Process>;
  /** Ports of domain 0 that serve this domain. */
  readonly daemons: readonly number[];
}

/** One simulated host. */
export class World {
  /** Its Xen, for those who look from there: port states are asked of `hypervisor.status`. */
  readonly hypervisor: Hypervisor;
  readonly personality: Personality;
  readonly #clock: Sleeper;
  readonly #guests = new Map<number, Guest>();

  /** Use {@linkcode createWorld}. */
  constructor({ personality = LINUX_PERSONALITY, ports = personality.ports[0], clock = systemClock() }: WorldOptions) {
    if (!personality.ports.includes(ports)) throw new RangeError(`${personality.name} cannot have ${ports} ports`);
    this.hypervisor = new Hypervisor(ports);
    this.personality = personality;
    this.#clock = clock;
    for (const domid of FIRST_DOMAINS) this.createDomain(domid);
  }

  /** Where processes find the device. */
  get devicePath(): string {
    return this.personality.abi.devicePath;
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
    const drivers = [this.personality.attach(this.hypervisor, domain)];
    const dom0 = this.hypervisor.domain(0)!;
    if (domain === dom0) bootDom0(this.hypervisor, dom0);
    const daemons = domain === dom0 ? [] : bootGuest(this.hypervisor, dom0, domain);
    this.#guests.set(domid, { drivers, processes: new Set(), daemons });
    return domid;
  }

  /**
   * Destroys a domain: its processes end, its ports are closed, and so are the ports that domain 0's daemons had for
   * it. Other domains' ports that led there become unbound, and are told nothing; VIRQ_DOM_EXC is raised.
   *
   * @returns 0; ESRCH for no such domain; EINVAL for domain 0.
   */
  destroyDomain(domid: number): Result {
    const result = this.hypervisor.destroyDomain(domid);
    if (typeof result === "string") return result;
    const { processes, daemons } = this.#guests.get(domid)!;
    this.#guests.delete(domid);
    for (const process of processes) process.exit();
    for (const port of daemons) this.hypervisor.close(this.hypervisor.domain(0)!, port);
    return 0;
  }
}

/** Makes a host with domains 0 to 7. */
export function createWorld(options: WorldOptions = {}): World {
  return new World(options);
}

/**
 * Simulated hosts: Xen, its domains and their drivers, for tests of programs that use event channels. docs/simulator.md
 * says what is simulated.
 *
 * @example Two domains of one host, each with its handle
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { simulate } from "evtchn/sim";
 *
 * await using host = await simulate();
 * const guest = await host.openHandle(5);
 * const backend = await host.openHandle(0);
 * const offered = await guest.allocUnbound(0);
 * await backend.notify(await backend.bindInterdomain(5, offered));
 * const event = await guest.next(offered, { timeout: 1000 });
 * assertEquals(event?.kind === "pending" && event.port, offered);
 * ```
 *
 * @example An hour of a host's time, in no time
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { simulate, VirtualClock } from "evtchn/sim";
 *
 * await using host = await simulate("sim:linux", { clock: new VirtualClock() });
 * const handle = await host.openHandle();
 * await handle.bindVirq("dom_exc");
 * void host.clock.sleep(3_600_000).then(() => host.raise("dom_exc"));
 * const event = await handle.next("virq:dom_exc", { timeout: 4_000_000 });
 * assertEquals(event?.kind, "pending");
 * assertEquals(host.clock.monotonic(), 3_600_000);
 * ```
 *
 * @module
 */

import { type Clock, systemClock } from "../clock.ts";
import { LocalDevice } from "../handle/device.ts";
import { SharedDevice } from "../handle/shared_device.ts";
import { parseVirq } from "../parse.ts";
import * as asked from "../sim/asked.ts";
import { type SimulatedKernel, simulatedKernel } from "../sim/mod.ts";
import type { MadeDevice } from "../sim/toolstack/devices.ts";
import type { DeviceKindName, Fault } from "../sim/toolstack/names.ts";
import type { Domid, Port } from "../types.ts";
import { KernelView } from "../view/kernel_view.ts";
import { Handle } from "./handle.ts";
import { Host } from "./inspect.ts";
import { domid, simulation } from "./place.ts";
import { Xenstore } from "./xenstore.ts";

export { DeviceError, UsageError } from "../errors.ts";
export type { Errno } from "../../ffi/syscalls.ts";
export type { Port } from "../types.ts";
export type { Clock } from "../clock.ts";
export { VirtualClock } from "../script/virtual_clock.ts";
export { DEVICE_KIND_NAMES, type DeviceKindName, type Fault, FAULTS } from "../sim/toolstack/names.ts";
export type { MadeDevice } from "../sim/toolstack/devices.ts";
export type { Handle, Host, Xenstore };

/** A device to make. */
export interface NewDevice {
  /** The kind, such as `vif`. */
  readonly kind: DeviceKindName;
  /** The domain of the frontend. */
  readonly domain: number;
  /** Its number; undefined: the next free one. */
  readonly index?: number;
  /** The domain of the backend; 0 by default. */
  readonly backend?: number;
  /** How many queues it has; undefined: as many as is usual for the kind. */
  readonly queues?: number;
  /** What is wrong with it; undefined: nothing. */
  readonly fault?: Fault;
}

/** How a host is simulated. */
export interface SimulationOptions {
  /**
   * The clock of its waits and timeouts, such as a {@linkcode VirtualClock}. Default: the system's. With `delivery=late`
   * a VirtualClock may reach a timeout before an event that is held back has come.
   */
  readonly clock?: Clock;
}

/** A simulated host. What is opened on it, as any of its domains, is closed with it. */
export class SimulatedHost implements AsyncDisposable {
  readonly #kernel: SimulatedKernel;
  /** What is open, and in which domain. */
  readonly #open = new Set<{ readonly domain: Domid; readonly part: { close(): Promise<void> } }>();
  /** The clock of its waits and timeouts. */
  readonly clock: Clock;

  /** @internal */
  constructor(kernel: SimulatedKernel, clock: Clock) {
    this.#kernel = kernel;
    this.clock = clock;
  }

  /** Opens a handle in a domain. */
  openHandle(domain: number = 0): Promise<Handle> {
    return this.#keep(domain, (kernel) => {
      const device = LocalDevice.open(kernel.abi.devicePath, kernel);
      return new Handle(new SharedDevice(device, this.clock, domain), this.clock);
    });
  }

  /** Opens the host, to look at it from a domain. */
  openHost(domain: number = 0): Promise<Host> {
    return this.#keep(domain, (kernel) => new Host(viewOf(kernel)));
  }

  /** Connects to xenstore from a domain. */
  openStore(domain: number = 0): Promise<Xenstore> {
    return this.#keep(domain, (kernel) => new Xenstore(viewOf(kernel)));
  }

  /**
   * Raises a VIRQ, by number or name, as Xen does. Returns the port that fires; undefined if nobody has bound it, so
   * that it is lost.
   *
   * @param domain Who gets it, if it is none that only domain 0 gets.
   */
  async raise(virq: number | string, domain?: number): Promise<Port | undefined> {
    const port = await asked.raise(this.#kernel.world, parseVirq(String(virq)), optional(domain));
    return port === 0 ? undefined : port;
  }

  /** Builds and starts a domain, named guest and its number if it gets no name. */
  async createDomain(domain: number, name?: string): Promise<void> {
    await asked.createDomain(this.#kernel.world, domid(domain), name);
  }

  /** Destroys a domain: what is open in it is closed, and its loops over events end. */
  async destroyDomain(domain: number): Promise<void> {
    await asked.destroyDomain(this.#kernel.world, domid(domain));
    await this.#closeWhere((each) => each.domain === domain);
  }

  /** Makes a device: frontend, backend and their channels, in the state that a toolstack and both drivers leave. */
  async createDevice({ domain, backend = 0, ...device }: NewDevice): Promise<MadeDevice> {
    const request = { ...device, domain: domid(domain), backend: domid(backend) };
    return await asked.createDevice(this.#kernel.world, request);
  }

  /** Sets a node of xenstore as root in domain 0 does. A relative path is below the folder of `domain`. */
  async writeStore(path: string, value: string, domain?: number): Promise<void> {
    await asked.writeStore(this.#kernel.world, optional(domain), path, value);
  }

  /** Removes a node of xenstore and everything below it. A relative path is below the folder of `domain`. */
  async removeStore(path: string, domain?: number): Promise<void> {
    await asked.removeStore(this.#kernel.world, optional(domain), path);
  }

  /** Closes everything that was opened on it. */
  close(): Promise<void> {
    return this.#closeWhere(() => true);
  }

  /** As {@linkcode SimulatedHost.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // deno-lint-ignore require-await -- what `open` throws is a rejection
  async #keep<T extends { close(): Promise<void> }>(domain: number, open: (kernel: SimulatedKernel) => T): Promise<T> {
    const part = open(this.#kernel.as(domid(domain)));
    this.#open.add({ domain, part });
    return part;
  }

  async #closeWhere(matches: (each: { readonly domain: Domid }) => boolean): Promise<void> {
    for (const each of this.#open) {
      if (!matches(each)) continue;
      this.#open.delete(each);
      await each.part.close();
    }
  }
}

/**
 * Makes a simulated host with the domains 0 to 7.
 *
 * @param device `sim:linux` or `sim:illumos`, with settings after a `?`.
 * @throws {UsageError} If there is no such simulator or setting.
 */
export async function simulate(
  device: string = "sim:linux",
  { clock = systemClock() }: SimulationOptions = {},
): Promise<SimulatedHost> {
  return new SimulatedHost(await simulatedKernel(simulation(device), 0, clock), clock);
}

/** The simulated xenstored answers at once, so the system's clock measures its timeout. */
function viewOf(kernel: SimulatedKernel): KernelView {
  return new KernelView(kernel, systemClock());
}

function optional(domain: number | undefined): Domid | undefined {
  return domain === undefined ? undefined : domid(domain);
}

/**
 * The simulator and its model side by side: each call is made on both, and the drivers' state can be inspected.
 *
 * @module
 */

import type { IoctlName } from "../../ffi/abi.ts";
import type { Result } from "../../ffi/syscalls.ts";
import type { Domain } from "../../lib/sim/xen/domain.ts";
import type { Personality } from "../../lib/sim/driver.ts";
import type { IllumosDriver } from "../../lib/sim/illumos/personality.ts";
import type { IllumosHandle } from "../../lib/sim/illumos/personality.ts";
import type { LinuxDriver } from "../../lib/sim/linux/personality.ts";
import type { LinuxHandle } from "../../lib/sim/linux/personality.ts";
import type { SimulatedProcess } from "../../lib/sim/kernel.ts";
import type { World } from "../../lib/sim/world.ts";
import { createWorld, Device } from "../support/simulated.ts";
import { Model, type ModelHandle, type ModelPort, type Place, type Tally } from "./model.ts";
import { ILLUMOS_RULES, LINUX_RULES } from "./rules.ts";

export type DriverHandle = LinuxHandle | IllumosHandle;
export type AnyDriver = LinuxDriver | IllumosDriver;

export const PLACES: readonly Place[] = [
  { domid: 0, privileged: true },
  { domid: 1, privileged: true },
  { domid: 1, privileged: true },
  { domid: 2, privileged: true },
  { domid: 2, privileged: false },
];

/** Called with each new driver, and with each new handle. */
export interface Taps {
  readonly driver?: (driver: AnyDriver, domain: Domain) => void;
  readonly handle?: (handle: DriverHandle, driver: AnyDriver) => void;
}

export function tapped(personality: Personality, taps: Taps): Personality {
  return {
    ...personality,
    attach(hypervisor, domain) {
      const driver = personality.attach(hypervisor, domain) as AnyDriver;
      const open = driver.open;
      driver.open = (caller) => {
        const handle = open.call(driver, caller);
        if (typeof handle !== "string") taps.handle?.(handle as DriverHandle, driver);
        return handle;
      };
      taps.driver?.(driver, domain);
      return driver;
    },
  };
}

/** An open handle of the simulator. */
export interface RealHandle {
  readonly device: Device;
  readonly handle: DriverHandle;
  readonly driver: AnyDriver;
  /** How many ring entries each port got since it was bound or unmasked. */
  readonly arrivals: Map<number, number>;
}

/** A port that a step bound. */
export interface NewPort {
  readonly h: number;
  readonly port: number;
}

/** A handle that a step closed, and its ports. */
export interface Closed extends Pick<RealHandle, "handle" | "driver"> {
  readonly domid: number;
  readonly ports: readonly number[];
}

export class SideBySide {
  readonly world: World;
  readonly model: Model;
  readonly linux: boolean;
  /** By place. */
  readonly handles: (RealHandle | undefined)[] = PLACES.map(() => undefined);
  /** What the current step did. */
  readonly bound: NewPort[] = [];
  readonly closed: Closed[] = [];
  /** Ports that got a second ring entry without an unmask in this step. */
  readonly twice: number[] = [];
  /** How many calls this step made. */
  calls = 0;
  /** The first different answer in this step. */
  difference: string | undefined;
  /** The calls and their answers, if a log is kept. */
  readonly log: string[] | undefined;

  /** The process of each place, and its domain: another domain may get the same domid later. */
  readonly #processes: { readonly process: SimulatedProcess; readonly home: Domain }[] = [];
  readonly #crowds = new Map<number, Device[]>();
  readonly #opened: Pick<RealHandle, "handle" | "driver">[] = [];

  /**
   * @param personality The system, maybe one with a fault.
   * @param told Whether to keep a log.
   */
  constructor(personality: Personality, tally?: Tally, told = false) {
    this.linux = personality.name === "linux";
    this.log = told ? [] : undefined;
    const opened = (handle: DriverHandle, driver: AnyDriver) => void this.#opened.push({ handle, driver });
    this.world = createWorld({ personality: tapped(personality, { handle: opened }) });
    this.model = new Model(this.linux ? LINUX_RULES : ILLUMOS_RULES, PLACES, tally);
    PLACES.forEach((_, h) => this.open(h));
    this.begin();
  }

  /** Starts a step. */
  begin(): void {
    this.bound.length =
      this.closed.length =
      this.twice.length =
      this.calls =
        0;
    this.difference = undefined;
  }

  open(h: number): void {
    if (this.handles[h] !== undefined) return;
    const device = this.#device(h);
    this.#same(() => `open @${h}`, typeof device.fd === "string" ? device.fd : 0, this.model.open(h));
    const opened = this.#opened.pop();
    if (opened === undefined) return;
    const arrivals = new Map<number, number>();
    this.#count(opened.handle, arrivals);
    this.handles[h] = { device, ...opened, arrivals };
  }

  close(h: number): void {
    const real = this.handles[h];
    const ports = (this.model.handles[h]?.ports ?? []).map(({ port }) => port);
    this.#same(() => `close @${h}`, real?.device.close() ?? "EBADF", this.model.close(h));
    if (real === undefined) return;
    this.closed.push({ ...real, domid: PLACES[h].domid, ports });
    this.handles[h] = undefined;
  }

  /** An ioctl of a handle that answers with a port. */
  bind(h: number, name: IoctlName, values: readonly number[], modelled: (model: Model) => Result): void {
    const real = this.handles[h];
    const answer = real === undefined ? "EBADF" : real.device.ioctl(name, ...values);
    if (typeof answer === "number") {
      this.bound.push({ h, port: answer });
      this.model.tally("port bound");
    }
    this.#same(() => `${name} @${h} ${values.join(" ")}`, answer, modelled(this.model));
  }

  unbind(h: number, port: number): void {
    const answer = this.handles[h]?.device.unbind(port) ?? "EBADF";
    if (answer === 0) this.handles[h]!.arrivals.delete(port);
    this.#same(() => `UNBIND @${h} ${port}`, answer, this.model.unbind(h, port));
  }

  notify(h: number, port: number): void {
    const answer = this.handles[h]?.device.notify(port) ?? "EBADF";
    this.#same(() => `NOTIFY @${h} ${port}`, answer, this.model.notify(h, port));
  }

  write(h: number, ports: readonly number[]): void {
    const real = this.handles[h];
    for (const port of ports) real?.arrivals.set(port, 0);
    if (new Set(ports).size < ports.length) this.#allowEach(real, ports);
    this.#same(
      () => `write @${h} ${ports.join(" ")}`,
      real?.device.write(...ports) ?? "EBADF",
      this.model.write(h, ports),
    );
  }

  read(h: number, count: number): void {
    const answer = this.handles[h]?.device.read(count) ?? "EBADF";
    const wanted = this.model.read(h, count);
    this.#same(() => `read @${h} of ${count}`, String(answer), String(wanted));
  }

  reset(h: number): void {
    this.#same(() => `RESET @${h}`, this.handles[h]?.device.reset() ?? "EBADF", this.model.reset(h));
  }

  restrict(h: number, domid: number): void {
    const answer = this.handles[h]?.device.restrict(domid) ?? "EBADF";
    this.#same(() => `RESTRICT_DOMID @${h} ${domid}`, answer, this.model.restrict(h, domid));
  }

  /** poll(2) of every open handle. */
  poll(events: number): void {
    this.handles.forEach((real, h) => {
      this.#same(() => `poll @${h} ${events}`, real?.device.poll(events), this.model.poll(h, events));
    });
  }

  raise(virq: number, domid: number): void {
    this.#same(() => `raise ${virq} in ${domid}`, this.world.raise(virq, domid), this.model.raise(virq, domid));
  }

  create(domid: number): void {
    this.#same(() => `create ${domid}`, this.world.createDomain(domid), this.model.create(domid));
  }

  destroy(domid: number): void {
    const answer = this.world.destroyDomain(domid);
    this.#same(() => `destroy ${domid}`, answer, this.model.destroy(domid));
    if (answer !== 0) return;
    this.#crowds.delete(domid);
    PLACES.forEach((place, h) => {
      const real = this.handles[h];
      if (place.domid !== domid || real === undefined) return;
      this.closed.push({ ...real, domid, ports: [] });
      this.handles[h] = undefined;
    });
  }

  /** Opens unused handles in a place's domain. */
  crowd(h: number, count: number): void {
    const { domid } = PLACES[h];
    const crowd = this.#crowds.get(domid) ?? [];
    this.#crowds.set(domid, crowd);
    let last: Device | undefined;
    for (let i = 0; i < count && typeof last?.fd !== "string"; i++) {
      last = this.#device(h);
      if (typeof last.fd !== "string") crowd.push(last);
    }
    this.#opened.length = 0;
    const refusal = typeof last?.fd === "string" ? last.fd : undefined;
    const [number, modelled] = this.model.crowd(domid, count);
    const what = () => `open ${count} more in ${domid}`;
    this.#same(what, refusal ?? crowd.length, modelled ?? number);
    this.#same(what, crowd.length, number);
  }

  /** Closes the unused handles. */
  disperse(h: number): void {
    const { domid } = PLACES[h];
    for (const device of this.#crowds.get(domid) ?? []) device.close();
    this.#crowds.delete(domid);
    this.model.disperse(domid);
    this.log?.push(`close those of ${domid}`);
  }

  closeAll(): void {
    PLACES.forEach((_, h) => this.close(h));
  }

  /** The open handles of both. */
  *pairs(): Generator<[modelled: ModelHandle, real: RealHandle, h: number]> {
    for (let h = 0; h < PLACES.length; h++) {
      const [modelled, real] = [this.model.handles[h], this.handles[h]];
      if (modelled !== undefined && real !== undefined) yield [modelled, real, h];
    }
  }

  /** One of a handle's ports, by any number; undefined if it has none. */
  portOf(h: number, pick: number): ModelPort | undefined {
    const ports = this.model.handles[h]?.ports;
    return ports && ports[pick % ports.length];
  }

  /** Opens the device at a place; `fd` is an errno if that fails. */
  #device(h: number): Device {
    const { domid, privileged } = PLACES[h];
    const home = this.world.hypervisor.domain(domid);
    if (home !== undefined && this.#processes[h]?.home !== home) {
      this.#processes[h] = { process: this.world.process(domid, privileged), home };
    }
    return new Device(this.#processes[h].process, true, this.world.personality.abi);
  }

  /** Counts the ring entries of each port. */
  #count({ ring }: DriverHandle, arrivals: Map<number, number>): void {
    const { push } = ring;
    ring.push = (port) => {
      const times = (arrivals.get(port) ?? 0) + 1;
      arrivals.set(port, times);
      if (times > 1) this.twice.push(port);
      return push.call(ring, port);
    };
  }

  /** A write that names a port twice unmasks it twice, so two entries may come. */
  #allowEach(real: RealHandle | undefined, ports: readonly number[]): void {
    for (const port of ports) real?.arrivals.set(port, 1 - ports.filter((other) => other === port).length);
  }

  #same(what: () => string, real: unknown, modelled: unknown): void {
    this.calls++;
    this.log?.push(`${what()} = ${real}`);
    if (real !== modelled) this.difference ??= `${what()} = ${real}, not ${modelled}`;
  }
}

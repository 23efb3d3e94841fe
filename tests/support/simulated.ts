/** What the simulator's tests share: worlds, devices, channels. @module */

import { type Abi, type IoctlName, LINUX, pack } from "../../ffi/abi.ts";
import { getU32, setU32 } from "../../ffi/endian.ts";
import { type Errno, Poll, type Result } from "../../ffi/syscalls.ts";
import type { SimulatedProcess } from "../../lib/sim/kernel.ts";
import * as inspection from "../../lib/sim/inspection.ts";
import { World, type WorldOptions } from "../../lib/sim/world.ts";

/** A simulated host with all its devices and a xenstore. */
export function createWorld(options: WorldOptions = {}): World {
  return new World(options, inspection);
}

/** Every bit that poll(2) can be asked for. */
export const ALL_EVENTS = Poll.IN | Poll.OUT | Poll.RDNORM | Poll.WRNORM;

/** The bits of a Linux device without events. */
export const WRITABLE = Poll.OUT | Poll.WRNORM;

/** The bits of a Linux device with events. */
export const READABLE = WRITABLE | Poll.IN | Poll.RDNORM;

/** Ports as the bytes that read(2) and write(2) carry. */
export function portBytes(...ports: number[]): Uint8Array {
  const bytes = new Uint8Array(ports.length * 4);
  ports.forEach((port, i) => setU32(bytes, i * 4, port));
  return bytes;
}

/** An open device. */
export class Device {
  readonly fd: number;

  constructor(readonly process: SimulatedProcess, nonblock = true, readonly abi: Abi = LINUX) {
    this.fd = process.open(abi.devicePath, { nonblock, cloexec: true }) as number;
  }

  /** A request that the system does not have is made with Linux' number. */
  ioctl(name: IoctlName, ...values: number[]): Result {
    const ioctl = this.abi.ioctls[name] ?? LINUX.ioctls[name];
    const arg = new Uint8Array(ioctl.size);
    pack(ioctl, values, arg);
    return this.process.ioctl(this.fd, ioctl.request, arg);
  }

  bindVirq = (virq: number) => this.ioctl("BIND_VIRQ", virq);
  bindInterdomain = (domid: number, port: Result) => this.ioctl("BIND_INTERDOMAIN", domid, port as number);
  allocUnbound = (domid: number) => this.ioctl("BIND_UNBOUND_PORT", domid);
  bindStatic = (port: Result) => this.ioctl("BIND_STATIC", port as number);
  unbind = (port: Result) => this.ioctl("UNBIND", port as number);
  notify = (port: Result) => this.ioctl("NOTIFY", port as number);
  reset = () => this.ioctl("RESET");
  restrict = (domid: number) => this.ioctl("RESTRICT_DOMID", domid);
  poll = (events = ALL_EVENTS) => this.process.pollNow(this.fd, events);
  close = () => this.process.close(this.fd);
  write = (...ports: Result[]) => this.process.write(this.fd, portBytes(...ports as number[]));

  /** One read(2) with room for `count` ports. */
  read(count = 1024): Result[] | Errno {
    const buffer = new Uint8Array(count * 4);
    const result = this.process.read(this.fd, buffer);
    if (typeof result === "string") return result;
    return Array.from({ length: result / 4 }, (_, i) => getU32(buffer, i * 4));
  }
}

export function device(domid = 0, world: World = createWorld(), nonblock = true): Device {
  return new Device(world.process(domid), nonblock, world.personality.abi);
}

/** A channel between two handles; the binder's first event is read and unmasked. */
export interface Pair {
  readonly world: World;
  /** Domain 1's handle, which offered the port. */
  readonly offerer: Device;
  readonly offered: number;
  /** Domain 2's handle, which bound to it. */
  readonly binder: Device;
  readonly bound: number;
}

/** A channel between domain 1 and domain 2. */
export function pair(world: World = createWorld()): Pair {
  const offerer = device(1, world);
  const binder = device(2, world);
  const offered = offerer.allocUnbound(2) as number;
  const bound = binder.bindInterdomain(1, offered) as number;
  binder.read();
  binder.write(bound);
  return { world, offerer, offered, binder, bound };
}

/** Many channels from one handle of domain 1 to another. */
export interface Fan {
  readonly world: World;
  /** The handle under test and its ports, unmasked and without events. */
  readonly hearer: Device;
  readonly heard: number[];
  /** The other handle, which is never read. */
  readonly sender: Device;
  /** Sends an event to the hearer's port of that index. */
  send(index: number): void;
}

/** Makes `count` channels to one handle. */
export function fan(count: number, world: World = createWorld()): Fan {
  const hearer = device(1, world);
  const sender = device(1, world);
  const heard = Array.from({ length: count }, () => hearer.allocUnbound(1) as number);
  const ends = heard.map((port) => sender.bindInterdomain(1, port));
  return { world, hearer, heard, sender, send: (index) => void sender.notify(ends[index]) };
}

/** Puts this many entries of one port into the ring. */
export function fill({ hearer, heard, send }: Fan, entries: number): void {
  for (let i = 0; i < entries; i++) {
    send(0);
    hearer.write(heard[0]);
  }
}

/** Lets all pending microtasks run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await undefined;
}

/** The value of a promise, or `"waiting"` if it is not settled now. */
export async function outcome<T>(promise: Promise<T>): Promise<T | "waiting"> {
  await settle();
  return await Promise.race([promise, settle().then((): "waiting" => "waiting")]);
}

/**
 * Level ground for two hosts: what one has done since its boot, or holds, is done and held on the other as well.
 *
 * @module
 */

import type { Errno } from "../../ffi/syscalls.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { DeviceError } from "../../lib/errors.ts";
import { DOMID_SELF } from "../../lib/types.ts";
import { virqName, virqNumber } from "../../lib/virq.ts";
import type { Host } from "./machine.ts";
import type { Ground } from "./writer.ts";

/** How many channels a page of a FIFO event array describes: a kernel's channels are a multiple of it. */
const CHANNELS_A_PAGE = 1024;

/** The least channels that scripts need: the greatest has about 600 ports. */
const CHANNELS = 2048;

/** How many VIRQs Xen has. */
const VIRQS = 24;

/** VIRQs that Xen raises of itself when it likes: nothing can be said of a handle that has one. */
const RAISED = new Set([virqNumber("con_ring")!]);

/** Two hosts or more, made level. */
export class Level implements Disposable {
  readonly #held = new DisposableStack();
  /** What had to be done, a line each. */
  readonly done: string[] = [];
  readonly ground: Ground;

  /** @throws {DeviceError} If a host refuses what it should not. */
  constructor(hosts: readonly Host[]) {
    const channels = Math.max(CHANNELS, ...hosts.map(channelsOf));
    for (const host of hosts) grow(host, channels);
    const free = hosts.map(freeVirqs);
    const common = new Set([...free[0]].filter((virq) => !RAISED.has(virq) && free.every((set) => set.has(virq))));
    for (const [i, host] of hosts.entries()) this.#hold(host, [...free[i]].filter((virq) => !common.has(virq)));
    this.ground = { channels, virqs: common };
    this.done.unshift(`${channels} channels, and ${common.size} VIRQs free`);
  }

  [Symbol.dispose](): void {
    this.#held.dispose();
  }

  #hold(host: Host, virqs: readonly number[]): void {
    if (virqs.length === 0) return;
    const device = this.#held.adopt(LocalDevice.open(host.path, host), (device) => device.close());
    for (const virq of virqs) device.bindVirq(virq);
    this.done.push(`held on ${host.name}: ${virqs.map((virq) => `virq:${virqName(virq)}`).join(", ")}`);
  }
}

function withDevice<T>(host: Host, work: (device: LocalDevice) => T): T {
  const device = LocalDevice.open(host.path, host);
  try {
    return work(device);
  } finally {
    device.close();
  }
}

/** The errno of what is refused; undefined: it is not. */
function errnoOf(work: () => void): Errno | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof DeviceError) return error.errno;
    throw error;
  }
}

/** How many channels a kernel can tell apart by now: an unbind beyond is EINVAL (drivers/xen/evtchn.c:552). */
function channelsOf(host: Host): number {
  return withDevice(host, (device) => {
    let channels = CHANNELS_A_PAGE;
    while (errnoOf(() => device.unbind(channels)) !== "EINVAL") channels += CHANNELS_A_PAGE;
    return channels;
  });
}

/** Binds ports until the kernel has so many channels; it keeps them when the ports are gone. */
function grow(host: Host, channels: number): void {
  withDevice(host, (device) => {
    while (errnoOf(() => device.unbind(channels - 1)) === "EINVAL") device.allocUnbound(DOMID_SELF);
  });
  const reached = channelsOf(host);
  if (reached !== channels) throw new Error(`${host.name} has ${reached} channels, not ${channels}`);
}

function freeVirqs(host: Host): Set<number> {
  const virqs = Array.from({ length: VIRQS }, (_, virq) => virq);
  return withDevice(host, (device) => {
    return new Set(virqs.filter((virq) => errnoOf(() => void device.bindVirq(virq)) === undefined));
  });
}

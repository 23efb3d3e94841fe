/**
 * What the tests on the real device share: handles that are closed with their test, channels to oneself, and events
 * waited for one by one, with no clock.
 *
 * @module
 */

import { assertThrows } from "@std/assert";
import { LINUX } from "../../ffi/abi.ts";
import type { Errno, Syscalls } from "../../ffi/syscalls.ts";
import { failed, Poll } from "../../ffi/syscalls.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { DeviceError } from "../../lib/errors.ts";
import { DOMID_SELF, type Port } from "../../lib/types.ts";
import { sys } from "../support/descriptors.ts";
import { checkRecords, forgetRecords } from "../support/records.ts";
import { Barrier } from "./barrier.ts";

export { sys };

/** The event-channel device. */
export const DEVICE: string = Deno.env.get("EVTCHN_TEST_DEVICE") ?? LINUX.devicePath;

/** How our device layer reaches it. */
export const KERNEL = { syscalls: sys, abi: LINUX };

/** What a test works with. */
export class Rig {
  readonly #stack = new DisposableStack();
  #barrier: Barrier | undefined;

  /** A new handle. */
  open(syscalls: Syscalls = sys): LocalDevice {
    return this.#stack.adopt(LocalDevice.open(DEVICE, { syscalls, abi: LINUX }), (device) => device.close());
  }

  /** A descriptor of a new handle, as the shell's `exec 3<>` opens one: its reads wait, and programs inherit it. */
  shellDescriptor(): number {
    const fd = sys.open(DEVICE, { nonblock: false, cloexec: false });
    if (failed(fd)) throw new Error(`${DEVICE} does not open: ${fd}`);
    return this.#stack.adopt(fd, (fd) => sys.close(fd));
  }

  /** Waits until the driver has taken in everything that was sent so far. */
  async settle(): Promise<void> {
    this.#barrier ??= this.#stack.adopt(await Barrier.open(sys, DEVICE), (barrier) => barrier.close());
    await this.#barrier.pass();
  }

  close(): void {
    this.#stack.dispose();
  }
}

/** Registers a test that may leave no timer, promise, resource or port behind. */
export function test(name: string, fn: (rig: Rig) => void | Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: true,
    sanitizeResources: true,
    sanitizeExit: true,
    async fn() {
      const rig = new Rig();
      try {
        await fn(rig);
        await checkRecords();
      } finally {
        forgetRecords();
        rig.close();
      }
    },
  });
}

/** The two ends of a channel from a domain to itself, on one handle. */
export interface Loopback {
  /** What alloc-unbound gave: it fires when {@linkcode Loopback.sender} is notified. */
  readonly hearer: Port;
  /** What bind-interdomain gave. */
  readonly sender: Port;
}

/** Binds channels to oneself; their first events are still to be read. */
export function bindLoopbacks(device: LocalDevice, count: number): Loopback[] {
  return Array.from({ length: count }, () => {
    const hearer = device.allocUnbound(DOMID_SELF);
    return { hearer, sender: device.bindInterdomain(DOMID_SELF, hearer) };
  });
}

/** Binds channels to oneself and takes their first events: nothing is in the ring, and every port may fire. */
export async function quietLoopbacks(device: LocalDevice, count: number): Promise<Loopback[]> {
  const loopbacks = bindLoopbacks(device, count);
  device.unmask(await receive(device, count));
  return loopbacks;
}

/** Both ports of each. */
export const bothEnds = (loopbacks: readonly Loopback[]): Port[] =>
  loopbacks.flatMap(({ hearer, sender }) => [hearer, sender]);

/** Waits for so many events and returns their ports in the order they were read. They stay masked. */
export async function receive(device: LocalDevice, count: number): Promise<Port[]> {
  const ports: Port[] = [];
  while (ports.length < count) {
    const read = device.read();
    if (typeof read !== "string") ports.push(...read);
    else if (read === "EAGAIN") await device.poll(Poll.IN, -1);
    else throw new Error(`read: ${read}`);
  }
  return ports;
}

/** Ports as a set is written. */
export const ascending = (ports: readonly Port[]): Port[] => [...ports].sort((a, b) => a - b);

/** The errno of a verb that is refused. */
export function errnoOf(verb: () => unknown): Errno {
  return assertThrows(verb, DeviceError).errno;
}

/** Lets other work run until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * Waiting until the driver has taken in what was sent, without a clock.
 *
 * @module
 */

import { LINUX } from "../../ffi/abi.ts";
import { Poll, type Syscalls } from "../../ffi/syscalls.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { DOMID_SELF, type Port } from "../../lib/types.ts";

/** Channels of the barrier: the driver spreads the binding ends over the vCPUs in turn (drivers/xen/evtchn.c:426). */
const CHANNELS = 4;

/**
 * Waits for events without a clock. Xen notes an event at once, but the kernel hears of it on the vCPU that the port
 * belongs to, perhaps later than the next command. Whatever was sent before an event to that vCPU is taken in with it
 * or before it; so two rounds of events to every vCPU, one after the other, leave nothing under way.
 */
export class Barrier {
  readonly #device: LocalDevice;
  readonly #ports: readonly Port[];

  private constructor(device: LocalDevice, ports: readonly Port[]) {
    this.#device = device;
    this.#ports = ports;
  }

  static async open(syscalls: Syscalls, path: string): Promise<Barrier> {
    const device = LocalDevice.open(path, { syscalls, abi: LINUX });
    const offered = Array.from({ length: CHANNELS }, () => device.allocUnbound(DOMID_SELF));
    const bound = offered.map((port) => device.bindInterdomain(DOMID_SELF, port));
    const barrier = new Barrier(device, [...offered, ...bound]);
    await barrier.#take(bound); // each has its first event
    return barrier;
  }

  async pass(): Promise<void> {
    for (let round = 0; round < 2; round++) {
      for (const port of this.#ports) this.#device.notify(port);
      await this.#take(this.#ports);
    }
  }

  close(): void {
    this.#device.close();
  }

  /** Waits until each of `ports` has fired, then lets them fire again. */
  async #take(ports: readonly Port[]): Promise<void> {
    const due = new Set(ports);
    while (due.size > 0) {
      await this.#device.poll(Poll.IN, -1);
      const fired = this.#device.read();
      if (typeof fired !== "string") fired.forEach((port) => due.delete(port));
    }
    this.#device.unmask(ports);
  }
}

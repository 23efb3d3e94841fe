/**
 * The shell of transcripts on a real device, in this process: a session takes milliseconds, where starting a program
 * for each command takes seconds on an emulated host.
 *
 * @module
 */

import { LINUX } from "../../ffi/abi.ts";
import { libcSyscalls } from "../../ffi/libc.ts";
import { Poll, type Syscalls } from "../../ffi/syscalls.ts";
import { systemClock } from "../../lib/clock.ts";
import { LocalDevice } from "../../lib/device.ts";
import { DOMID_SELF, type Port } from "../../lib/types.ts";
import { CommandShell } from "./command_shell.ts";
import type { Shell } from "./transcript.ts";

/**
 * Opens the device for any number of sessions.
 *
 * @param device Its path.
 * @returns What starts a shell.
 */
export function deviceShells(device: string): () => Promise<Shell> {
  const syscalls = libcSyscalls();
  return async () => {
    const barrier = await Barrier.open(syscalls, device);
    const shell = new CommandShell({ syscalls, clock: systemClock(), device, settle: () => barrier.pass() });
    return {
      run: (command) => shell.run(command),
      async [Symbol.asyncDispose]() {
        await shell[Symbol.asyncDispose]();
        barrier.close();
      },
    };
  };
}

/** Channels of the barrier: the driver spreads the binding ends over the vCPUs in turn (drivers/xen/evtchn.c:426). */
const CHANNELS = 4;

/**
 * Waits for events without a clock. Xen notes an event at once, but the kernel hears of it on the vCPU that the port
 * belongs to, perhaps later than the next command. Whatever was sent before an event to that vCPU is taken in with it
 * or before it; so two rounds of events to every vCPU, one after the other, leave nothing under way.
 */
class Barrier {
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

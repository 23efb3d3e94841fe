/**
 * The two hosts that are compared: the simulator, and the real driver of a dom0.
 *
 * @module
 */

import { LINUX } from "../../ffi/abi.ts";
import { libcSyscalls } from "../../ffi/libc.ts";
import { simulatedKernel } from "../../lib/sim/mod.ts";
import type { Host } from "./machine.ts";

/** Domain 0 of a simulated host; a dom0 of today has FIFO event channels. */
export async function simulatedHost(spec = "linux?ports=131072"): Promise<Host> {
  const { syscalls, abi } = await simulatedKernel(spec, 0);
  return { name: `sim:${spec}`, path: abi.devicePath, syscalls, abi };
}

/** This machine, with the device at `path`. */
export function realHost(path: string): Host {
  return { name: path, path, syscalls: libcSyscalls(), abi: LINUX };
}

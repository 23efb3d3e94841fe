/** The files of one simulated kernel, by those who show them. @module */

import type { FileSystem } from "../driver.ts";
import type { SimulatedDevice } from "../toolstack/devices.ts";
import type { Domain } from "../xen/domain.ts";
import type { SimulatedStore } from "../xenstore/store.ts";
import { FileTree } from "./files.ts";
import { addInterrupts } from "./interrupts.ts";
import { addKernelTime } from "./kernel_time.ts";
import { addHypervisor } from "./hypervisor_files.ts";
import { addProcesses, type ShownProcess } from "./processes.ts";
import { addXenDevices } from "./xen_devices.ts";

/** What the files of a domain's kernel tell of. All of it is asked when a file is opened. */
export interface ShownKernel {
  readonly domain: Domain;
  readonly store: SimulatedStore;
  /** When it began, microseconds since 1970. */
  readonly began: number;
  /** Those that live, in the order of their ids, without the system's own. */
  processes(): Iterable<ShownProcess>;
  /** Whether a process has bound the port. */
  holds(port: number): boolean;
  /** What the ports without a device are for, such as `xenbus` or `evtchn:xenstored`. */
  services(): ReadonlyMap<number, string>;
  /** The devices of the host. */
  devices(): Iterable<SimulatedDevice>;
  /** A device of a domain's frontend, such as `vif/0`; undefined: no simulated driver made it. */
  device(frontend: number, device: string): SimulatedDevice | undefined;
  /** Milliseconds. */
  uptime(): number;
}

/** Puts its files into a kernel's tree. */
export type FileOwner = (tree: FileTree, kernel: ShownKernel) => void;

/** Who shows files. */
const OWNERS: readonly FileOwner[] = [addProcesses, addInterrupts, addXenDevices, addKernelTime, addHypervisor];

export function kernelFiles(kernel: ShownKernel): FileSystem {
  const tree = new FileTree();
  for (const add of OWNERS) add(tree, kernel);
  return tree;
}

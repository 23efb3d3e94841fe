/** The files of one simulated kernel, by those who show them. @module */

import type { FileSystem } from "../driver.ts";
import type { Domain } from "../xen/domain.ts";
import type { Hypervisor } from "../xen/hypervisor.ts";
import { FileTree } from "./files.ts";
import { addProcesses, type ShownProcess } from "./processes.ts";

/** What the files of a domain's kernel tell of. All of it is asked when a file is opened. */
export interface ShownKernel {
  readonly hypervisor: Hypervisor;
  readonly domain: Domain;
  /** When it began, microseconds since 1970. */
  readonly began: number;
  /** Those that live, in the order of their ids, without the system's own. */
  processes(): Iterable<ShownProcess>;
}

/** Puts its files into a kernel's tree. */
export type FileOwner = (tree: FileTree, kernel: ShownKernel) => void;

/** Who shows files. */
const OWNERS: readonly FileOwner[] = [addProcesses];

export function kernelFiles(kernel: ShownKernel): FileSystem {
  const tree = new FileTree();
  for (const add of OWNERS) add(tree, kernel);
  return tree;
}

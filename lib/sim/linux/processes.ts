/** /proc/PID of a simulated kernel's processes: fs/proc/base.c, array.c and fd.c of Linux. @module */

import type { SimulatedProcess } from "../kernel.ts";
import { type FileNode, type FileTree, type Folder, folderOf, textFile } from "./files.ts";
import type { ShownKernel } from "./kernel_files.ts";

/** The program that every simulated process runs. */
const COMMAND = "evtchn";

/** The user of a caller without privileges. */
const ORDINARY_USER = 1000;

/** How many columns /proc/PID/stat has from the process's state to its start. */
const STAT_TO_START = 19;

export function addProcesses(tree: FileTree, kernel: ShownKernel): void {
  tree.mount("/proc", {
    names: () => [...kernel.processes()].map(({ id }) => String(id)),
    find(name) {
      const process = [...kernel.processes()].find(({ id }) => String(id) === name);
      return process && processFolder(process);
    },
  });
}

function processFolder(process: SimulatedProcess): FileNode {
  const user = process.privileged ? 0 : ORDINARY_USER;
  const ids = new Array(4).fill(user).join("\t");
  return folderOf({
    comm: textFile(() => `${COMMAND}\n`),
    stat: textFile(() => `${process.id} (${COMMAND}) S 1${" 0".repeat(STAT_TO_START - 1)} ${process.started} 0 0\n`),
    status: textFile(() =>
      `Name:\t${COMMAND}\nState:\tS (sleeping)\nPid:\t${process.id}\nUid:\t${ids}\nGid:\t${ids}\n`
    ),
    fd: descriptors(process),
  });
}

function descriptors(process: SimulatedProcess): Folder {
  const target = (fd: string) => process.paths.get(Number(fd));
  return {
    names: () => [...process.paths.keys()].map(String),
    find(name) {
      const path = target(name);
      return path === undefined ? undefined : { target: path };
    },
  };
}

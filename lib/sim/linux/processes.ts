/** /proc/PID of a simulated kernel's processes: fs/proc/base.c, array.c and fd.c of Linux. @module */

import { type FileNode, type FileTree, type Folder, folderOf, textFile } from "./files.ts";
import type { ShownKernel } from "./kernel_files.ts";

/** A process as /proc shows it. */
export interface ShownProcess {
  readonly id: number;
  /** The program that it runs. */
  readonly command: string;
  readonly privileged: boolean;
  /** When it began: hundredths of a second after the kernel. */
  readonly started: number;
  /** What its descriptors have open, by their numbers. */
  readonly paths: ReadonlyMap<number, string>;
}

const system = (id: number, command: string, ...paths: readonly string[]): ShownProcess => ({
  id,
  command,
  privileged: true,
  started: 0,
  paths: new Map(paths.map((path, i) => [3 + i, path])),
});

const INIT = system(1, "init");

/** The daemons of a control domain, which have bound the other ends of guests' consoles and xenstore channels. */
const DAEMONS = [
  system(412, "xenstored", "/dev/xen/evtchn", "/dev/xen/gntdev"),
  system(430, "xenconsoled", "/dev/xen/gntdev", "/dev/xen/evtchn"),
];

/** The user of a caller without privileges. */
const ORDINARY_USER = 1000;

/** How many columns /proc/PID/stat has from the process's state to its start. */
const STAT_TO_START = 19;

export function addProcesses(tree: FileTree, kernel: ShownKernel): void {
  const all = (): readonly ShownProcess[] => [
    INIT,
    ...kernel.domain.privileged ? DAEMONS : [],
    ...kernel.processes(),
  ];
  tree.mount("/proc", {
    names: () => all().map(({ id }) => String(id)),
    find(name) {
      const process = all().find(({ id }) => String(id) === name);
      return process && processFolder(process);
    },
  });
  tree.put("/proc/stat", textFile(() => `btime ${Math.floor(kernel.began / 1e6)}\n`));
}

function processFolder(process: ShownProcess): FileNode {
  const { id, command, started } = process;
  const user = process.privileged ? 0 : ORDINARY_USER;
  const ids = new Array(4).fill(user).join("\t");
  return folderOf({
    comm: textFile(() => `${command}\n`),
    stat: textFile(() => `${id} (${command}) S 1${" 0".repeat(STAT_TO_START - 2)} ${started} 0 0\n`),
    status: textFile(() => `Name:\t${command}\nState:\tS (sleeping)\nPid:\t${id}\nUid:\t${ids}\nGid:\t${ids}\n`),
    fd: descriptors(process),
  });
}

function descriptors(process: ShownProcess): Folder {
  const target = (fd: string) => process.paths.get(Number(fd));
  return {
    privileged: process.privileged, // of the mode 0500, the process's user's
    names: () => [...process.paths.keys()].map(String),
    find(name) {
      const path = target(name);
      return path === undefined ? undefined : { target: path };
    },
  };
}

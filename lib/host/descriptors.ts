/** The descriptors that this process hands on to the programs that it starts. @module */

import type { Kernel } from "./host.ts";

/** ioctl(2) that sets FD_CLOEXEC: asm-generic/ioctls.h on Linux, sys/filio.h on the others. */
const FIOCLEX = { linux: 0x5451, other: 0x2000_6601 } as const;

/** Where the open descriptors are listed. */
const LISTS: readonly string[] = ["/proc/self/fd", "/dev/fd"];

/** How many descriptors to try where they are not listed: the usual limit of a process. */
const USUAL_LIMIT = 1024;

/**
 * Keeps the descriptors above 2 from programs that this process starts. What the shell has open stays open here and
 * ends there: a lock is not held by a process that outlives the shell.
 *
 * @param keep The one that the program is to inherit.
 */
export function keepDescriptors({ syscalls, abi }: Kernel, keep?: number): void {
  const request = abi.os === "linux" ? FIOCLEX.linux : FIOCLEX.other;
  const none = new Uint8Array(0);
  for (const fd of descriptors()) if (fd > 2 && fd !== keep) syscalls.ioctl(fd, request, none);
}

function descriptors(): number[] {
  for (const folder of LISTS) {
    try {
      return [...Deno.readDirSync(folder)].map(({ name }) => Number(name));
    } catch {
      // not on this system
    }
  }
  return Array.from({ length: USUAL_LIMIT }, (_, fd) => fd);
}

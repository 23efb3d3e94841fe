/** The files in which a kernel tells of itself: those of /proc and /sys, and the names in /dev/xen. @module */

import type { Errno } from "../../ffi/syscalls.ts";
import type { Awaitable } from "../types.ts";

/** An object, since a text alone could look like an errno: a process may be called `EPERM`. */
export interface FileText {
  readonly text: string;
}

/** Paths are absolute. A path that {@linkcode isReadable} refuses, for a link {@linkcode isKernelFile}, is EACCES. */
export interface KernelFiles {
  /** A file, read to its end, as UTF-8; bytes that are none become U+FFFD. EFBIG above {@linkcode FILE_LIMIT}. */
  read(path: string): Awaitable<FileText | Errno>;
  /** The names in a folder, in the kernel's order, without `.` and `..`. */
  list(path: string): Awaitable<readonly string[] | Errno>;
  /** Where a symbolic link points, as it is written there. */
  link(path: string): Awaitable<FileText | Errno>;
}

/** The most bytes of one file. /proc/interrupts of 256 processors and 4,000 channels has 12 million. */
export const FILE_LIMIT = 16 * 1024 * 1024;

/** The most names of one folder. */
export const NAMES_LIMIT = 131_072;

/**
 * What may be read, so that a session shows a client no other file: `/proc/1/root` leads anywhere, and a read of
 * /proc/kmsg or of a tracer's pipe takes from another reader. A folder named here may be listed.
 */
const KERNEL_FILES: readonly RegExp[] = [
  /^\/proc(?:\/(?:interrupts|schedstat|timer_list|modules|misc|uptime|version|stat|loadavg|mounts))?$/,
  /^\/proc\/(?:self|[0-9]+)(?:\/(?:comm|stat|status|fd|fd\/[0-9]+))?$/,
  /^\/proc\/irq(?:\/[0-9]+(?:\/[a-z_]+)?)?$/,
  /^\/proc\/sys\/kernel\/[a-z_]+$/,
  /^\/proc\/xen(?:\/(?:capabilities|xsd_port))?$/,
  /^\/sys\/(?:bus|class|devices|hypervisor|module)(?:\/[^/]+)*$/,
  /^\/dev\/xen(?:\/[a-z_]+)?$/,
];

/** Behind these links may be any file, pipe or device: they are looked at as links, and neither read nor listed. */
const LINK = /\/fd\/[0-9]+$/;

/** Whether a path is one of the kernel's own files, and to be read or listed, by its name alone. */
export function isReadable(path: string): boolean {
  return isKernelFile(path) && !LINK.test(path);
}

/** Whether a path is one of the kernel's own files or links, by its name alone. */
export function isKernelFile(path: string): boolean {
  return !/\/\.{1,2}(?:\/|$)/.test(path) && !path.includes("\0") && KERNEL_FILES.some((pattern) => pattern.test(path));
}

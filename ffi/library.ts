/** Opens libc: the only place that opens a library. @module */

import type { System } from "./ioctl.ts";

/** Where each system has its libc: full paths, so that `--allow-ffi` can name them. On Linux glibc is meant. */
export const LIBC_PATHS: Readonly<Record<System, readonly string[]>> = {
  linux: ["/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6", "/lib64/libc.so.6"],
  illumos: ["/lib/64/libc.so.1"],
  freebsd: ["/lib/libc.so.7"],
  netbsd: ["/lib/libc.so.12"],
};

/** The functions of the first path that exists and that `--allow-ffi` names; undefined: there is none. */
export function openGranted<S extends Deno.ForeignLibraryInterface>(
  paths: readonly string[],
  wanted: S,
): Deno.DynamicLibrary<S>["symbols"] | undefined {
  for (const path of paths) {
    if (Deno.permissions.querySync({ name: "ffi", path }).state !== "granted") continue;
    try {
      return Deno.dlopen(path, wanted).symbols;
    } catch {
      // not there: try the next path
    }
  }
  return undefined;
}

/**
 * The functions of a library that the dynamic linker finds by its name.
 *
 * @throws {Deno.errors.NotCapable} Without `--allow-ffi`.
 * @throws {Error} If it is not found.
 */
export function openByName<S extends Deno.ForeignLibraryInterface>(
  name: string,
  wanted: S,
): Deno.DynamicLibrary<S>["symbols"] {
  return Deno.dlopen(name, wanted).symbols;
}

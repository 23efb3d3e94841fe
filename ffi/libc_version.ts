/** Which libc this machine has. @module */

import { LIBC_PATHS, openByName, openGranted } from "./library.ts";

const NAME = "libc.so.6";

const SYMBOLS = {
  /** const char *gnu_get_libc_version(void) */
  gnu_get_libc_version: { parameters: [], result: "usize" },
  /** char *strncpy(char *dest, const char *src, size_t n), from an address */
  strncpy: { parameters: ["buffer", "usize", "usize"], result: "usize" },
} as const;

/** A version has fewer characters. */
const ROOM = 32;

/**
 * The version of glibc, such as `2.41`; undefined if it is not found.
 *
 * @throws {Deno.errors.NotCapable} Without `--allow-ffi`.
 */
export function glibcVersion(): string | undefined {
  const library = openGranted(LIBC_PATHS.linux, SYMBOLS) ?? named();
  if (library === undefined) return undefined;
  const text = new Uint8Array(ROOM);
  library.strncpy(text, library.gnu_get_libc_version(), BigInt(ROOM));
  return new TextDecoder().decode(text).replace(/\0.*/s, "");
}

function named() {
  try {
    return openByName(NAME, SYMBOLS);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return undefined;
  }
}

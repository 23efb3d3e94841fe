/** What differs between the C libraries of the systems. @module */

import type { Errno } from "./syscalls.ts";

export interface LibcTable {
  /** Where the library usually is: full paths, so that `--allow-ffi` can name them. */
  readonly paths: readonly string[];
  /** The name that the dynamic linker finds it by, if it is in none of these paths. */
  readonly name: string;
  /** The function that returns the address of errno. */
  readonly errnoLocation: string;
  readonly errnoName: (number: number) => Errno;
  /** Flags of open(2). */
  readonly O_NONBLOCK: number;
  readonly O_CLOEXEC: number;
  /** Flags of eventfd(2). */
  readonly EFD_NONBLOCK: number;
  readonly EFD_CLOEXEC: number;
}

/**
 * What has to be known of a system's libc to call it: names and numbers.
 *
 * @module
 */

import type { Errno } from "./syscalls.ts";

/** What differs between the libcs of the systems that have the device. */
export interface LibcTable {
  /** Where the library is, so that `--allow-ffi` can name files and not allow everything. */
  readonly paths: readonly string[];
  /** What it is called where it is in none of these places. */
  readonly name: string;
  /** The function that tells where this thread's errno is. */
  readonly errnoLocation: string;
  readonly errnoName: (number: number) => Errno;
  /** Flags of open(2). O_RDWR is the same everywhere. */
  readonly O_NONBLOCK: number;
  readonly O_CLOEXEC: number;
  /** Flags of eventfd(2). */
  readonly EFD_NONBLOCK: number;
  readonly EFD_CLOEXEC: number;
}

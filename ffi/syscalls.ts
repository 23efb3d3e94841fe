/**
 * The seam between evtchn and a kernel: a few system calls, bytes in and bytes out. `libc.ts` implements it with the
 * running kernel, `lib/sim/kernel.ts` with a simulated one. All code above is the same for both.
 * @module
 */

/** An errno by name, such as `"ENOTCONN"`. The numbers differ between systems. */
export type Errno = `E${string}`;

/** What a system call returns: a non-negative number, or the errno if it failed. */
export type Result = number | Errno;

export function failed(result: Result): result is Errno {
  return typeof result === "string";
}

/** The event bits of poll(2). Except WRNORM they have the same values on Linux, illumos, FreeBSD and NetBSD. */
export const Poll = {
  IN: 0x001,
  OUT: 0x004,
  ERR: 0x008,
  HUP: 0x010,
  NVAL: 0x020,
  RDNORM: 0x040,
  WRNORM: 0x100, // Linux; the others define POLLWRNORM as POLLOUT
} as const;

/** The names of the {@linkcode Poll} bits that are set in `bits`, lowest bit first. */
export function pollNames(bits: number): string[] {
  return Object.entries(Poll).filter(([, bit]) => (bits & bit) !== 0).map(([name]) => `POLL${name}`);
}

/** Flags of open(2). */
export interface OpenFlags {
  /** O_RDONLY, for files and folders of /proc and /sys. Undefined: O_RDWR, for devices. */
  readonly access?: "read";
  /** O_NONBLOCK: read(2) returns EAGAIN instead of waiting. */
  readonly nonblock: boolean;
  /** O_CLOEXEC: programs that this process starts do not inherit the descriptor. */
  readonly cloexec: boolean;
}

/** Memory that a device and this process share. */
export interface Memory {
  /** The address in this process, for a call that takes a pointer. */
  readonly address: bigint;
  /** Copies `into.length` bytes at `offset` into `into`. */
  read(offset: number, into: Uint8Array): void;
  /** Copies `from` to `offset`. */
  write(offset: number, from: Uint8Array): void;
  /** munmap(2). Do not use the memory or its address afterwards. */
  unmap(): void;
}

/** The system calls that evtchn makes on its devices. All except `poll` are synchronous. */
export interface Syscalls {
  /** open(2). Returns the new descriptor. */
  open(path: string, flags: OpenFlags): Result;
  close(fd: number): Result;
  /** fcntl(2) with F_GETFL: true if O_NONBLOCK is not set. */
  blocks(fd: number): boolean | Errno;
  /** dup(2). The new descriptor has no O_CLOEXEC: programs that this process starts inherit it. */
  dup(fd: number): Result;
  /**
   * ioctl(2). Request numbers and the layout of `arg` differ between systems: see {@linkcode Abi} in `ioctl.ts`.
   * Returns what the driver returned: 0, or the port on systems whose binds return it here.
   */
  ioctl(fd: number, request: number, arg: Uint8Array): Result;
  /** read(2) of at most `buffer.length` bytes. Returns the number of bytes read. */
  read(fd: number, buffer: Uint8Array): Result;
  /** write(2) of `buffer`. Returns the number of bytes that the driver took. */
  write(fd: number, buffer: Uint8Array): Result;
  /**
   * getdents64(2) of an open folder: entries as `dirent.ts` reads them. Returns the number of bytes, 0 at the end; ENOSYS
   * on a system that has no such call.
   */
  entries(fd: number, buffer: Uint8Array): Result;
  /** readlink(2). Returns the number of bytes in `buffer`; a longer target is cut to `buffer.length`. */
  readlink(path: string, buffer: Uint8Array): Result;
  /** mmap(2) from offset 0, shared, for reading and writing. `bytes` is a multiple of the page size. */
  map(fd: number, bytes: number): Memory | Errno;
  /** poll(2) of one descriptor with timeout 0. Returns the {@linkcode Poll} bits that are set, 0 for none. */
  pollNow(fd: number, events: number): Result;
  /**
   * poll(2) of one descriptor. It waits without blocking this process.
   *
   * @param timeout Milliseconds; negative: no limit.
   * @param signal Aborting it ends the wait with `"EINTR"`.
   * @returns The {@linkcode Poll} bits that are set, 0 after the timeout.
   */
  poll(fd: number, events: number, timeout: number, signal?: AbortSignal): Promise<Result>;
}

/**
 * The seam between evtchn and a kernel: a handful of system calls, bytes in and bytes out.
 *
 * `libc.ts` implements it over the running kernel, `lib/sim/kernel.ts` over a simulated one. Everything above
 * (ioctl numbers, struct packing, errno handling) is the same code on both, so what passes on the simulator is
 * byte for byte what a kernel would be given.
 *
 * @module
 */

/** An errno by its symbolic name, such as `"ENOTCONN"`. Numbers differ between systems, names do not. */
export type Errno = `E${string}`;

/** What a system call gives back: its non-negative result, or the name of the errno it failed with. */
export type Result = number | Errno;

/** Whether a {@linkcode Result} is a failure. */
export function failed(result: Result): result is Errno {
  return typeof result === "string";
}

/** poll(2) event bits. The values are the same on Linux, illumos, FreeBSD and NetBSD but for the two marked. */
export const Poll = {
  IN: 0x001,
  OUT: 0x004,
  ERR: 0x008,
  HUP: 0x010,
  NVAL: 0x020,
  RDNORM: 0x040,
  /** 0x100 on Linux; illumos and the BSDs define it as POLLOUT. */
  WRNORM: 0x100,
} as const;

/** The names of poll(2)'s bits in `bits`, in ascending order of the bits. */
export function pollNames(bits: number): string[] {
  return Object.entries(Poll).filter(([, bit]) => (bits & bit) !== 0).map(([name]) => `POLL${name}`);
}

/** How a device is opened. Reading and writing are always both asked for. */
export interface OpenFlags {
  /** O_NONBLOCK: read(2) answers EAGAIN where it would wait. */
  readonly nonblock: boolean;
  /** O_CLOEXEC: the descriptor does not reach programs that this process starts. */
  readonly cloexec: boolean;
}

/** Memory that a device and this process share. */
export interface Memory {
  /** Where it is in this process, for a call that takes an address. */
  readonly address: bigint;
  /** Copies `into.length` bytes, from `offset` bytes after the start on, into `into`. */
  read(offset: number, into: Uint8Array): void;
  /** Copies `from` to `offset` bytes after the start. */
  write(offset: number, from: Uint8Array): void;
  /** munmap(2): neither side may be used any more. */
  unmap(): void;
}

/**
 * The system calls that evtchn makes on its devices.
 *
 * Every method but {@linkcode Syscalls.poll} is synchronous: it returns when the call has returned, and its errno
 * is that call's own.
 */
export interface Syscalls {
  /**
   * open(2), read and write.
   *
   * @param path The device's path.
   * @param flags O_NONBLOCK and O_CLOEXEC.
   * @returns The new descriptor.
   */
  open(path: string, flags: OpenFlags): Result;
  /** close(2). */
  close(fd: number): Result;
  /** Whether reads of `fd` may block: its O_NONBLOCK flag, negated; fcntl(2) with F_GETFL. */
  blocks(fd: number): boolean | Errno;
  /** dup(2): a second descriptor of the same handle, without close-on-exec, for a program to inherit. */
  dup(fd: number): Result;
  /**
   * ioctl(2).
   *
   * @param fd The descriptor.
   * @param request The request number, as the system's ABI has it.
   * @param arg The argument struct, in the layout of the system's ABI.
   * @returns What the driver returned: a port for the binds where the ABI says so, else 0.
   */
  ioctl(fd: number, request: number, arg: Uint8Array): Result;
  /** read(2) of up to `buffer.length` bytes. Returns the bytes read. */
  read(fd: number, buffer: Uint8Array): Result;
  /** write(2) of all of `buffer`. Returns the bytes taken. */
  write(fd: number, buffer: Uint8Array): Result;
  /**
   * mmap(2) of a device, shared, to read and to write.
   *
   * @param fd The descriptor.
   * @param bytes How much; whole pages.
   * @returns The memory, or the errno.
   */
  map(fd: number, bytes: number): Memory | Errno;
  /**
   * poll(2) of one descriptor that returns at once.
   *
   * @param fd The descriptor.
   * @param events The {@linkcode Poll} bits asked for.
   * @returns The bits that came back, 0 for none.
   */
  pollNow(fd: number, events: number): Result;
  /**
   * poll(2) of one descriptor that waits without holding up this process.
   *
   * @param fd The descriptor.
   * @param events The {@linkcode Poll} bits asked for.
   * @param timeout Milliseconds to wait; negative waits for ever.
   * @param signal Aborting it ends the wait with `"EINTR"`.
   * @returns The bits that came back, 0 when the time ran out.
   */
  poll(fd: number, events: number, timeout: number, signal?: AbortSignal): Promise<Result>;
}

/** The system calls of the running kernel. Load it only for a real device: dlopen needs a permission. @module */

import { errnoName } from "./errno.ts";
import type { LibcTable } from "./libc_table.ts";
import { LIBC_PATHS, openByName, openGranted } from "./library.ts";
import { type Errno, failed, type Memory, Poll, type Result, type Syscalls } from "./syscalls.ts";

/**
 * The functions of libc. All except `poll_waiting` are synchronous, so errno read after a call belongs to that call.
 * size_t, ssize_t and unsigned long are declared with 32 bits: no value is larger, and bigint is slower.
 */
const symbols = (errnoLocation: string) => ({
  /** int open(const char *path, int flags) */
  open: { parameters: ["buffer", "i32"], result: "i32" },
  /** int close(int fd) */
  close: { parameters: ["i32"], result: "i32" },
  /** int dup(int fd) */
  dup: { parameters: ["i32"], result: "i32" },
  /** int fcntl(int fd, int cmd), used for F_GETFL */
  fcntl: { parameters: ["i32", "i32"], result: "i32" },
  /** int ioctl(int fd, unsigned long request, void *arg) */
  ioctl: { parameters: ["i32", "u32", "buffer"], result: "i32" },
  /** ssize_t read(int fd, void *buf, size_t count) */
  read: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  /** ssize_t write(int fd, const void *buf, size_t count) */
  write: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  /**
   * ssize_t getdirentries64(int fd, char *buf, size_t nbytes, off64_t *basep): getdents64(2), which glibc has under its
   * own name from 2.30 on alone. The other systems' libcs do not have it.
   */
  getdirentries64: { parameters: ["i32", "buffer", "u32", "buffer"], result: "i32", optional: true },
  /** ssize_t readlink(const char *path, char *buf, size_t bufsiz) */
  readlink: { parameters: ["buffer", "buffer", "u32"], result: "i32" },
  /** void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset) */
  mmap: { parameters: ["usize", "usize", "i32", "i32", "i32", "i64"], result: "usize" },
  /** int munmap(void *addr, size_t length) */
  munmap: { parameters: ["usize", "usize"], result: "i32" },
  /** void *memcpy(void *dest, const void *src, size_t n), from an address */
  copy_out: { name: "memcpy", parameters: ["buffer", "usize", "u32"], result: "void" },
  /** memcpy to an address */
  copy_in: { name: "memcpy", parameters: ["usize", "buffer", "u32"], result: "void" },
  /** int poll(struct pollfd *fds, nfds_t nfds, int timeout), with timeout 0 */
  poll: { parameters: ["buffer", "u32", "i32"], result: "i32" },
  /** poll that waits on another thread */
  poll_waiting: { name: "poll", parameters: ["buffer", "u32", "i32"], result: "i32", nonblocking: true },
  /** int eventfd(unsigned int initval, int flags) */
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  /** int *__errno_location(void): the address of this thread's errno; the name differs between libcs */
  errno_location: { name: errnoLocation, parameters: [], result: "usize" },
} as const satisfies Deno.ForeignLibraryInterface);

type Library = Deno.DynamicLibrary<ReturnType<typeof symbols>>["symbols"];

/** glibc. The flags are those of asm-generic/fcntl.h: x86, Arm and RISC-V. */
export const LINUX_LIBC: LibcTable = {
  paths: LIBC_PATHS.linux,
  name: "libc.so.6",
  errnoLocation: "__errno_location",
  errnoName,
  O_NONBLOCK: 0x800,
  O_CLOEXEC: 0x80000,
  EFD_NONBLOCK: 0x800,
  EFD_CLOEXEC: 0x80000,
};

// The same on all systems.
const O_RDONLY = 0x0;
const O_RDWR = 0x2;
const F_GETFL = 3;
const PROT_READ_WRITE = 0x3;
const MAP_SHARED = 0x1;
const MAP_FAILED = 0xFFFF_FFFF_FFFF_FFFFn;

/** `sizeof(struct pollfd)`: int fd, short events, short revents. */
const POLLFD_BYTES = 8;

/** Opens libc. Throws Deno.errors.NotCapable without `--allow-ffi`, and Error if no libc is found. */
export function libcSyscalls(table: LibcTable = LINUX_LIBC): Syscalls {
  const { O_NONBLOCK, O_CLOEXEC } = table;
  const libc = openLibc(table);
  const errno = errnoReader(libc, table);
  const result = (value: number): Result => value === -1 ? errno() : value;
  const pollfd = new Int16Array(POLLFD_BYTES / 2);
  const pollfdBytes = new Uint8Array(pollfd.buffer);
  const pollfdFd = new Int32Array(pollfd.buffer, 0, 1);
  const noArgument = new Uint8Array(1);
  const folderOffset = new Uint8Array(8);
  const pollNow = (fd: number, events: number): Result => {
    pollfdFd[0] = fd;
    pollfd[2] = events;
    pollfd[3] = 0;
    const ready = result(libc.poll(pollfdBytes, 1, 0));
    return failed(ready) ? ready : pollfd[3];
  };
  return {
    open: (path, flags) =>
      result(libc.open(
        cString(path),
        (flags.access === "read" ? O_RDONLY : O_RDWR) | (flags.nonblock ? O_NONBLOCK : 0) |
          (flags.cloexec ? O_CLOEXEC : 0),
      )),
    close: (fd) => result(libc.close(fd)),
    dup: (fd) => result(libc.dup(fd)),
    blocks(fd) {
      const flags = result(libc.fcntl(fd, F_GETFL));
      return failed(flags) ? flags : (flags & O_NONBLOCK) === 0;
    },
    ioctl: (fd, request, arg) => result(libc.ioctl(fd, request, arg.length > 0 ? arg : noArgument)),
    read: (fd, buffer) => result(libc.read(fd, buffer, buffer.length)),
    write: (fd, buffer) => result(libc.write(fd, buffer, buffer.length)),
    entries(fd, buffer) {
      const { getdirentries64 } = libc;
      return getdirentries64 === null ? "ENOSYS" : result(getdirentries64(fd, buffer, buffer.length, folderOffset));
    },
    readlink: (path, buffer) => result(libc.readlink(cString(path), buffer, buffer.length)),
    map(fd, bytes) {
      const address = libc.mmap(0n, BigInt(bytes), PROT_READ_WRITE, MAP_SHARED, fd, 0n);
      return address === MAP_FAILED ? errno() : mapped(libc, address, bytes);
    },
    pollNow,
    poll: pollWaiter(libc, table, errno, pollNow),
  };
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text + "\0");
}

function openLibc({ paths, name, errnoLocation }: LibcTable): Library {
  const wanted = symbols(errnoLocation);
  return openGranted(paths, wanted) ?? openByName(name, wanted);
}

function mapped(libc: Library, address: bigint, bytes: number): Memory {
  const check = (offset: number, length: number) => {
    if (offset < 0 || offset + length > bytes) {
      throw new RangeError(`Cannot reach ${length} bytes at ${offset}: there are ${bytes}`);
    }
    return address + BigInt(offset);
  };
  return {
    address,
    read: (offset, into) => libc.copy_out(into, check(offset, into.length), into.length),
    write: (offset, from) => libc.copy_in(check(offset, from.length), from, from.length),
    unmap: () => void libc.munmap(address, BigInt(bytes)),
  };
}

/** Reads errno of this thread. Its address is constant. */
function errnoReader(libc: Library, { errnoName }: LibcTable): () => Errno {
  const location = libc.errno_location();
  const value = new Int32Array(1);
  const bytes = new Uint8Array(value.buffer);
  return () => {
    libc.copy_out(bytes, location, 4);
    return errnoName(value[0]);
  };
}

/** The buffer of one waiting poll(2), viewed in three ways: pollfds of the device and of an eventfd that ends it. */
interface Waiting {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly fds: Int32Array;
  readonly shorts: Int16Array;
}

/** poll(2) that waits on another thread and ends when its signal aborts. */
function pollWaiter(
  libc: Library,
  { EFD_NONBLOCK, EFD_CLOEXEC }: LibcTable,
  errno: () => Errno,
  pollNow: Syscalls["pollNow"],
): Syscalls["poll"] {
  const idle: Waiting[] = [];
  const one = new Uint8Array(new BigUint64Array([1n]).buffer);
  const drained = new Uint8Array(8);

  function take(): Waiting | Errno {
    const used = idle.pop();
    if (used) return used;
    const wake = libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wake === -1) return errno();
    const buffer = new ArrayBuffer(2 * POLLFD_BYTES);
    const waiting = { bytes: new Uint8Array(buffer), fds: new Int32Array(buffer), shorts: new Int16Array(buffer) };
    waiting.fds[2] = wake;
    waiting.shorts[6] = Poll.IN;
    return waiting;
  }

  return async (fd, events, timeout, signal) => {
    if (signal?.aborted) return "EINTR";
    const waiting = take();
    if (typeof waiting === "string") return waiting;
    const { bytes, fds, shorts } = waiting;
    fds[0] = fd;
    shorts[2] = events;
    const onAbort = () => void libc.write(fds[2], one, 8);
    signal?.addEventListener("abort", onAbort);
    const ready = await libc.poll_waiting(bytes, 2, timeout < 0 ? -1 : Math.ceil(timeout));
    signal?.removeEventListener("abort", onAbort);
    const [revents, woken] = [shorts[3], shorts[7]];
    // An abort after the end of the poll also wrote to the eventfd. Drain it: the next poll uses it again.
    if (woken !== 0 || signal?.aborted) libc.read(fds[2], drained, 8);
    idle.push(waiting);
    if (ready === -1) {
      // errno of the other thread cannot be read. Call poll(2) here: if it succeeds, the failure was EINTR.
      const again = pollNow(fd, events);
      return failed(again) ? again : "EINTR";
    }
    return revents === 0 && woken !== 0 ? "EINTR" : revents;
  };
}

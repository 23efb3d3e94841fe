/**
 * Descriptors of this machine to call on: pipes, event counters, pseudo-terminals. None of them needs Xen.
 *
 * Everything is opened by libc itself, as the device is: Deno's own files are read on threads and say nothing of
 * errno.
 *
 * @module
 */

import { libcSyscalls } from "../../ffi/libc.ts";
import { LIBC_PATHS } from "../../ffi/library.ts";
import { failed, type Result, type Syscalls } from "../../ffi/syscalls.ts";

/** The kernel's system calls. Loaded once: a library stays open while the process lives. */
export const sys: Syscalls = libcSyscalls();

const libc = openLibc({
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
});

function openLibc<S extends Deno.ForeignLibraryInterface>(symbols: S): Deno.DynamicLibrary<S>["symbols"] {
  for (const path of LIBC_PATHS.linux) {
    try {
      return Deno.dlopen(path, symbols).symbols;
    } catch {
      // not on this system: the next one
    }
  }
  throw new Error("no libc is where it was looked for");
}

/** asm-generic/fcntl.h, asm-generic/ioctls.h */
const O_NONBLOCK = 0x800;
const O_CLOEXEC = 0x80000;
const TIOCGPTN = 0x8004_5430;
const TIOCSPTLCK = 0x4004_5431;

/** Two ends of one thing, closed with the block that made them. */
export interface Ends extends Disposable {
  /** Where bytes come out. */
  readonly reader: number;
  /** Where they go in. */
  readonly writer: number;
}

function ends(reader: number, writer: number): Ends {
  return {
    reader,
    writer,
    [Symbol.dispose]() {
      sys.close(reader);
      if (writer !== reader) sys.close(writer);
    },
  };
}

function must(result: Result, call: string): number {
  if (failed(result)) throw new Error(`${call}: ${result}`);
  return result;
}

/** A pipe whose ends do not block, or do. */
export function pipe(nonblock = true): Ends {
  const fds = new Int32Array(2);
  must(libc.pipe2(new Uint8Array(fds.buffer), O_CLOEXEC | (nonblock ? O_NONBLOCK : 0)), "pipe2");
  return ends(fds[0], fds[1]);
}

/** An event counter: what is written to it makes it readable. */
export function eventCounter(): Ends {
  const fd = libc.eventfd(0, O_NONBLOCK | O_CLOEXEC);
  return ends(fd, fd);
}

/** A pseudo-terminal: what is written to its terminal's side comes out of the other. */
export function pseudoTerminal(): Ends {
  const flags = { nonblock: true, cloexec: true };
  const master = must(sys.open("/dev/ptmx", flags), "open /dev/ptmx");
  must(sys.ioctl(master, TIOCSPTLCK, new Uint8Array(4)), "TIOCSPTLCK");
  const number = new Uint32Array(1);
  must(sys.ioctl(master, TIOCGPTN, new Uint8Array(number.buffer)), "TIOCGPTN");
  return ends(master, must(sys.open(`/dev/pts/${number[0]}`, flags), "open the terminal"));
}

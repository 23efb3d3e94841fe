/** A kernel's files through its system calls: Deno's own functions refuse /proc and /sys without all permissions. @module */

import { entryNames } from "../../ffi/dirent.ts";
import { type Errno, failed, type Result, type Syscalls } from "../../ffi/syscalls.ts";
import { FILE_LIMIT, type FileText, isKernelFile, isReadable, type KernelFiles, NAMES_LIMIT } from "./kernel_files.ts";

/** Bytes of one call. A file of /proc gives a page or a little more at a time, whatever the room. */
const BUFFER_BYTES = 32_768;

/** PATH_MAX: a link's target has fewer. */
const TARGET_BYTES = 4096;

const FLAGS = { access: "read", nonblock: true, cloexec: true } as const;

export class SyscallFiles implements KernelFiles {
  /** Every call fills it and is done with it. */
  readonly #buffer = new Uint8Array(BUFFER_BYTES);

  constructor(private readonly syscalls: Syscalls) {}

  read(path: string): FileText | Errno {
    const decoder = new TextDecoder();
    let text = "";
    let total = 0;
    const errno = this.#each(path, (fd) => this.syscalls.read(fd, this.#buffer), (bytes) => {
      total += bytes.length;
      text += decoder.decode(bytes, { stream: true });
      return total > FILE_LIMIT ? "EFBIG" : undefined;
    });
    return errno ?? { text: text + decoder.decode() };
  }

  list(path: string): readonly string[] | Errno {
    const names: string[] = [];
    const errno = this.#each(path, (fd) => this.syscalls.entries(fd, this.#buffer), (bytes) => {
      for (const name of entryNames(bytes)) names.push(name);
      return names.length > NAMES_LIMIT ? "EFBIG" : undefined;
    });
    return errno ?? names;
  }

  link(path: string): FileText | Errno {
    if (!isKernelFile(path)) return "EACCES";
    const target = this.#buffer.subarray(0, TARGET_BYTES);
    const result = this.syscalls.readlink(path, target);
    return failed(result) ? result : { text: new TextDecoder().decode(target.subarray(0, result)) };
  }

  /** Opens a path and calls until a call gives no bytes, fails, or `take` returns an errno. */
  #each(path: string, call: (fd: number) => Result, take: (bytes: Uint8Array) => Errno | undefined): Errno | undefined {
    if (!isReadable(path)) return "EACCES";
    const fd = this.syscalls.open(path, FLAGS);
    if (failed(fd)) return fd;
    try {
      for (;;) {
        const result = call(fd);
        if (failed(result)) return result;
        if (result === 0) return undefined;
        const errno = take(this.#buffer.subarray(0, result));
        if (errno !== undefined) return errno;
      }
    } finally {
      this.syscalls.close(fd);
    }
  }
}

/** `--trace`: prints every system call in the format of strace, with names for numbers. @module */

import { type Abi, ioctlOf, PORT_BYTES, unpack } from "./abi.ts";
import { entryNames } from "./dirent.ts";
import { getU32 } from "./endian.ts";
import { IOCTL_PRIVCMD_HYPERCALL } from "./privcmd.ts";
import { failed, type Memory, pollNames, type Result, type Syscalls } from "./syscalls.ts";
import { hypercallText } from "./trace_hypercall.ts";

/** The device whose reads and writes are messages of xenstored, not ports: as text, like those of plain files. */
const XENBUS = /\/xen\/xenbus$/;

/** The longest data that one line shows. */
const BYTES_SHOWN = 64;
const PORTS_SHOWN = 16;
const ENTRIES_SHOWN = 8;

/** The system calls that a trace can show, by the names that its lines begin with. */
export const TRACED_CALLS = [
  "open",
  "close",
  "dup",
  "fcntl",
  "ioctl",
  "read",
  "write",
  "getdents64",
  "readlink",
  "mmap",
  "munmap",
  "poll",
] as const;

export type TracedCall = typeof TRACED_CALLS[number];

/**
 * Gets each system call after it has returned.
 *
 * @param line The call and its result, without a newline.
 * @param took How long it took, milliseconds.
 */
export type TraceSink = (line: string, call: TracedCall, took: number) => void;

/**
 * Wraps `syscalls` so that `tell` gets each call.
 *
 * @param monotonic Measures how long a call takes, milliseconds.
 */
export function traced(
  syscalls: Syscalls,
  abi: Abi,
  tell: TraceSink,
  monotonic: () => number = () => performance.now(),
): Syscalls {
  const end = (call: TracedCall, began: number, line: string) => tell(line, call, monotonic() - began);
  const note = (call: TracedCall, began: number, args: string, result: Result): Result => {
    end(call, began, `${call}(${args}) = ${failed(result) ? `-1 ${result}` : result}`);
    return result;
  };
  const mapped: Memory[] = [];
  const messages = new Set<number>();
  const dataOf = (fd: number, bytes: Uint8Array, length: number) =>
    messages.has(fd) ? bytesText(bytes.subarray(0, length)) : portsText(bytes, length);
  const requestOf = (request: number, arg: Uint8Array, result: Result) =>
    request === IOCTL_PRIVCMD_HYPERCALL ? hypercallText(arg, mapped, !failed(result)) : requestText(abi, request, arg);
  return {
    open(path, flags) {
      const names = [
        flags.access === "read" ? "O_RDONLY" : "O_RDWR",
        flags.nonblock && "O_NONBLOCK",
        flags.cloexec && "O_CLOEXEC",
      ].filter(Boolean).join("|");
      const began = monotonic();
      const fd = syscalls.open(path, flags);
      if (!failed(fd) && (flags.access === "read" || XENBUS.test(path))) messages.add(fd);
      return note("open", began, `${JSON.stringify(path)}, ${names}`, fd);
    },
    close(fd) {
      messages.delete(fd);
      const began = monotonic();
      return note("close", began, String(fd), syscalls.close(fd));
    },
    dup(fd) {
      const began = monotonic();
      return note("dup", began, String(fd), syscalls.dup(fd));
    },
    blocks(fd) {
      const began = monotonic();
      const blocks = syscalls.blocks(fd);
      const result = typeof blocks === "string" ? `-1 ${blocks}` : flagNames(blocks);
      end("fcntl", began, `fcntl(${fd}, F_GETFL) = ${result}`);
      return blocks;
    },
    ioctl(fd, request, arg) {
      const began = monotonic();
      const result = syscalls.ioctl(fd, request, arg); // before reading arg: some drivers write the port into it
      return note("ioctl", began, `${fd}, ${requestOf(request, arg, result)}`, result);
    },
    read(fd, buffer) {
      const began = monotonic();
      const result = syscalls.read(fd, buffer);
      return note("read", began, `${fd}, ${dataOf(fd, buffer, failed(result) ? 0 : result)}, ${buffer.length}`, result);
    },
    write(fd, buffer) {
      const began = monotonic();
      const result = syscalls.write(fd, buffer);
      return note("write", began, `${fd}, ${dataOf(fd, buffer, buffer.length)}, ${buffer.length}`, result);
    },
    entries(fd, buffer) {
      const began = monotonic();
      const result = syscalls.entries(fd, buffer);
      const names = failed(result) ? [] : entryNames(buffer.subarray(0, result));
      const shown = names.slice(0, ENTRIES_SHOWN).map((name) => JSON.stringify(name));
      if (names.length > shown.length) shown.push("...");
      return note("getdents64", began, `${fd}, [${shown.join(", ")}], ${buffer.length}`, result);
    },
    readlink(path, buffer) {
      const began = monotonic();
      const result = syscalls.readlink(path, buffer);
      const target = bytesText(buffer.subarray(0, failed(result) ? 0 : result));
      return note("readlink", began, `${JSON.stringify(path)}, ${target}, ${buffer.length}`, result);
    },
    map(fd, bytes) {
      const began = monotonic();
      const memory = syscalls.map(fd, bytes);
      const result = typeof memory === "string" ? `-1 ${memory}` : `0x${memory.address.toString(16)}`;
      end("mmap", began, `mmap(NULL, ${bytes}, PROT_READ|PROT_WRITE, MAP_SHARED, ${fd}, 0) = ${result}`);
      if (typeof memory === "string") return memory;
      mapped.push(memory);
      return {
        ...memory,
        unmap() {
          mapped.splice(mapped.indexOf(memory), 1);
          const began = monotonic();
          memory.unmap();
          end("munmap", began, `munmap(${result}, ${bytes}) = 0`);
        },
      };
    },
    pollNow(fd, events) {
      const began = monotonic();
      const result = syscalls.pollNow(fd, events);
      end("poll", began, pollText(fd, events, 0, result));
      return result;
    },
    async poll(fd, events, timeout, signal) {
      const began = monotonic();
      const result = await syscalls.poll(fd, events, timeout, signal);
      end("poll", began, pollText(fd, events, timeout, result));
      return result;
    },
  };
}

function flagNames(blocks: boolean): string {
  return blocks ? "O_RDWR" : "O_RDWR|O_NONBLOCK";
}

function requestText(abi: Abi, request: number, arg: Uint8Array): string {
  const ioctl = ioctlOf(abi, request);
  if (!ioctl) return `0x${request.toString(16)}`;
  const name = `IOCTL_EVTCHN_${ioctl.name}`;
  if (ioctl.fields.length === 0) return name;
  const values = unpack(ioctl, arg);
  return `${name}, {${ioctl.fields.map((field, i) => `${field.name}=${values[i]}`).join(", ")}}`;
}

function portsText(bytes: Uint8Array, length: number): string {
  const count = Math.floor(length / PORT_BYTES);
  const shown = Array.from({ length: Math.min(count, PORTS_SHOWN) }, (_, i) => getU32(bytes, i * PORT_BYTES));
  return `[${shown.join(", ")}${count > PORTS_SHOWN ? ", ..." : ""}]`;
}

/** Printable ASCII unchanged, other bytes in octal. */
function bytesText(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < Math.min(bytes.length, BYTES_SHOWN); i++) {
    const byte = bytes[i];
    const character = String.fromCharCode(byte);
    if (byte >= 0x20 && byte <= 0x7E) text += /["\\]/.test(character) ? `\\${character}` : character;
    else text += `\\${byte.toString(8).padStart(isDigit(bytes[i + 1]) ? 3 : 1, "0")}`;
  }
  return `"${text}"${bytes.length > BYTES_SHOWN ? "..." : ""}`;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function pollText(fd: number, events: number, timeout: number, result: Result): string {
  const call = `poll([{fd=${fd}, events=${pollNames(events).join("|")}}], 1, ${timeout < 0 ? -1 : Math.ceil(timeout)})`;
  if (failed(result)) return `${call} = -1 ${result}`;
  if (result === 0) return `${call} = 0 (Timeout)`;
  return `${call} = 1 ([{fd=${fd}, revents=${pollNames(result).join("|")}}])`;
}

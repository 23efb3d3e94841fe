/**
 * System calls that fail now and then, beneath the device layer: what a kernel may do on a bad day.
 *
 * @module
 */

import { PORT_BYTES } from "../../ffi/abi.ts";
import { type Errno, failed, Poll, type Result, type Syscalls } from "../../ffi/syscalls.ts";

/** What may go wrong in a call. */
export type Fault =
  /** The call answers this errno and does nothing. */
  | { readonly kind: "errno"; readonly errno: Errno }
  /** read(2) or write(2) carries one port only. */
  | { readonly kind: "short" }
  /** poll(2) says POLLIN, and there is nothing to read. */
  | { readonly kind: "false alarm" };

/** The calls that faults come to, by name. */
export type Call = "open" | "ioctl" | "read" | "write" | "poll" | "pollNow";

/** Which faults come to each call: one a call, in order, undefined for none; none after the last. */
export type Plan = Readonly<Partial<Record<Call, readonly (Fault | undefined)[]>>>;

/** More calls than any test makes of one process: beyond them it asks again for ever, and no time-out comes to that. */
const CALLS = 200_000;

/** Wraps system calls so that the faults of a plan come to them. */
export function faulty(syscalls: Syscalls, plan: Plan): Syscalls {
  let calls = 0;
  const left = new Map(Object.entries(plan).map(([call, faults]) => [call, [...faults]]));
  const next = (call: Call) => {
    if (++calls > CALLS) throw new Error(`${call} is called for ever`);
    return left.get(call)?.shift();
  };
  const errnoOf = (fault: Fault | undefined) => fault?.kind === "errno" ? fault.errno : undefined;
  const cut = (fault: Fault | undefined, bytes: Uint8Array) =>
    fault?.kind === "short" ? bytes.subarray(0, Math.min(bytes.length, PORT_BYTES)) : bytes;
  const alarm = (fault: Fault | undefined, result: Result) =>
    fault?.kind === "false alarm" && !failed(result) ? result | Poll.IN : result;
  return {
    open: (path, flags) => errnoOf(next("open")) ?? syscalls.open(path, flags),
    close: (fd) => syscalls.close(fd),
    dup: (fd) => syscalls.dup(fd),
    blocks: (fd) => syscalls.blocks(fd),
    map: (fd, bytes) => syscalls.map(fd, bytes),
    entries: (fd, buffer) => syscalls.entries(fd, buffer),
    readlink: (path, buffer) => syscalls.readlink(path, buffer),
    ioctl: (fd, request, arg) => errnoOf(next("ioctl")) ?? syscalls.ioctl(fd, request, arg),
    read(fd, buffer) {
      const fault = next("read");
      return errnoOf(fault) ?? syscalls.read(fd, cut(fault, buffer));
    },
    write(fd, buffer) {
      const fault = next("write");
      return errnoOf(fault) ?? syscalls.write(fd, cut(fault, buffer));
    },
    pollNow(fd, events) {
      const fault = next("pollNow");
      return errnoOf(fault) ?? alarm(fault, syscalls.pollNow(fd, events));
    },
    async poll(fd, events, timeout, signal) {
      const fault = next("poll");
      return errnoOf(fault) ?? alarm(fault, await syscalls.poll(fd, events, timeout, signal));
    },
  };
}

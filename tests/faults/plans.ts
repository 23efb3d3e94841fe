/**
 * Faults of every kind at any call, and what a process did meanwhile.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Abi, type IoctlName, PORT_BYTES } from "../../ffi/abi.ts";
import { getU32 } from "../../ffi/endian.ts";
import { type Errno, failed, type Syscalls } from "../../ffi/syscalls.ts";
import type { Call, Fault, Plan } from "./faulty.ts";

const ERRNOS: readonly Errno[] = ["EINTR", "EAGAIN", "ENOMEM", "EFBIG", "EIO"];

const errnos: readonly Fault[] = ERRNOS.map((errno) => ({ kind: "errno", errno }));

/** What may come to each call. */
const FAULTS: Readonly<Record<Call, readonly Fault[]>> = {
  open: errnos,
  ioctl: errnos,
  read: [...errnos, { kind: "short" }],
  write: [...errnos, { kind: "short" }],
  poll: [...errnos, { kind: "false alarm" }],
  pollNow: [...errnos, { kind: "false alarm" }],
};

/** A plan with any fault at any of the first calls of any kind, a few of them. */
export const anyPlan: fc.Arbitrary<Plan> = fc.array(
  fc.constantFrom(...Object.keys(FAULTS) as Call[]).chain((call) =>
    fc.record({ call: fc.constant(call), at: fc.nat(20), fault: fc.constantFrom(...FAULTS[call]) })
  ),
  { minLength: 1, maxLength: 4 },
).map((faults) => {
  const plan: Partial<Record<Call, (Fault | undefined)[]>> = {};
  for (const { call, at, fault } of faults) (plan[call] ??= [])[at] = fault;
  return Object.fromEntries(Object.entries(plan).map(([call, each]) => [call, Array.from(each)]));
});

/** What went well of a process's calls. */
export class Ledger {
  /** Descriptors that were opened and not closed. */
  open = 0;
  /** Ports that were notified, in order; 0, which only asks what file it is, is left out. */
  readonly notified: number[] = [];
  /** Ports that were bound, in order. */
  readonly bound: number[] = [];

  /** Wraps the calls beneath the faults: one that a fault ended was never made. */
  wrap(syscalls: Syscalls, abi: Abi): Syscalls {
    const names = new Map(Object.entries(abi.ioctls).map(([name, { request }]) => [request, name as IoctlName]));
    const opened = (fd: number | Errno) => (failed(fd) || this.open++, fd);
    return {
      open: (path, flags) => opened(syscalls.open(path, flags)),
      dup: (fd) => opened(syscalls.dup(fd)),
      close: (fd) => (this.open--, syscalls.close(fd)),
      blocks: (fd) => syscalls.blocks(fd),
      map: (fd, bytes) => syscalls.map(fd, bytes),
      entries: (fd, buffer) => syscalls.entries(fd, buffer),
      readlink: (path, buffer) => syscalls.readlink(path, buffer),
      read: (fd, buffer) => syscalls.read(fd, buffer),
      write: (fd, buffer) => syscalls.write(fd, buffer),
      poll: (fd, events, timeout, signal) => syscalls.poll(fd, events, timeout, signal),
      pollNow: (fd, events) => syscalls.pollNow(fd, events),
      ioctl: (fd, request, arg) => {
        const name = names.get(request);
        const port = arg.length >= PORT_BYTES ? getU32(arg, 0) : 0;
        const result = syscalls.ioctl(fd, request, arg);
        if (failed(result)) return result;
        if (name === "NOTIFY" && port !== 0) this.notified.push(port);
        if (name?.startsWith("BIND")) this.bound.push(result);
        return result;
      },
    };
  }

  /** Makes sure that every descriptor was closed again. */
  assertClosed(): void {
    assertEquals(this.open, 0, "descriptors that were left open");
  }
}

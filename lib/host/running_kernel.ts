import { type Abi, abiOf } from "../../ffi/abi.ts";
import type { Syscalls } from "../../ffi/syscalls.ts";
import { UsageError } from "../errors.ts";

/** Set once a real device is opened. */
let libc: Syscalls | undefined;

/**
 * The kernel that runs this process.
 *
 * @throws {UsageError} It has no event-channel device.
 */
export async function runningKernel(os: typeof Deno.build.os): Promise<{ syscalls: Syscalls; abi: Abi }> {
  const [abi, { libcSyscalls }] = await Promise.all([abiOf(os), import("../../ffi/libc.ts")]);
  if (abi === undefined) {
    throw new UsageError(
      `Cannot use event channels on ${os}: it has no event-channel device`,
      "`--simulator` needs no device",
    );
  }
  if (abi.os === "linux") return { syscalls: libc ??= libcSyscalls(), abi };
  const { LIBCS } = await import("../../ffi/libc_others.ts");
  return { syscalls: libcSyscalls(LIBCS[abi.os]), abi };
}

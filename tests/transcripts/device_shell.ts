/**
 * The shell of transcripts on a real device, in this process: on an emulated host starting a program for each command
 * would take seconds.
 *
 * @module
 */

import { libcSyscalls } from "../../ffi/libc.ts";
import { systemClock } from "../../lib/clock.ts";
import { Barrier } from "../xen/barrier.ts";
import { CommandShell } from "./command_shell.ts";
import type { Shell } from "./transcript.ts";

/** Returns a function that starts a shell on the device with that path. */
export function deviceShells(device: string): () => Promise<Shell> {
  const syscalls = libcSyscalls();
  return async () => {
    const barrier = await Barrier.open(syscalls, device);
    const shell = new CommandShell({ syscalls, clock: systemClock(), device, settle: () => barrier.pass() });
    return {
      run: (command) => shell.run(command),
      async [Symbol.asyncDispose]() {
        await shell[Symbol.asyncDispose]();
        barrier.close();
      },
    };
  };
}

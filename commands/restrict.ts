/**
 * `evtchn restrict DOM [-- COMMAND ARGS...]`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { UsageError } from "../lib/errors.ts";
import type { EventChannelDevice } from "../lib/handle.ts";
import type { Domid } from "../lib/types.ts";
import { DOMAIN } from "./arguments.ts";
import type { Context } from "./context.ts";
import { Status } from "./failure.ts";
import { type Child, type Signal, signalStatus } from "./host.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "./options.ts";
import { verb } from "./verb.ts";

/** Restricts a handle to one domain, and may run a program with it. */
export const command = (brief: string) =>
  buildCommand<CommonFlags, [Domid], Context>({
    docs: {
      brief,
      fullDescription:
        "Restricts a handle for ever to binding ports that one domain offers. With -- COMMAND ARGS... it " +
        "runs the program with the restricted handle inherited, its number in EVTCHN_FD, and passes its status on.",
      customUsage: ["DOM", "DOM -- COMMAND ARGS..."],
    },
    parameters: {
      flags: COMMON_FLAGS,
      aliases: COMMON_ALIASES,
      positional: { kind: "tuple", parameters: [DOMAIN] },
    },
    func: verb((context, flags, domain: Domid) => {
      const [command, ...args] = context.program ?? [];
      if (context.program && command === undefined) {
        throw new UsageError("Cannot run a program: there is none after --");
      }
      if (command !== undefined && context.simulated(flags)) {
        throw new UsageError("Cannot run a program with a simulated handle: no program can inherit it");
      }
      return context.withDevice(flags, async (device) => {
        await device.restrict(domain);
        context.print(flags, { op: "restrict", domain });
        if (command !== undefined) return await runWith(context, device, command, args);
      });
    }),
  });

/** Runs a program that inherits the handle; its status is ours. */
async function runWith(
  context: Context,
  device: EventChannelDevice,
  command: string,
  args: readonly string[],
): Promise<number> {
  const handle = device.inheritable();
  try {
    let child: Child;
    try {
      child = context.host.spawn(command, args, { EVTCHN_FD: String(handle.fd) });
    } catch (error) {
      return cannotRun(context, command, error);
    }
    // A terminal sends its signals to the program too; what was sent to this process alone is passed on.
    const stop = context.host.onSignal((signal) => {
      if (signal !== "SIGINT") passOn(child, signal);
    });
    try {
      const { code, signal } = await child.ended;
      return signal === null ? code : signalStatus(signal);
    } finally {
      stop();
    }
  } finally {
    handle.close();
  }
}

function passOn(child: Child, signal: Signal): void {
  try {
    child.kill(signal);
  } catch {
    // it has just ended
  }
}

function cannotRun(context: Context, command: string, error: unknown): number {
  if (error instanceof Deno.errors.NotFound) {
    context.say(`restrict: Cannot run "${command}": there is no such program`);
    return Status.NOT_FOUND;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    context.say(`restrict: Cannot run "${command}": it is not executable`);
    return Status.NOT_EXECUTABLE;
  }
  throw error;
}

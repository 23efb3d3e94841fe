/**
 * `evtchn restrict DOM [-- COMMAND ARGS...]`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { UsageError } from "../lib/errors.ts";
import type { EventChannelDevice } from "../lib/handle/handle.ts";
import type { Domid } from "../lib/types.ts";
import { DOMAIN } from "../lib/cli/arguments.ts";
import type { Context } from "../lib/cli/context.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../lib/cli/options.ts";
import { type Program, runProgram } from "../lib/cli/program.ts";
import { verb } from "../lib/cli/verb.ts";

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
      if (command !== undefined && context.place(flags) === "session") {
        throw new UsageError(
          "Cannot run a program with a session's handle: it is in the session's process, and no program can inherit it",
          "`evtchn restrict DOM` restricts the session's own handle; --device opens another for the program",
        );
      }
      return context.withDevice(flags, async (device) => {
        await device.restrict(domain);
        context.print(flags, { op: "restrict", domain });
        if (command !== undefined) return await runWith(context, device, [command, ...args]);
      });
    }),
  });

/** Runs a program that inherits the handle; its status is ours. */
async function runWith(context: Context, device: EventChannelDevice, program: Program): Promise<number> {
  const handle = device.inheritable();
  try {
    // A session that is named would come before the handle.
    const session: Record<string, string> = context.host.env("EVTCHN_SESSION") ? { EVTCHN_SESSION: "" } : {};
    return await runProgram(context, program, { ...session, EVTCHN_FD: String(handle.fd) });
  } finally {
    handle.close();
  }
}

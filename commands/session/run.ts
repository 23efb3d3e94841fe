/**
 * `evtchn session run -- COMMAND ARGS...`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { UsageError } from "../../lib/errors.ts";
import type { Context } from "../../lib/cli/context.ts";
import { signalStatus } from "../../lib/host/host.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../../lib/cli/options.ts";
import { runProgram } from "../../lib/cli/program.ts";
import { withServer } from "./server.ts";
import { verb } from "../../lib/cli/verb.ts";

/** Runs a program with a session of its own. */
export const command = (brief: string) =>
  buildCommand<CommonFlags, [], Context>({
    docs: {
      brief,
      fullDescription: "Runs the program with EVTCHN_SESSION in its environment, so that every evtchn in it acts on " +
        "one handle, and passes its exit status on. When it ends, the session ends and its ports are closed.",
      customUsage: ["-- COMMAND ARGS..."],
    },
    parameters: { flags: COMMON_FLAGS, aliases: COMMON_ALIASES },
    func: verb(async (context, flags) => {
      const [command, ...args] = context.program ?? [];
      if (command === undefined) {
        throw new UsageError("Cannot run a program: there is none after --", "such as `evtchn session run -- sh`");
      }
      // From the first moment on, a signal ends the session in its order.
      const { value, signal } = await context.untilSignal((abort) =>
        withServer(context, flags, async ({ socket }) => {
          if (!abort.aborted) return await runProgram(context, [command, ...args], { EVTCHN_SESSION: socket });
        })
      );
      return value ?? signalStatus(signal!);
    }),
  });

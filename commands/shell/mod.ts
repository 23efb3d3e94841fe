/**
 * `evtchn shell`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { openCarrier } from "../../lib/script/environments.ts";
import type { Context } from "../../lib/cli/context.ts";
import { signalStatus } from "../../lib/host/host.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../../lib/cli/options.ts";
import { verb } from "../../lib/cli/verb.ts";

/** Statements at a prompt. */
export const command = (brief: string) =>
  buildCommand<CommonFlags, [], Context>({
    docs: {
      brief,
      fullDescription: "A prompt for the statements of `evtchn run`, on handles that live until it ends. Events of " +
        "bound ports appear above it as they arrive (`watch on`, `watch off`). Tab completes, ^C cancels a " +
        "statement, ^D leaves and closes everything. `help` lists the verbs.",
    },
    parameters: { flags: COMMON_FLAGS, aliases: COMMON_ALIASES },
    func: verb(async (context, flags) => {
      const { Shell } = await import("./loop.ts");
      const { signal } = await context.untilSignal(async (abort) => {
        const carrier = await openCarrier(context, flags, context.clock);
        const shell = new Shell(context, flags, carrier, await context.palette(flags));
        await shell.run(abort);
      });
      if (signal) return signalStatus(signal);
    }),
  });

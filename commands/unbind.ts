/**
 * `evtchn unbind PORT...`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { Port } from "../lib/types.ts";
import { PORTS } from "../lib/cli/arguments.ts";
import type { Context } from "../lib/cli/context.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../lib/cli/options.ts";
import { verb } from "../lib/cli/verb.ts";

/** Closes ports of the handle. */
export const command = (brief: string) =>
  buildCommand<CommonFlags, Port[], Context>({
    docs: {
      brief,
      fullDescription: "Closes ports of a handle that outlives this command: the shell's (--fd) or a session's.",
    },
    parameters: {
      flags: COMMON_FLAGS,
      aliases: COMMON_ALIASES,
      positional: PORTS,
    },
    func: verb((context, flags, ...ports: Port[]) =>
      context.withDevice(flags, async (device) => {
        for (const port of ports) {
          await device.unbind(port);
          context.print(flags, { op: "unbind", port });
        }
      })
    ),
  });

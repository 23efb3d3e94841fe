/**
 * `evtchn unmask PORT...`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { Port } from "../lib/types.ts";
import { PORTS } from "../lib/cli/arguments.ts";
import type { Context } from "../lib/cli/context.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../lib/cli/options.ts";
import { verb } from "../lib/cli/verb.ts";

/** Lets ports fire again. */
export const command = (brief: string) =>
  buildCommand<CommonFlags, Port[], Context>({
    docs: {
      brief,
      fullDescription:
        "Writes the ports to the device, which unmasks them. The driver skips ports of other handles and " +
        "unknown ones in silence.",
    },
    parameters: {
      flags: COMMON_FLAGS,
      aliases: COMMON_ALIASES,
      positional: PORTS,
    },
    func: verb((context, flags, ...ports: Port[]) =>
      context.withDevice(flags, async (device) => {
        context.print(flags, { op: "unmask", bytes: await device.unmask(ports) });
      })
    ),
  });

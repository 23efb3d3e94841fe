/**
 * `evtchn reset`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { Context } from "../lib/cli/context.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../lib/cli/options.ts";
import { verb } from "../lib/cli/verb.ts";

/** Empties a handle's ring and clears its overflow. */
export const command = (brief: string) =>
  buildCommand<CommonFlags & { readonly unmask?: boolean }, [], Context>({
    docs: {
      brief,
      fullDescription:
        "Empties the ring of a handle and clears an overflow. Ports stay bound; those whose events were " +
        "in the ring stay silent until they are unmasked, which --unmask does for every port of the handle.",
    },
    parameters: {
      flags: {
        unmask: {
          kind: "boolean",
          withNegated: false,
          optional: true,
          brief: "Unmask every port of the handle after it",
        },
        ...COMMON_FLAGS,
      },
      aliases: COMMON_ALIASES,
    },
    func: verb((context, flags) =>
      context.withDevice(flags, async (device) => {
        await device.reset();
        if (flags.unmask) await device.unmaskAll();
        context.print(flags, { op: "reset" });
      })
    ),
  });

/**
 * `evtchn alloc-unbound DOM`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { Domid } from "../lib/types.ts";
import { DOMAIN } from "../lib/cli/arguments.ts";
import type { Context } from "../lib/cli/context.ts";
import { bindAndHold, HOLD_FLAG, type HoldFlags } from "../lib/cli/hold.ts";
import { COMMON_ALIASES, COMMON_FLAGS } from "../lib/cli/options.ts";
import { verb } from "../lib/cli/verb.ts";

/** Allocates a port that a domain may bind, prints it, and holds it. */
export const command = (brief: string) =>
  buildCommand<HoldFlags, [Domid], Context>({
    docs: {
      brief,
      fullDescription:
        "Allocates a port that the named domain may bind, prints it alone on stdout, and holds it until " +
        "a signal. Xen does not ask whether that domain exists.",
    },
    parameters: {
      flags: { ...HOLD_FLAG, ...COMMON_FLAGS },
      aliases: COMMON_ALIASES,
      positional: { kind: "tuple", parameters: [DOMAIN] },
    },
    func: verb((context, flags, domain: Domid) =>
      bindAndHold(context, flags, "alloc-unbound", { kind: "unbound", domain }, (device) => device.allocUnbound(domain))
    ),
  });

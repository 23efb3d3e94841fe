/**
 * `evtchn bind-virq VIRQ`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { VIRQ } from "../lib/cli/arguments.ts";
import type { Context } from "../lib/cli/context.ts";
import { bindAndHold, HOLD_FLAG, type HoldFlags } from "../lib/cli/hold.ts";
import { COMMON_ALIASES, COMMON_FLAGS } from "../lib/cli/options.ts";
import { verb } from "../lib/cli/verb.ts";

/** Binds a virtual interrupt, prints its port, and holds it. */
export const command = (brief: string) =>
  buildCommand<HoldFlags, [number], Context>({
    docs: {
      brief,
      fullDescription: "Binds a virtual interrupt of the hypervisor on vCPU 0, prints the port alone on stdout, and " +
        "holds it until a signal: a port dies with the handle that bound it.",
    },
    parameters: {
      flags: { ...HOLD_FLAG, ...COMMON_FLAGS },
      aliases: COMMON_ALIASES,
      positional: { kind: "tuple", parameters: [VIRQ] },
    },
    func: verb((context, flags, virq: number) =>
      bindAndHold(context, flags, "bind-virq", { kind: "virq", virq }, (device) => device.bindVirq(virq))
    ),
  });

/**
 * `evtchn virqs`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { recordLine } from "../lib/render/json.ts";
import { virqTable } from "../lib/render/human.ts";
import { VIRQS } from "../lib/virq.ts";
import type { Context } from "../lib/cli/context.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../lib/cli/options.ts";
import { verb } from "../lib/cli/verb.ts";

/** The table of virtual interrupts. */
export const command = (brief: string) =>
  buildCommand<CommonFlags, [], Context>({
    docs: { brief },
    parameters: { flags: COMMON_FLAGS, aliases: COMMON_ALIASES },
    func: verb(async (context, flags) => {
      const lines = flags.json
        ? VIRQS.map(({ number, ...rest }) => recordLine({ op: "virqs", virq: number, ...rest }))
        : virqTable(await context.palette(flags)).map((line) => line + "\n");
      context.host.stdout.writeSync(lines.join(""));
    }),
  });

/**
 * `evtchn session serve`: the process that `session start` leaves behind.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { recordLine } from "../../lib/render/json.ts";
import type { Context } from "../../lib/cli/context.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../../lib/cli/options.ts";
import { withServer } from "./server.ts";
import { verb } from "../../lib/cli/verb.ts";

/** Serves until a signal or a client ends it. Its first line says where, when it listens; it says nothing more. */
export const command = (brief: string) =>
  buildCommand<CommonFlags, [], Context>({
    docs: { brief },
    parameters: { flags: COMMON_FLAGS, aliases: COMMON_ALIASES },
    func: verb(async (context, flags) => {
      await context.untilSignal((abort) =>
        withServer(context, flags, async (server) => {
          abort.addEventListener("abort", () => server.stop());
          if (abort.aborted) return;
          context.host.stdout.writeSync(recordLine({ op: "session-start", session: server.socket }));
          await server.ended;
        })
      );
    }),
  });

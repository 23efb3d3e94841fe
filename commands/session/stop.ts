/**
 * `evtchn session stop`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { DeviceError, UsageError } from "../../lib/errors.ts";
import { RemoteDevice } from "../../lib/session/client.ts";
import { removeStale } from "../../lib/session/place.ts";
import { choose } from "../../lib/cli/choice.ts";
import type { Context } from "../../lib/cli/context.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../../lib/cli/options.ts";
import { verb } from "../../lib/cli/verb.ts";

/** Ends a session. */
export const command = (brief: string) =>
  buildCommand<CommonFlags, [], Context>({
    docs: {
      brief,
      fullDescription:
        'Ends the session, waits until its ports are closed, and prints what unsets EVTCHN_SESSION: eval "$(evtchn ' +
        'session stop)". For one that is gone already it prints that too, says so, and ends with 1.',
    },
    parameters: { flags: COMMON_FLAGS, aliases: COMMON_ALIASES },
    func: verb(async (context, flags) => {
      const { session } = choose(flags, context.host);
      if (session === undefined) {
        throw new UsageError("Cannot stop a session: none is named", "EVTCHN_SESSION or --session names its socket");
      }
      try {
        const device = await RemoteDevice.connect(session, undefined, context.clock);
        try {
          await device.stop();
        } finally {
          await device.close();
        }
      } catch (error) {
        const gone = error instanceof DeviceError && ["ENOENT", "ECONNREFUSED"].includes(error.errno);
        if (!gone) throw error;
        await removeStale(session);
        context.print(flags, { op: "session-stop", session }, "unset EVTCHN_SESSION;");
        throw error;
      }
      context.print(flags, { op: "session-stop", session }, "unset EVTCHN_SESSION;");
    }),
  });

/**
 * `evtchn status`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { UsageError } from "../lib/errors.ts";
import { statusTable } from "../lib/render/status.ts";
import type { SharedHandle } from "../lib/handle/shared.ts";
import type { Context } from "../lib/cli/context.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../lib/cli/options.ts";
import { verb } from "../lib/cli/verb.ts";

/** The channels of a session's handle. */
export const command = (brief: string) =>
  buildCommand<CommonFlags, [], Context>({
    docs: {
      brief,
      fullDescription: "The channels of a session's handle, by port: what each was bound as, its remote end, whether " +
        "it is masked (its last event was read and it was not unmasked since), and how many events were read of it.",
    },
    parameters: { flags: COMMON_FLAGS, aliases: COMMON_ALIASES },
    func: verb((context, flags) => {
      const place = context.place(flags);
      if (place !== "session") throw unknown(place);
      return context.withDevice(flags, async (device) => {
        const channels = await (device as SharedHandle).status();
        const lines = statusTable(channels, await context.palette(flags));
        context.print(flags, { op: "status", channels }, lines.join("\n"));
      });
    }),
  });

function unknown(place: "new" | "descriptor"): UsageError {
  if (place === "new") {
    return new UsageError(
      "Cannot show the channels of a new handle: it has none",
      "a session keeps a handle between commands: `evtchn session run -- sh`",
    );
  }
  return new UsageError(
    "Cannot show the channels of a descriptor: the driver does not tell what is bound on it",
    "a session knows what is bound through it: `evtchn session run --fd N -- sh`",
  );
}

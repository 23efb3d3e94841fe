/**
 * `evtchn why CHANNEL|VIRQ`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { EventChannelDevice } from "../lib/handle/handle.ts";
import type { HostView } from "../lib/view/host_view.ts";
import { parseAsked } from "../lib/parse.ts";
import { whyRecord, whyText } from "../lib/render/why.ts";
import type { Channel } from "../lib/types.ts";
import { why } from "../lib/inspect/why.ts";
import { choose } from "../lib/cli/choice.ts";
import type { Context } from "../lib/cli/context.ts";
import { Status } from "../lib/cli/failure.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../lib/cli/options.ts";
import { verb } from "../lib/cli/verb.ts";
import { viewer } from "../lib/cli/view.ts";

/** Explains why a channel cannot be bound, or what a port is. */
export const command = (brief: string) =>
  buildCommand<CommonFlags, [Channel], Context>({
    docs: {
      brief,
      fullDescription: "Binds the channel, lets it go again, and says in a sentence what refused it: who holds the " +
        "VIRQ, what the remote port is bound to, which domain it is reserved for. While it is tried a peer may find " +
        "the port taken for a moment. A port of this domain is not tried: Xen says what it is. " +
        "Status 1 when something refuses.",
      customUsage: ["virq:dom_exc", "5:12", "5:any", "7"],
    },
    parameters: {
      flags: COMMON_FLAGS,
      aliases: COMMON_ALIASES,
      positional: {
        kind: "tuple",
        parameters: [{
          parse: parseAsked,
          placeholder: "CHANNEL",
          brief: "virq:NAME or a VIRQ's name, DOMAIN:PORT, DOMAIN:any, or PORT of this domain",
        }],
      },
    },
    func: verb(async (context, flags, channel: Channel) => {
      const answer = await withBoth(context, flags, (device, view) => why(device, channel, view));
      context.print(flags, whyRecord(answer), whyText(answer, await context.palette(flags)));
      return answer.result === "ok" ? Status.OK : Status.REFUSED;
    }),
  });

/** Opens a handle and the view of its own kernel, and closes both. */
async function withBoth<T>(
  context: Context,
  flags: CommonFlags,
  work: (device: EventChannelDevice, view: HostView) => Promise<T>,
): Promise<T> {
  const choice = choose(flags, context.host);
  if (choice.session !== undefined) {
    const device = await context.connect(choice);
    try {
      return await work(device, device.view());
    } finally {
      await device.close(); // the view is of the same connection
    }
  }
  const [open, viewOf, kernel] = await Promise.all([
    context.opener(flags, choice),
    viewer(context, flags),
    context.host.kernel(choice.kernel),
  ]);
  const device = open(kernel);
  const view = viewOf(kernel);
  try {
    return await work(device, view);
  } finally {
    await view.close();
    await device.close();
  }
}

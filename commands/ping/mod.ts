/**
 * `evtchn ping [CHANNEL]`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { UsageError } from "../../lib/errors.ts";
import { refuseNoTime, refuseVirq } from "../../lib/ping/target.ts";
import type { Channel } from "../../lib/types.ts";
import { CHANNEL, count, period } from "../../lib/cli/arguments.ts";
import type { Context } from "../../lib/cli/context.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../../lib/cli/options.ts";
import { answer } from "./answer.ts";
import { ping } from "./rounds.ts";
import { verb } from "../../lib/cli/verb.ts";

/** The options of a ping. */
export type PingFlags = CommonFlags & {
  readonly count?: number;
  readonly interval?: number;
  readonly timeout?: number;
  readonly warmup?: number;
  readonly answer?: boolean;
  readonly quiet?: boolean;
};

const HELP = `Sends an event and measures the time until another one answers it. Without a channel it goes through
Xen to this process and back. With one, somebody answers: \`evtchn ping --answer 0:any\` in a guest prints a port, 9
say, and \`evtchn ping 1:9\` in domain 0 measures.

Times are this process's own, by a clock of nanoseconds; they have its system calls in them, some microseconds, and in
a session the way to it and back. Quantiles are of the newest 1,048,576 answers, all else of all. An event carries no
number: after a time-out the next request waits as long again for the late answer, and one later than that is taken
for the next one's.

Exit status: 0 when something was answered in time, else 1.`;

/** Measures round trips. */
export const command = (brief: string) =>
  buildCommand<PingFlags, [channel?: Channel], Context>({
    docs: { brief, fullDescription: HELP, customUsage: ["[CHANNEL]", "--answer CHANNEL"] },
    parameters: {
      flags: {
        count: count("How many requests [10], or answers [until a signal]"),
        interval: period("From one request to the next; 0us: as fast as it goes [1s]"),
        timeout: period("How long to wait for an answer [1s]"),
        warmup: count("How many rounds come first and are not counted [1]"),
        answer: { kind: "boolean", withNegated: false, optional: true, brief: "Send every event of the channel back" },
        quiet: { kind: "boolean", withNegated: false, optional: true, brief: "Print the summary alone" },
        ...COMMON_FLAGS,
      },
      aliases: { ...COMMON_ALIASES, n: "count", q: "quiet" },
      positional: { kind: "tuple", parameters: [{ ...CHANNEL, optional: true }] },
    },
    func: verb(async (context, flags, channel?: Channel) => {
      refuseVirq(channel);
      refuseNoTime(flags.timeout);
      const heard = flags.answer ? answered(flags, channel) : undefined;
      return await context.withDevice(flags, (device) =>
        heard === undefined ? ping(context, flags, device, channel) : answer(context, flags, device, heard));
    }),
  });

/** The channel that is answered on. Who answers has no rounds of its own, and must be told where to listen. */
function answered(flags: PingFlags, channel: Channel | undefined): Channel {
  if (channel === undefined) {
    throw new UsageError("Cannot answer on no channel", "name one, such as 0:any for a new port for domain 0");
  }
  for (const option of ["interval", "timeout", "warmup"] as const) {
    if (flags[option] !== undefined) {
      throw new UsageError(`Cannot use --answer and --${option} together: who asks has the rounds`);
    }
  }
  return channel;
}

/**
 * `evtchn poll`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { type PollChoice, pollHandle } from "../lib/handle/raw.ts";
import { period } from "../lib/cli/arguments.ts";
import type { Context } from "../lib/cli/context.ts";
import { signalStatus } from "../lib/host/host.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../lib/cli/options.ts";
import { verb } from "../lib/cli/verb.ts";

type Flags = CommonFlags & { readonly timeout?: number; readonly events: PollChoice };

/** One poll(2). */
export const command = (brief: string) =>
  buildCommand<Flags, [], Context>({
    docs: {
      brief,
      fullDescription:
        "For those who debug a driver: one poll(2), and the events that came back on one line; an empty " +
        "line if none did. It does not wait unless --timeout says so.",
    },
    parameters: {
      flags: {
        timeout: period("How long to wait for an event [0s]"),
        events: { kind: "enum", values: ["in", "out", "all"], default: "in", brief: "What to ask for" },
        ...COMMON_FLAGS,
      },
      aliases: COMMON_ALIASES,
    },
    func: verb((context, flags) =>
      context.withDevice(flags, async (device) => {
        const { value: revents, signal } = await context.untilSignal((abort) =>
          pollHandle(device, flags.events, flags.timeout ?? 0, abort)
        );
        if (signal) return signalStatus(signal);
        if (revents === undefined) return;
        context.print(flags, { op: "poll", revents }, revents.join(" "));
      })
    ),
  });

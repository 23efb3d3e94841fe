/**
 * `evtchn notify CHANNEL...`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { bindChannel } from "../lib/handle/bind.ts";
import { notifyAgain } from "../lib/handle/notify.ts";
import type { Channel, Port } from "../lib/types.ts";
import { CHANNEL, count, period } from "../lib/cli/arguments.ts";
import type { Context } from "../lib/cli/context.ts";
import { signalStatus } from "../lib/host/host.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../lib/cli/options.ts";
import { verb } from "../lib/cli/verb.ts";

type Flags = CommonFlags & { readonly count?: number; readonly interval?: number };

/** Sends events. */
export const command = (brief: string) =>
  buildCommand<Flags, Channel[], Context>({
    docs: {
      brief,
      fullDescription:
        "Sends an event on each channel, binding what is not bound yet. Success means that Xen took it, " +
        "not that it arrived: a peer that is gone or has the port masked sees nothing, or one event for many.",
    },
    parameters: {
      flags: {
        count: count("How many times [1]"),
        interval: period("How long to wait between two times [0s]"),
        ...COMMON_FLAGS,
      },
      aliases: COMMON_ALIASES,
      positional: { kind: "array", parameter: CHANNEL, minimum: 1 },
    },
    func: verb((context, flags, ...channels: Channel[]) =>
      context.withDevice(flags, async (device) => {
        const { signal } = await context.untilSignal(async (abort) => {
          const ports: Port[] = [];
          for (const channel of channels) {
            // The driver itself answers for a port that is not this handle's.
            ports.push(channel.kind === "port" ? channel.port : (await bindChannel(device, "notify", channel)).port);
          }
          const { count, interval } = flags;
          const sent = (port: Port) => context.print(flags, { op: "notify", port });
          await notifyAgain(device, ports, { count, interval, clock: context.clock, signal: abort, sent });
        });
        if (signal) return signalStatus(signal);
      })
    ),
  });

/**
 * `evtchn watch [CHANNEL...]`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { bindAll } from "../../lib/handle/bind.ts";
import { bannerText } from "../../lib/render/events.ts";
import { parseFormat } from "../../lib/render/format.ts";
import { TIME_STYLES, type TimeStyle } from "../../lib/render/time.ts";
import type { SharedHandle } from "../../lib/handle/shared.ts";
import type { Channel } from "../../lib/types.ts";
import { watch as watchDevice, type WatchEnd } from "../../lib/handle/watch.ts";
import { CHANNEL, count, nothingTo, period } from "../../lib/cli/arguments.ts";
import type { Context } from "../../lib/cli/context.ts";
import { Status } from "../../lib/cli/failure.ts";
import { signalStatus } from "../../lib/host/host.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../../lib/cli/options.ts";
import { verb } from "../../lib/cli/verb.ts";
import { watchPrinter } from "./output.ts";

/** The options of a watch. */
export type WatchFlags = CommonFlags & {
  readonly numEvents?: number;
  readonly timeout?: number;
  readonly idleTimeout?: number;
  readonly time?: TimeStyle;
  readonly format?: string;
  readonly quiet?: boolean;
  readonly banner?: boolean;
  readonly unmask: boolean;
};

/** Shows events as they arrive. */
export const command = (brief: string) =>
  buildCommand<WatchFlags, Channel[], Context>({
    docs: {
      brief,
      fullDescription:
        "Binds what is not bound yet, prints a line for every event, and lets the port fire again once " +
        "the line is written. Without channels: every port of the handle. A lost event is told, never hidden.",
    },
    parameters: {
      flags: {
        numEvents: count("End after so many events"),
        timeout: period("End after that time"),
        idleTimeout: period("End after that time without an event"),
        time: { kind: "enum", values: TIME_STYLES, optional: true, brief: "How to write the time of the read [utc]" },
        format: {
          kind: "parsed",
          parse: (text: string) => text,
          optional: true,
          placeholder: "FORMAT",
          brief: "%p port %c channel %k kind %d %r remote %n number %S %U %L %D time %%",
        },
        quiet: { kind: "boolean", withNegated: false, optional: true, brief: "Print no events" },
        banner: { kind: "boolean", withNegated: false, optional: true, brief: "Say on stderr when all is bound" },
        unmask: { kind: "boolean", default: true, brief: "Let ports fire again after their event is printed" },
        ...COMMON_FLAGS,
      },
      aliases: { ...COMMON_ALIASES, n: "numEvents", t: "time", F: "format", q: "quiet" },
      positional: { kind: "array", parameter: CHANNEL },
    },
    func: verb(async (context, flags, ...channels: Channel[]) => {
      const printer = await watchPrinter(
        context,
        flags,
        flags.format === undefined ? undefined : parseFormat(flags.format),
      );
      const place = context.place(flags);
      if (channels.length === 0 && place === "new") throw nothingTo("watch");
      return context.withDevice(flags, async (device) => {
        const { value, signal } = await context.untilSignal(async (abort) => {
          const bindings = await bindAll(device, "watch", channels);
          const begun = () => {
            if (flags.banner) context.say(bannerText(bindings));
          };
          const { numEvents: limit, timeout, idleTimeout, unmask } = flags;
          const options = { bindings, limit, timeout, idleTimeout, unmask };
          if (place === "session") {
            const { watchShared } = await import("../../lib/handle/watch_shared.ts");
            return await watchShared(device as SharedHandle, options, { ...printer, begun }, context.clock, abort);
          }
          begun();
          return await watchDevice(device, options, printer, context.clock, abort);
        });
        return signal ? signalStatus(signal) : statusOf(value, flags);
      });
    }),
  });

function statusOf(end: WatchEnd, flags: WatchFlags): number {
  return end === "timeout" && flags.numEvents !== undefined ? Status.TIMEOUT : Status.OK;
}

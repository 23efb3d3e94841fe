/**
 * `evtchn top [CHANNEL...]`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { UsageError } from "../../lib/errors.ts";
import { SORT_KEYS, type SortKey, type Top } from "./table.ts";
import type { Channel } from "../../lib/types.ts";
import { CHANNEL, count, nothingTo, period } from "../../lib/cli/arguments.ts";
import type { Context } from "../../lib/cli/context.ts";
import { signalStatus } from "../../lib/host/host.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../../lib/cli/options.ts";
import { TopCount } from "./count.ts";
import { type Face, TopLines } from "./lines.ts";
import { TopScreen } from "./screen.ts";
import { verb } from "../../lib/cli/verb.ts";

/** The options of a live table. */
export type TopFlags = CommonFlags & {
  readonly interval?: number;
  readonly refreshes?: number;
  readonly sort?: SortKey;
};

/** Milliseconds between two looks: where no option says, and the least. */
const [INTERVAL, LEAST] = [1000, 10];

const HELP = `Binds what is not bound yet, and shows how often each port fires: events a second in the last interval,
events in all, how long ago the last one was, and how it went lately. Without channels: every port of the handle, in a
session all that it has bound. It takes events and lets the ports fire again as watch does, so that nobody else sees
them, but in a session everybody does. Events that come while a port is masked are one; the event that binding causes
is not counted.

Keys: q leaves, r t l p sort by rate, total, last, port, and once more the other way round, space pauses, + and - change
the interval. Where standard output is no terminal, and with --json, it prints a line a port each interval.`;

/** Shows how often ports fire. */
export const command = (brief: string) =>
  buildCommand<TopFlags, Channel[], Context>({
    docs: { brief, fullDescription: HELP, customUsage: ["[CHANNEL...]"] },
    parameters: {
      flags: {
        interval: period("From one look to the next [1s]"),
        refreshes: count("End after so many looks"),
        sort: { kind: "enum", values: SORT_KEYS, optional: true, brief: "What comes first [rate]" },
        ...COMMON_FLAGS,
      },
      aliases: { ...COMMON_ALIASES, n: "refreshes" },
      positional: { kind: "array", parameter: CHANNEL },
    },
    func: verb(async (context, flags, ...channels: Channel[]) => {
      const { interval = INTERVAL } = flags;
      if (interval < LEAST) throw new UsageError(`Cannot look every ${interval} ms: expected at least ${LEAST}ms`);
      if (channels.length === 0 && context.place(flags) === "new") throw nothingTo("top");
      return await context.withDevice(flags, async (device) => {
        const { signal } = await context.untilSignal(async (abort) => {
          const counting = await TopCount.begin(context, flags, device, channels, abort);
          try {
            const face = await faceOf(context, flags, counting.top, interval);
            try {
              await look(context, counting, face, flags.refreshes ?? Infinity, abort);
            } finally {
              face.close();
            }
          } finally {
            await counting.end();
          }
        });
        if (signal) return signalStatus(signal);
      });
    }),
  });

async function faceOf(context: Context, flags: TopFlags, top: Top, interval: number): Promise<Face> {
  const order = { key: flags.sort ?? "rate", reversed: false };
  const palette = await context.palette(flags);
  const { host } = context;
  // A dumb terminal has no other screen, and cannot go back over what it shows.
  if (flags.json || !host.stdout.terminal || host.env("TERM") === "dumb") {
    return new TopLines(context, flags, top, order, palette, interval);
  }
  return await TopScreen.open(host, top, order, palette, interval);
}

/** Looks at the end of each interval, until so many looks, the face or the signal end it, or counting fails. */
async function look(
  { clock }: Context,
  counting: TopCount,
  face: Face,
  looks: number,
  abort: AbortSignal,
): Promise<void> {
  let last = clock.monotonic();
  for (let left = looks; left > 0 && !abort.aborted && !counting.ended && !face.left;) {
    const due = last + face.interval;
    // Whichever of these comes first, it is looked what came.
    const woken = AbortSignal.any([abort, counting.over, face.wake]);
    if (!await clock.sleep(Math.max(0, due - clock.monotonic()), woken)) continue;
    await counting.refresh();
    last = clock.monotonic();
    counting.top.tick(last);
    await face.show();
    left--;
  }
}

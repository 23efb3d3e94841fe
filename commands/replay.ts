/**
 * `evtchn replay FILE|-`
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import { UsageError } from "../lib/errors.ts";
import type { ResultRecord } from "../lib/records.ts";
import { parseRecording } from "../lib/replay/recording.ts";
import { bindPlan, parseMapping, planReplay, play, type ReplayOptions } from "../lib/replay/replay.ts";
import type { Channel } from "../lib/types.ts";
import { period } from "../lib/cli/arguments.ts";
import type { Context } from "../lib/cli/context.ts";
import { signalStatus } from "../lib/host/host.ts";
import { readInput } from "../lib/cli/input.ts";
import { COMMON_ALIASES, COMMON_FLAGS, type CommonFlags } from "../lib/cli/options.ts";
import { verb } from "../lib/cli/verb.ts";

type Flags = CommonFlags & {
  readonly map?: readonly (readonly [string, Channel])[];
  readonly speed?: number;
  readonly wait: boolean;
  readonly maxGap?: number;
  readonly delay?: number;
};

/** Sends again what was recorded. */
export const command = (brief: string) =>
  buildCommand<Flags, [string], Context>({
    docs: {
      brief,
      fullDescription: "Notifies the channels of a recording, which is what `watch --json` printed, in its order and " +
        "with its spacing. All of the recording is read, and every channel bound, before the first event is sent. " +
        "The events that binding caused are left out: binding causes them again.",
      customUsage: ["FILE", "- --map 5:12=1:any --speed 10"],
    },
    parameters: {
      flags: {
        map: {
          kind: "parsed",
          parse: parseMapping,
          optional: true,
          variadic: true,
          placeholder: "FROM=TO",
          brief: "Send the events of one channel on another; may be repeated",
        },
        speed: {
          kind: "parsed",
          parse: parseSpeed,
          optional: true,
          placeholder: "N",
          brief: "So many times as fast [1]",
        },
        wait: { kind: "boolean", default: true, brief: "Keep the spacing of the recording" },
        maxGap: period("The longest time between two events"),
        delay: period("How long to wait before the first event, for peers to bind [0s]"),
        ...COMMON_FLAGS,
      },
      aliases: COMMON_ALIASES,
      positional: {
        kind: "tuple",
        parameters: [{
          parse: (text: string) => text,
          placeholder: "FILE",
          brief: "The recording; - is standard input",
        }],
      },
    },
    func: verb(async (context, flags, file: string) => {
      const { wait, speed, maxGap, delay } = flags;
      if (!wait && (speed ?? maxGap) !== undefined) {
        throw new UsageError("Cannot use --no-wait with --speed or --max-gap: there is no spacing to change");
      }
      const { signal } = await context.untilSignal(async (abort) => {
        const input = await readInput(context, file, abort);
        if (input === undefined) return;
        const recording = parseRecording(input.text, input.name);
        const plan = planReplay(recording, new Map(flags.map), { wait, speed, maxGap, delay });
        await context.withDevice(flags, async (device) => {
          const bound = await bindPlan(device, plan);
          sayBound(context, flags, bound.bindings);
          const sent = await play(device, bound, options(context, flags, abort));
          if (abort.aborted) return;
          const { skipped, overflows } = recording;
          if (overflows > 0 && !flags.json) {
            const places = `${overflows} place${overflows === 1 ? "" : "s"}`;
            context.say(`replay: the recording lacks events at ${places}: a ring overflowed there`);
          }
          const record: ResultRecord = { op: "replay", events: sent, skipped, overflows };
          context.print(flags, record);
        });
      });
      if (signal) return signalStatus(signal);
    }),
  });

/** Tells which port a peer is to bind, where one was made for it. */
function sayBound(context: Context, flags: Flags, bindings: readonly { port: number; channel: string }[]): void {
  if (flags.json) return;
  for (const { port, channel } of bindings) context.say(`replay: port ${port} (${channel})`);
}

/** What a play works with; a person at a terminal sees how far it is. */
function options(context: Context, flags: Flags, signal: AbortSignal): ReplayOptions {
  const { stderr } = context.host;
  const shows = stderr.terminal && !flags.json;
  const progress = (sent: number, total: number) => stderr.writeSync(`\r${sent} of ${total} events\x1b[K`);
  const end = () => stderr.writeSync("\r\x1b[K");
  return { clock: context.clock, signal, ...(shows ? { progress, end } : {}) };
}

function parseSpeed(text: string): number {
  const speed = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : 0;
  if (speed > 0) return speed;
  throw new UsageError(`Cannot use "${text}" as a speed: expected a number above 0, such as 10 or 0.5`);
}

/**
 * `evtchn ping`: the one who measures.
 *
 * @module
 */

import type { EventChannelDevice } from "../lib/handle/handle.ts";
import { openListener } from "../lib/ping/listener.ts";
import { ping as pingRounds, type PingOptions, type PingResult, type PingSink } from "../lib/ping/ping.ts";
import { loopback, peer, type Target } from "../lib/ping/target.ts";
import type { ResultRecord } from "../lib/records.ts";
import type { Palette } from "../lib/render/human.ts";
import { recordLine } from "../lib/render/json.ts";
import { answerText, overdueText, pingRecord, summaryLines, timeOf } from "../lib/render/ping.ts";
import type { Channel } from "../lib/types.ts";
import type { Context } from "../lib/cli/context.ts";
import { Status } from "../lib/cli/failure.ts";
import { signalStatus } from "../lib/host/host.ts";
import type { PingFlags } from "./ping.ts";
import { tellSkipped } from "./watch_output.ts";

/** Milliseconds, where no option says. */
const SECOND = 1000;

/** Requests, where no option says. */
const COUNT = 10;

/** Where to look when there was no answer at all. */
const NOBODY = "nobody answered: `evtchn ping --answer` has to run at the other end of this channel";

/** Measures round trips and prints them. Returns the exit status. */
export async function ping(
  context: Context,
  flags: PingFlags,
  device: EventChannelDevice,
  channel: Channel | undefined,
): Promise<number> {
  const { count = COUNT, interval = SECOND, timeout = SECOND, warmup = 1 } = flags;
  const options = { count, interval, timeout, warmup, patient: channel?.kind === "unbound" };
  const { value: result, signal } = await context.untilSignal(async (abort) => {
    const target = channel === undefined ? await loopback(device) : await toPeer(context, flags, device, channel);
    try {
      return await rounds(context, flags, device, target, options, abort);
    } finally {
      await target.undo();
    }
  });
  return signal ? signalStatus(signal) : statusOf(result);
}

async function rounds(
  context: Context,
  flags: PingFlags,
  device: EventChannelDevice,
  { name, hops }: Target,
  options: PingOptions,
  signal: AbortSignal,
): Promise<PingResult> {
  const { clock, host: { stdout } } = context;
  const palette = await context.palette(flags);
  const listener = await openListener(device, hops.map(({ hear }) => hear), clock, tellSkipped(context));
  try {
    const setup = { device, listener, hops, clock, signal };
    const result = await pingRounds(setup, options, printer(context, flags, name, palette));
    const summary = flags.json
      ? recordLine(pingRecord(result))
      : summaryLines(name, result, stdout.columns, palette).map((line) => `${line}\n`).join("");
    await stdout.write(summary);
    if (result.lost > 0 && result.lost === result.sent && !flags.json) context.say(NOBODY);
    return result;
  } finally {
    await listener.close();
  }
}

function statusOf(result: PingResult | undefined): number {
  return result !== undefined && result.answered > 0 ? Status.OK : Status.REFUSED;
}

/** Who answers on the channel. Who allocates a port says which: nobody answers before it is bound. */
async function toPeer(
  context: Context,
  flags: PingFlags,
  device: EventChannelDevice,
  channel: Channel,
): Promise<Target> {
  const target = await peer(device, channel);
  if (channel.kind === "unbound" && !flags.json) {
    context.say(`waiting on port ${target.port} (${target.name}) for somebody to bind it and answer`);
  }
  return target;
}

/** Prints each round as it ends. */
function printer(context: Context, flags: PingFlags, name: string, palette: Palette): PingSink {
  const { stdout } = context.host;
  if (flags.quiet) return { answered: () => {}, overdue: () => {}, late: () => {} };
  const record = (each: ResultRecord) => stdout.write(recordLine(each));
  const line = (text: string) => stdout.write(text + "\n");
  if (flags.json) {
    return {
      answered: (seq, micros) => record({ op: "ping", seq, time_us: timeOf(micros) }),
      overdue: (seq) => record({ op: "ping", seq, timed_out: true }),
      late: (seq, micros) => record({ op: "ping", seq, time_us: timeOf(micros), late: true }),
    };
  }
  return {
    answered: (seq, micros) => line(answerText(name, seq, micros, false, palette)),
    overdue: (seq) => line(overdueText(seq, palette)),
    late: (seq, micros) => line(answerText(name, seq, micros, true, palette)),
  };
}

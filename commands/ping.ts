import { Status } from "../lib/cli/failure.ts";
import { saySkipped } from "../lib/cli/lost.ts";
import { type Act, CHANNEL, count, flag, optional, type Outcome, period, verb } from "../lib/cli/verb.ts";
import { channelName } from "../lib/channel.ts";
import { DeviceError, UsageError } from "../lib/errors.ts";
import { bindChannel } from "../lib/handle/bind.ts";
import type { EventChannelDevice } from "../lib/handle/handle.ts";
import { type Listener, openListener } from "../lib/ping/listener.ts";
import { answer, ping, type PingOptions, type PingSink } from "../lib/ping/ping.ts";
import { loopback, peer, refuseNoTime, refuseVirq, type Target } from "../lib/ping/target.ts";
import type { ResultRecord } from "../lib/records.ts";
import { counted } from "../lib/render/count.ts";
import type { Palette } from "../lib/render/human.ts";
import { answerText, overdueText, pingRecord, summaryLines, timeOf } from "../lib/render/ping.ts";
import type { Channel, Port } from "../lib/types.ts";

/** The default interval and timeout, milliseconds. */
const SECOND = 1000;

/** The default number of requests. */
const COUNT = 10;

/** `ping [CHANNEL]` */
export default verb({
  help: `Sends an event and measures the time until another event answers it. Without a channel it goes through
Xen to this process and back. With a channel, the other end has to answer: \`evtchn ping --answer 0:any\` in guest 1
prints a port, such as 9, and \`evtchn ping 1:9\` in domain 0 measures.

Times are measured in this process on a nanosecond clock. They include its system calls (some microseconds) and, in a
session, the way to the session and back. The median and p99 are of the newest 1,048,576 answers, everything else of
all. An event carries no number: after a timeout the next request waits as long again for the late answer, and an
answer later than that counts for the next request. On a simulated host of a script's own, a ping takes no real time.

Exit status: 0 if at least one answer came in time, 124 if none did, 1 if the device or the channel refused, 2 if the
words are wrong, 128+n after signal n. --answer ends with 0 after -n answers.`,
  usage: ["[CHANNEL]", "--answer CHANNEL"],
  examples: ["ping 5:12 --count 100 --interval 0us", "ping --answer 0:any"],
  options: {
    count: count("How many requests [10], or answers [until a signal]", "n"),
    interval: period("The time between two requests; 0us: as fast as possible [1s]"),
    timeout: period("How long to wait for an answer [1s]"),
    warmup: count("How many rounds to run first without counting them [1]"),
    answer: flag("Send every event of the channel back"),
    quiet: flag("Print only the summary", "q"),
  },
  arguments: [optional(CHANNEL)],
  check(options, [channel]) {
    refuseVirq(channel);
    refuseNoTime(options.timeout);
    if (!options.answer) return;
    if (channel === undefined) {
      throw new UsageError("Cannot answer on no channel", "name one, such as 0:any for a new port for domain 0");
    }
    const named = (["interval", "timeout", "warmup"] as const).find((option) => options[option] !== undefined);
    if (named !== undefined) {
      throw new UsageError(`Cannot use --answer and --${named} together: the end that asks sets it`);
    }
  },
  records: ["ping", "ping-port", "ping-timeout", "ping-summary", "ping-answer", "ping-answered"],
  async run(act, options, [channel]) {
    if (options.answer) return await answers(act, options.count, channel!);
    const { count = COUNT, interval = SECOND, timeout = SECOND, warmup = 1 } = options;
    // While a script's statement waits, nothing else can bind the other end: do not wait for it.
    const patient = channel?.kind === "unbound" && act.place !== "script";
    const { signal } = act;
    const handle = await act.handle();
    const target = channel === undefined ? await loopback(handle) : await toPeer(act, handle, channel);
    try {
      return await measure(act, handle, target, { count, interval, timeout, warmup, patient }, options.quiet, signal);
    } finally {
      await target.undo();
    }
  },
});

async function measure(
  act: Act,
  device: EventChannelDevice,
  { name, hops }: Target,
  options: PingOptions,
  quiet: boolean | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  const { clock, json } = act;
  const palette = await act.palette();
  const listener = await listen(act, device, hops.map(({ hear }) => hear));
  try {
    const sink = quiet ? SILENT : printer(act, name, palette);
    const result = await ping({ device, listener, hops, clock, signal }, options, sink);
    if (json) await act.print(pingRecord(result));
    else await act.printText(summaryLines(name, result, act.width, palette).join("\n"));
    if (result.answered > 0) return {};
    if (result.lost > 0 && result.lost === result.sent && !json && act.place !== "script") await act.say(NOBODY);
    const status = signal.aborted ? undefined : Status.TIMEOUT; // a signal has a status of its own
    return {
      status,
      fault: new DeviceError("ping", "ETIMEDOUT", name, `Cannot ping ${name}`, "nothing was answered in time"),
    };
  } finally {
    await listener.close();
  }
}

const NOBODY = "nobody answered: `evtchn ping --answer` has to run at the other end of this channel";

/** `--answer`: sends every event of the channel back. */
async function answers(act: Act, count = Infinity, channel: Channel): Promise<void> {
  const { json, signal } = act;
  const handle = await act.handle();
  const { port, channel: bound } = await bindChannel(handle, "ping", channel);
  const listener = await listen(act, handle, [port]);
  try {
    const name = channelName(bound);
    await act.print({ op: "ping-answer", port, channel: name }, String(port));
    if (!json) await act.say(`answering on port ${port} (${name}) until a signal`);
    const answered = await answer(handle, listener, port, count, act.patientClock, signal);
    if (json) await act.print({ op: "ping-answer", answered });
    else await act.say(`answered ${counted(answered, "event")}`);
  } finally {
    await listener.close();
  }
}

function listen(act: Act, device: EventChannelDevice, ports: readonly Port[]): Promise<Listener> {
  const clock = act.patientClock;
  const say = saySkipped(act);
  return openListener(device, ports, clock, (skipped) => void say(skipped));
}

/** Binds the channel to a peer. Prints a port that was allocated, because the peer needs its number. */
async function toPeer(act: Act, device: EventChannelDevice, channel: Channel): Promise<Target> {
  const target = await peer(device, channel);
  if (channel.kind !== "unbound") return target;
  const { port, name } = target;
  if (act.json) await act.print({ op: "ping", port, channel: name });
  else if (act.place !== "script") {
    await act.say(`waiting on port ${port} (${name}) for somebody to bind it and answer`);
  }
  return target;
}

const SILENT: PingSink = { answered: () => {}, overdue: () => {}, late: () => {} };

function printer(act: Act, name: string, palette: Palette): PingSink {
  const record = (each: ResultRecord, text: string) => act.json ? act.print(each) : act.write(text + "\n");
  return {
    answered: (seq, micros) =>
      record({ op: "ping", seq, duration_us: timeOf(micros) }, answerText(name, seq, micros, false, palette)),
    overdue: (seq) => record({ op: "ping", seq, timed_out: true }, overdueText(seq, palette)),
    late: (seq, micros) =>
      record(
        { op: "ping", seq, duration_us: timeOf(micros), too_late: true },
        answerText(name, seq, micros, true, palette),
      ),
  };
}

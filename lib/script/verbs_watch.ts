/**
 * Verbs that wait for events.
 *
 * @module
 */

import { findOrBind } from "../handle/bind.ts";
import { channelName } from "../channel.ts";
import type { Clock } from "../clock.ts";
import { DeviceError, UsageError } from "../errors.ts";
import { parseChannel, parseCount, parsePeriod } from "../parse.ts";
import { bannerText, type EventLayout, eventLines } from "../render/events.ts";
import { parseFormat } from "../render/format.ts";
import { PLAIN } from "../render/human.ts";
import { TIME_STYLES, type TimeStyle } from "../render/time.ts";
import type { SharedHandle } from "../handle/shared.ts";
import type { Binding, Channel, Port } from "../types.ts";
import type { WatchEnd, WatchOptions } from "../handle/watch.ts";
import { watchShared } from "../handle/watch_shared.ts";
import { takeOptions, valueOf } from "./arguments.ts";
import type { Carrier } from "./environment.ts";
import { onHandle, type Outcome, type Scope, type Verb } from "./verb.ts";

/** A watch as it is asked for. */
interface WatchPlan {
  readonly channels: readonly Channel[];
  readonly until: Omit<WatchOptions, "bindings">;
  readonly layout: EventLayout;
  readonly quiet: boolean;
  readonly banner: boolean;
}

/** What a watch that prints no events says all the same. */
const LOST = "evtchn: watch: events were lost: the ring overflowed and is reset now\n";

/** The verbs of this file. */
export const WATCH_VERBS: Readonly<Record<string, Verb>> = {
  "watch": {
    usage: "watch [-n N] [--timeout P] [--idle-timeout P] [--no-unmask] [-t STYLE | -F FORMAT] [-q] [CHANNEL...]",
    brief: "Show events as they arrive",
    ports: true,
    parse(words) {
      const plan = parseWatch(words);
      return onHandle((handle, scope) => watches(handle, plan, scope));
    },
  },
  "expect": {
    usage: "expect CHANNEL [N] within P",
    brief: "Go on once an event, or N of them, came; fail if they do not in time",
    ports: true,
    parse(words) {
      const within = words.indexOf("within");
      if (within < 0) throw new UsageError("Cannot expect for ever: `within P` is missing");
      const [channel, count, ...more] = words.slice(0, within);
      const period = words[within + 1];
      if (channel === undefined) throw new UsageError("CHANNEL is missing");
      const extra = more[0] ?? words[within + 2];
      if (extra !== undefined) throw new UsageError(`Cannot make sense of "${extra}": there is a word too many`);
      const wanted = count === undefined ? 1 : parseCount(count);
      const expected = {
        channel: parseChannel(channel),
        wanted,
        period: period ?? "",
        timeout: parsePeriod(period ?? ""),
      };
      return onHandle((handle, scope) => expects(handle, expected, scope));
    },
  },
};

function parseWatch(words: readonly string[]): WatchPlan {
  const { options, rest } = takeOptions(words, {
    string: ["num-events", "timeout", "idle-timeout", "time", "format"],
    boolean: ["no-unmask", "quiet", "banner"],
    alias: { n: "num-events", t: "time", F: "format", q: "quiet" },
  });
  const layout = { time: valueOf(options.time, parseStyle), format: valueOf(options.format, parseFormat) };
  eventLines(layout, PLAIN, 0); // refuses what cannot be
  return {
    channels: rest.map(parseChannel),
    until: {
      limit: valueOf(options["num-events"], (text) => parseCount(text)),
      timeout: valueOf(options.timeout, parsePeriod),
      idleTimeout: valueOf(options["idle-timeout"], parsePeriod),
      unmask: options["no-unmask"] !== true,
    },
    layout,
    quiet: options.quiet === true,
    banner: options.banner === true,
  };
}

function parseStyle(text: string): TimeStyle {
  const style = TIME_STYLES.find((each) => each === text);
  if (style === undefined) throw new UsageError(`Cannot use "${text}" as --time: expected ${TIME_STYLES.join(", ")}`);
  return style;
}

async function watches(handle: SharedHandle, plan: WatchPlan, scope: Scope): Promise<Outcome> {
  const { carrier, output, signal } = scope;
  if (plan.channels.length === 0 && handle.exclusive && handle.bindings.size === 0) {
    throw new UsageError("Cannot watch nothing: this handle has no ports", "name channels, such as virq:tbuf or 5:12");
  }
  const bindings: Binding[] = [];
  for (const channel of plan.channels) bindings.push(await findOrBind(handle, "watch", channel));
  if (plan.banner) await output.tell(`evtchn: ${bannerText(bindings)}\n`);
  // A statement's own layout gives way to records.
  const lines = eventLines(output.json ? { json: true } : plan.layout, PLAIN, carrier.clock.now());
  const ports = new Set<Port>();
  let seen = 0;
  const print = (text: string) => {
    output.put(text);
    return output.flush();
  };
  await watchShared(
    handle,
    { ...plan.until, bindings },
    {
      pending(time, events) {
        for (const { port } of events) ports.add(port);
        seen += events.length;
        if (!plan.quiet) return print(lines.events(time, events));
      },
      overflow: (time) => plan.quiet ? output.tell(LOST) : print(lines.overflow(time)),
      begun: () => {},
    },
    patient(carrier),
    signal,
  );
  const { limit } = plan.until;
  if (limit !== undefined && seen < limit) throw tooFew("watch", "handle", `Cannot see ${events(limit)} in time`, seen);
  return { record: { op: "watch", events: seen }, ports: [...ports] };
}

/** Events that are expected. */
interface Expected {
  readonly channel: Channel;
  readonly wanted: number;
  /** As it was written. */
  readonly period: string;
  readonly timeout: number;
}

async function expects(handle: SharedHandle, expected: Expected, { carrier, signal }: Scope): Promise<Outcome> {
  const { channel, wanted, timeout } = expected;
  const binding = await findOrBind(handle, "expect", channel);
  const { port } = binding;
  const end = carrier.clock.monotonic() + timeout;
  let seen = 0;
  let stop: WatchEnd;
  do {
    const rest = { limit: wanted - seen, timeout: Math.max(0, end - carrier.clock.monotonic()) };
    stop = await watchShared(
      handle,
      { bindings: [binding], unmask: true, ...rest },
      {
        pending(_, events) {
          // Stale ones are of a channel that had the port before: they are taken and do not count.
          seen += events.filter(({ stale }) => !stale).length;
        },
        overflow: () => {},
        begun: () => {},
      },
      carrier.clock,
      signal,
    );
  } while (seen < wanted && stop === "limit");
  if (seen === wanted) return { record: { op: "expect", port, events: seen }, ports: [port] };
  const subject = channelName(channel);
  const name = channel.kind === "port" ? `port ${subject}` : subject;
  throw tooFew("expect", subject, `Cannot see ${events(wanted)} of ${name} within ${expected.period}`, seen);
}

/** A clock on which waiting for ever ends when nothing more can happen, where that can be known. */
function patient({ clock, quiet }: Carrier): Clock {
  if (quiet === undefined) return clock;
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (time, signal) =>
      time === Infinity ? quiet(signal).then(() => signal?.aborted !== true) : clock.sleep(time, signal),
  };
}

function events(count: number): string {
  return count === 1 ? "an event" : `${count} events`;
}

function tooFew(op: string, subject: string, message: string, seen: number): DeviceError {
  return new DeviceError(op, "ETIMEDOUT", subject, message, seen === 0 ? "none came" : `${seen} came`);
}

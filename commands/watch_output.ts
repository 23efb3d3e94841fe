/**
 * What a watch prints: each batch as one write.
 *
 * @module
 */

import { channelName } from "../lib/channel.ts";
import { UsageError } from "../lib/errors.ts";
import type { EventFormat } from "../lib/render/format.ts";
import { eventText, overflowText } from "../lib/render/human.ts";
import { eventLine, overflowLine } from "../lib/render/json.ts";
import { Timeline, type TimeStyle, utcTime } from "../lib/render/time.ts";
import type { Binding, Port } from "../lib/types.ts";
import type { PendingEvent, WatchSink } from "../lib/watch.ts";
import type { Context } from "./context.ts";
import type { WatchFlags } from "./watch.ts";

/**
 * The sink that prints, in the way that the options ask for.
 *
 * @throws {UsageError} If they contradict each other.
 */
export async function watchPrinter(context: Context, flags: WatchFlags, format?: EventFormat): Promise<WatchSink> {
  refuseContradictions(flags);
  const lines = flags.json ? jsonLines : await textLines(context, flags, format);
  const told = new Set<Port>();
  return {
    async pending(time, events) {
      if (!flags.quiet) await context.host.stdout.write(lines.events(time, events));
    },
    async overflow(time) {
      if (!flags.quiet) await context.host.stdout.write(lines.overflow(time));
      else context.say("watch: events were lost: the ring overflowed and is reset now");
    },
    skipped(ports) {
      for (const port of ports) {
        if (told.has(port)) continue;
        told.add(port);
        context.say(
          `watch: port ${port} fired too and was not asked for: its event is taken from the ring, and it stays masked`,
        );
      }
    },
  };
}

/** What `--banner` says once everything is bound. */
export function bannerText(bindings: readonly Binding[]): string {
  const ports = bindings.map(({ port, channel }) =>
    channel.kind === "port" ? `port ${port}` : `port ${port} (${channelName(channel)})`
  );
  return `watching ${ports.length === 0 ? "every port of the handle" : ports.join(", ")}`;
}

function refuseContradictions(flags: WatchFlags): void {
  const clash = flags.json
    ? flags.format !== undefined ? "--format" : flags.time !== undefined ? "--time" : undefined
    : undefined;
  if (clash) throw new UsageError(`Cannot use --json and ${clash} together: records have one form`);
  if (flags.format !== undefined && flags.time !== undefined) {
    throw new UsageError("Cannot use --format and --time together", "%S %U %L %D put the time into the format");
  }
}

/** How batches and overflows are written, with their newlines. */
interface Lines {
  events(time: number, events: readonly PendingEvent[]): string;
  overflow(time: number): string;
}

const jsonLines: Lines = {
  events(time, events) {
    const utc = utcTime(time); // one read, one time
    let text = "";
    for (const event of events) text += eventLine(utc, event);
    return text;
  },
  overflow: (time) => overflowLine(utcTime(time)),
};

async function textLines(context: Context, flags: WatchFlags, format?: EventFormat): Promise<Lines> {
  const palette = await context.palette(flags);
  const style: TimeStyle = flags.time ?? "utc";
  const timeline = new Timeline(context.clock.now());
  const write: EventFormat = format ?? ((event, time) => eventText(event, time(style), palette));
  return {
    events(time, events) {
      let text = "";
      for (const event of events) text += write(event, timeline.at(time)) + "\n";
      return text;
    },
    overflow: (time) => overflowText(timeline.at(time)(style), palette) + "\n",
  };
}

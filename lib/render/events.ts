/** The output of a watch, a batch of events at a time. @module */

import { channelName } from "../channel.ts";
import { UsageError } from "../errors.ts";
import type { Binding, Domid } from "../types.ts";
import type { PendingEvent } from "../handle/watch.ts";
import type { EventFormat } from "./format.ts";
import { eventText, overflowText, type Palette } from "./human.ts";
import { eventEnd, eventLine, overflowLine } from "./json.ts";
import { Timeline, type TimeStyle, utcTime } from "./time.ts";

/** Formats batches and overflows, with their newlines. */
export interface EventLines {
  events(time: number, events: readonly PendingEvent[]): string;
  overflow(time: number): string;
}

export interface EventLayout {
  readonly json?: boolean;
  readonly time?: TimeStyle;
  readonly format?: EventFormat;
}

/** Where events come from. */
export interface Origin {
  /** The domain whose handle gives them; undefined: there are no events of other domains beside these. */
  readonly domain?: Domid;
  /** The line of the script; undefined: there is no script. */
  readonly line?: number;
}

/**
 * @param start When the watch began, microseconds since 1970.
 * @throws {UsageError} If the options contradict each other.
 */
export function eventLines(
  layout: EventLayout,
  palette: Palette,
  start: number,
  { domain, line }: Origin = {},
): EventLines {
  refuseContradictions(layout);
  if (layout.json) return jsonLines(eventEnd(domain, line));
  const style: TimeStyle = layout.time ?? "utc";
  const timeline = new Timeline(start);
  const write: EventFormat = layout.format ?? ((event, time) => eventText(event, time(style), palette, domain));
  return {
    events(time, events) {
      let text = "";
      for (const event of events) text += write(event, timeline.at(time)) + "\n";
      return text;
    },
    overflow: (time) => overflowText(timeline.at(time)(style), palette, domain) + "\n",
  };
}

export function bannerText(bindings: readonly Binding[]): string {
  const ports = bindings.map(({ port, channel }) =>
    channel.kind === "port" ? `port ${port}` : `port ${port} (${channelName(channel)})`
  );
  return `watching ${ports.length === 0 ? "every port of the handle" : ports.join(", ")}`;
}

function jsonLines(end: string): EventLines {
  return {
    events(time, events) {
      const utc = utcTime(time); // all events of one read(2) have one time
      let text = "";
      for (const event of events) text += eventLine(utc, event, end);
      return text;
    },
    overflow: (time) => overflowLine(utcTime(time), end),
  };
}

function refuseContradictions({ json, format, time }: EventLayout): void {
  const clash = json ? format !== undefined ? "--format" : time !== undefined ? "--time" : undefined : undefined;
  if (clash) throw new UsageError(`Cannot use --json and ${clash} together: records have one form`);
  if (format !== undefined && time !== undefined) {
    throw new UsageError("Cannot use --format and --time together", "%S %U %L %D put the time into the format");
  }
}

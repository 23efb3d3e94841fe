/** The output of a watch, a batch of events at a time. @module */

import { channelName } from "../channel.ts";
import { UsageError } from "../errors.ts";
import type { Binding } from "../types.ts";
import type { PendingEvent } from "../handle/watch.ts";
import type { EventFormat } from "./format.ts";
import { eventText, overflowText, type Palette } from "./human.ts";
import { eventLine, overflowLine } from "./json.ts";
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

/**
 * @param start When the watch began, microseconds since 1970.
 * @throws {UsageError} If the options contradict each other.
 */
export function eventLines(layout: EventLayout, palette: Palette, start: number): EventLines {
  refuseContradictions(layout);
  if (layout.json) return JSON_LINES;
  const style: TimeStyle = layout.time ?? "utc";
  const timeline = new Timeline(start);
  const write: EventFormat = layout.format ?? ((event, time) => eventText(event, time(style), palette));
  return {
    events(time, events) {
      let text = "";
      for (const event of events) text += write(event, timeline.at(time)) + "\n";
      return text;
    },
    overflow: (time) => overflowText(timeline.at(time)(style), palette) + "\n",
  };
}

export function bannerText(bindings: readonly Binding[]): string {
  const ports = bindings.map(({ port, channel }) =>
    channel.kind === "port" ? `port ${port}` : `port ${port} (${channelName(channel)})`
  );
  return `watching ${ports.length === 0 ? "every port of the handle" : ports.join(", ")}`;
}

const JSON_LINES: EventLines = {
  events(time, events) {
    const utc = utcTime(time); // all events of one read(2) have one time
    let text = "";
    for (const event of events) text += eventLine(utc, event);
    return text;
  },
  overflow: (time) => overflowLine(utcTime(time)),
};

function refuseContradictions({ json, format, time }: EventLayout): void {
  const clash = json ? format !== undefined ? "--format" : time !== undefined ? "--time" : undefined : undefined;
  if (clash) throw new UsageError(`Cannot use --json and ${clash} together: records have one form`);
  if (format !== undefined && time !== undefined) {
    throw new UsageError("Cannot use --format and --time together", "%S %U %L %D put the time into the format");
  }
}

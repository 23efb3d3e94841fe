/**
 * The channels of a handle, for people.
 *
 * @module
 */

import type { ChannelStatus } from "../records.ts";
import type { Palette } from "./human.ts";

/** The table, a line each, without newlines. */
export function statusTable(channels: readonly ChannelStatus[], palette: Palette): string[] {
  const rows = channels.map(({ port, channel, kind, masked, events }) => [
    String(port),
    channel,
    kind,
    remote(channel, kind),
    masked ? "yes" : "no",
    String(events),
  ]);
  const titles = ["PORT", "CHANNEL", "KIND", "REMOTE", "MASKED", "EVENTS"];
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => NUMBERS.has(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))
      .join("  ");
  return [palette.dim(line(titles)), ...rows.map(line)];
}

/** The columns that are numbers. */
const NUMBERS: ReadonlySet<number> = new Set([0, 5]);

/** The other end of a channel, in words. */
function remote(channel: string, kind: string): string {
  const [domain, port] = channel.split(":");
  switch (kind) {
    case "interdomain":
      return `domain ${domain} port ${port}`;
    case "unbound":
      return `domain ${domain}`;
    case "virq":
      return "Xen";
    default:
      return "-";
  }
}

/** The channels of a handle as a table. @module */

import type { ChannelStatus } from "../records.ts";
import type { Palette } from "./human.ts";
import { type Column, tableLines } from "./table.ts";

export function statusTable(channels: readonly ChannelStatus[], palette: Palette): string[] {
  const rows = channels.map(({ port, channel, kind, masked, events }) => [
    String(port),
    channel,
    kind,
    remote(channel, kind),
    masked ? "yes" : "no",
    String(events),
  ]);
  return tableLines(COLUMNS, rows, palette);
}

const COLUMNS: readonly Column[] = [
  { title: "PORT", number: true },
  { title: "CHANNEL" },
  { title: "KIND" },
  { title: "REMOTE" },
  { title: "MASKED" },
  { title: "EVENTS", number: true },
];

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

/** The channels of a handle as a table. @module */

import type { ChannelStatus } from "../records.ts";
import type { Palette } from "./human.ts";
import { type Column, tableLines } from "./table.ts";

/** The table, as lines. Where Xen could not be asked, it says what the ports were bound as. */
export function statusTable(channels: readonly ChannelStatus[], palette: Palette): string[] {
  const asked = channels.every(({ status }) => status !== undefined);
  const rows = channels.map((each) => [
    String(each.port),
    each.channel,
    each.status ?? each.kind,
    remoteText(each),
    each.masked ? "yes" : "no",
    String(each.events),
  ]);
  return tableLines(columns(asked ? "STATE" : "BOUND AS"), rows, palette.dim);
}

const columns = (state: string): readonly Column[] => [
  { title: "PORT", number: true },
  { title: "CHANNEL" },
  { title: state },
  { title: "REMOTE" },
  { title: "MASKED" },
  { title: "EVENTS", number: true },
];

function remoteText({ channel, kind, status, remote_domain, remote_port }: ChannelStatus): string {
  const [domain, port] = status === undefined ? channel.split(":") : [remote_domain, remote_port];
  switch (status ?? kind) {
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

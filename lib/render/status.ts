/** The channels of a handle as a table. @module */

import type { ChannelStatus } from "../records.ts";
import type { Palette } from "./human.ts";
import { portNameText } from "./port_name.ts";
import { type Column, fittedTable } from "./table.ts";

/**
 * The table, as lines. Where Xen could not be asked, it says what the ports were bound as. The column NAME is left out
 * if it is empty.
 *
 * @param width The columns of the terminal; undefined: there is none.
 */
export function statusTable(channels: readonly ChannelStatus[], palette: Palette, width?: number): string[] {
  const asked = channels.every(({ status }) => status !== undefined);
  const named = channels.some((each) => portNameText(each) !== "");
  const rows = (longest: number) =>
    channels.map((each) => [
      String(each.port),
      each.channel,
      each.status ?? each.kind,
      remoteText(each),
      each.masked ? "yes" : "no",
      String(each.events),
      ...named ? [portNameText(each, longest)] : [],
    ]);
  const titles = columns(asked ? "STATE" : "BOUND AS");
  return fittedTable(named ? [...titles, NAME] : titles, rows, palette, width);
}

const NAME: Column = { title: "NAME" };

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

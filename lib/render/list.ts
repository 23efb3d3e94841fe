/**
 * Port tables, for people and as records.
 *
 * @module
 */

import { domainName } from "../channel.ts";
import type { ListedPort, PortList } from "../inspect/list.ts";
import type { PortRecord } from "../records.ts";
import type { ScriptRecord } from "../script/records.ts";
import type { Domid } from "../types.ts";
import { virqName } from "../virq.ts";
import { type Palette, PLAIN } from "./human.ts";
import { recordLine } from "./json.ts";
import { oneLine } from "./line.ts";
import { type Column, tableLines } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { title: "PORT", number: true },
  { title: "VCPU", number: true },
  { title: "STATE" },
  { title: "BOUND TO" },
];

const DEVICE: Column = { title: "DEVICE" };

/** What a heading says. */
interface Headed {
  readonly domain: Domid;
  readonly name?: string;
  readonly ports: readonly unknown[];
}

/**
 * The ports of a domain, lines with their newlines.
 *
 * @param headed Whether a line above them says whose they are.
 */
export function domainLines(list: PortList, headed: boolean, palette: Palette): string {
  const lines = listTable(list, palette);
  if (headed) lines.unshift(palette.strong(heading(list)));
  return lines.join("\n") + "\n";
}

/** As in `Domain 1 (web): 7 ports`. */
export function heading({ domain, name, ports }: PortList): string {
  const count = ports.length === 1 ? "1 port" : `${ports.length} ports`;
  return `Domain ${domainName(domain)}${inBrackets(name)}: ${count}`;
}

/** The table; its last column only where something stands in it. */
function listTable({ ports }: PortList, palette: Palette): string[] {
  const named = ports.some(({ device }) => device !== undefined);
  const rows = ports.map((entry) => {
    const row = [String(entry.port), String(entry.vcpu), entry.status, targetText(entry)];
    if (named) row.push(oneLine(entry.device ?? ""));
    return row;
  });
  return tableLines(named ? [...COLUMNS, DEVICE] : COLUMNS, rows, palette.dim);
}

/** What a port is bound to, in words. */
export function targetText(entry: ListedPort): string {
  switch (entry.status) {
    case "interdomain":
      return `domain ${domainName(entry.remoteDomain)}${inBrackets(entry.remoteName)} port ${entry.remotePort}`;
    case "unbound":
      return `waits for domain ${domainName(entry.remoteDomain)}${inBrackets(entry.remoteName)}`;
    case "virq":
      return `virq:${virqName(entry.virq)}`;
    case "pirq":
      return `interrupt ${entry.pirq}`;
    case "ipi":
      return "between its vCPUs";
    case "closed":
      return "";
  }
}

/** A domain's name behind its id, if it has one. It came from xenstore, where a toolstack wrote it. */
export function inBrackets(name: string | undefined): string {
  return name === undefined || name === "" ? "" : ` (${oneLine(name)})`;
}

/** The ports of a domain as records, a line each. */
export function portLines(op: "list", { domain, ports }: PortList): string {
  let text = "";
  for (const entry of ports) text += recordLine({ op, domain, ...portFields(entry) });
  return text;
}

/** What a record says of a port. */
export function portFields(entry: ListedPort): Omit<PortRecord, "op" | "domain"> {
  const { port, status, vcpu, device, deviceDomain } = entry;
  return { port, status, vcpu, ...targetFields(entry), device, device_domain: deviceDomain };
}

function targetFields(entry: ListedPort): Partial<Omit<PortRecord, "op" | "domain" | "port" | "status" | "vcpu">> {
  switch (entry.status) {
    case "interdomain":
      return { remote_domain: entry.remoteDomain, remote_port: entry.remotePort, remote_name: entry.remoteName };
    case "unbound":
      return { remote_domain: entry.remoteDomain, remote_name: entry.remoteName };
    case "virq":
      return { virq: virqName(entry.virq) };
    case "pirq":
      return { pirq: entry.pirq };
    default:
      return {};
  }
}

/** The lists of a statement as its one record. */
export function listRecord(lists: readonly PortList[]): ScriptRecord {
  const domains = lists.map(({ domain, name, ports }) => ({ domain, name, ports: ports.map(portFields) }));
  return domains.length === 1 ? { op: "list", ...domains[0] } : { op: "list", domains };
}

/** The lists of a statement for people, without the last newline. */
export function listText(lists: readonly PortList[]): string {
  return lists.map((list) => domainLines(list, lists.length > 1, PLAIN)).join("\n").trimEnd();
}

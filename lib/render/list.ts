/** Port tables as text and as records. @module */

import { domainName } from "../channel.ts";
import type { DeviceClaim, ListedPort, PortList } from "../inspect/list.ts";
import type { PortRecord } from "../records.ts";
import { virqName } from "../virq.ts";
import { counted } from "./count.ts";
import type { Palette } from "./human.ts";
import { shortLine } from "./line.ts";
import { type Column, tableLines } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { title: "PORT", number: true },
  { title: "VCPU", number: true },
  { title: "STATE" },
  { title: "BOUND TO" },
];

const DEVICE: Column = { title: "DEVICE" };

/**
 * The ports of a domain, without the last newline.
 *
 * @param headed Whether to print the domain above them.
 */
export function domainText(list: PortList, headed: boolean, palette: Palette): string {
  const lines = listTable(list, palette);
  if (headed) lines.unshift(palette.strong(heading(list)));
  return lines.join("\n");
}

/** The heading, as in `Domain 1 (web): 7 ports`. */
export function heading({ domain, name, ports }: PortList): string {
  return `Domain ${domainName(domain)}${inBrackets(name)}: ${counted(ports.length, "port")}`;
}

/** The table. The column DEVICE is left out if it is empty. */
function listTable({ ports }: PortList, palette: Palette): string[] {
  const named = ports.some(({ claims }) => claims !== undefined);
  const rows = ports.map((entry) => {
    const row = [String(entry.port), String(entry.vcpu), entry.status, targetText(entry)];
    if (named) row.push(claimsText(entry.claims ?? []));
    return row;
  });
  return tableLines(named ? [...COLUMNS, DEVICE] : COLUMNS, rows, palette.dim);
}

/** How many devices that claim one port are named. */
const NAMED_CLAIMS = 3;

/** The devices that claim a port, as in `console, vif/0`; if they are of several domains, with the domain's id. */
function claimsText(claims: readonly DeviceClaim[]): string {
  const mixed = claims.some(({ domain }) => domain !== claims[0].domain);
  const names = claims.slice(0, NAMED_CLAIMS).map(({ device, domain }) =>
    shortLine(device) + (mixed ? ` of domain ${domain}` : "")
  );
  const more = claims.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

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

/** A domain's name in brackets, if it has one. The name is from xenstore and may have control characters. */
export function inBrackets(name: string | undefined): string {
  return name === undefined || name === "" ? "" : ` (${shortLine(name)})`;
}

export function portRecords({ domain, ports }: PortList) {
  return ports.map((entry) => ({ op: "list" as const, domain, ...portFields(entry) }));
}

export function portFields(entry: ListedPort): Omit<PortRecord, "op" | "domain"> {
  const { port, status, vcpu, claims } = entry;
  return {
    port,
    status,
    vcpu,
    ...targetFields(entry),
    device: claims?.[0].device,
    device_domain: claims?.[0].domain,
    claims: claims !== undefined && claims.length > 1 ? claims : undefined,
  };
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

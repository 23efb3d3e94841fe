/** Port tables as text and as records. @module */

import { domainName } from "../channel.ts";
import type { DeviceClaim, ListedPort, PortList } from "../inspect/list.ts";
import type { PortRecord } from "../records.ts";
import { virqName } from "../virq.ts";
import { diskName } from "../wiring/disks.ts";
import { counted } from "./count.ts";
import type { Palette } from "./human.ts";
import { channelPart, deviceText } from "./device.ts";
import { shortLine } from "./line.ts";
import { type Column, fittedTable } from "./table.ts";
import { cutTo } from "./width.ts";

const COLUMNS: readonly Column[] = [
  { title: "PORT", number: true },
  { title: "VCPU", number: true },
  { title: "STATE" },
];

const BITS: readonly Column[] = [{ title: "PENDING" }, { title: "MASKED" }];

const BOUND_TO: Column = { title: "BOUND TO" };

const DEVICE: Column = { title: "DEVICE" };

/**
 * The ports of a domain, without the last newline.
 *
 * @param headed Whether to print the domain above them.
 * @param width The columns of the terminal: names are cut so that the table fits. Undefined: it need not fit.
 */
export function domainText(list: PortList, headed: boolean, palette: Palette, width?: number): string {
  const lines = listTable(list, palette, width);
  if (headed) lines.unshift(palette.strong(width === undefined ? heading(list) : cutTo(heading(list), width)));
  return lines.join("\n");
}

/** The heading, as in `Domain 1 (web): 7 ports`. */
export function heading({ domain, name, ports }: PortList): string {
  return `Domain ${domainName(domain)}${inBrackets(name)}: ${counted(ports.length, "port")}`;
}

/** The table. Columns that are empty in all rows are left out. */
function listTable({ ports }: PortList, palette: Palette, width: number | undefined): string[] {
  const named = ports.some(({ claims, use }) => claims !== undefined || use !== undefined);
  const looked = ports.some(({ bits }) => bits !== undefined);
  const rows = (longest: number) =>
    ports.map((entry) => {
      const row = [String(entry.port), String(entry.vcpu), entry.status];
      if (looked) row.push(bitText(entry.bits?.pending), bitText(entry.bits?.masked));
      row.push(targetText(entry, longest));
      if (named) {
        row.push(entry.use === undefined ? claimsText(entry.claims ?? [], longest) : shortLine(entry.use, longest));
      }
      return row;
    });
  const columns = [...COLUMNS, ...looked ? BITS : [], BOUND_TO, ...named ? [DEVICE] : []];
  return fittedTable(columns, rows, palette, width);
}

/** `?` for a bit that is not known. */
function bitText(bit: boolean | undefined): string {
  return bit === undefined ? "?" : bit ? "yes" : "-";
}

/** How many devices that claim one port are named. */
const NAMED_CLAIMS = 3;

/** The devices that claim a port, as in `console, vif/0 q1 tx`; if they are of several domains, with the domain's id. */
function claimsText(claims: readonly DeviceClaim[], longest: number): string {
  const mixed = claims.some(({ domain }) => domain !== claims[0].domain);
  const names = claims.slice(0, NAMED_CLAIMS).map(({ device, domain, key }) => {
    const part = channelPart(key);
    return deviceText(device, longest) + (part === "" ? "" : ` ${part}`) + (mixed ? ` of domain ${domain}` : "");
  });
  const more = claims.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** What a port is bound to. `longest`: the most columns of a name. */
export function targetText(entry: ListedPort, longest?: number): string {
  switch (entry.status) {
    case "interdomain":
      return `domain ${domainName(entry.remoteDomain)}${
        inBrackets(entry.remoteName, longest)
      } port ${entry.remotePort}`;
    case "unbound":
      return `waits for domain ${domainName(entry.remoteDomain)}${inBrackets(entry.remoteName, longest)}`;
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
export function inBrackets(name: string | undefined, longest?: number): string {
  return name === undefined || name === "" ? "" : ` (${shortLine(name, longest)})`;
}

export function portRecords({ domain, ports }: PortList) {
  return ports.map((entry) => ({
    op: "list" as const,
    domain,
    ...portFields(entry),
    pending: entry.bits?.pending,
    masked: entry.bits?.masked,
  }));
}

export function portFields(entry: ListedPort): Omit<PortRecord, "op" | "domain"> {
  const { port, status, vcpu, claims, use } = entry;
  return {
    port,
    status,
    vcpu,
    ...targetFields(entry),
    ...claims === undefined ? undefined : claimFields(claims[0]),
    claims: claims !== undefined && claims.length > 1 ? claims : undefined,
    use,
  };
}

/** Where a port belongs to by xenstore, as members of a record. */
export function claimFields({ device, domain, key }: DeviceClaim) {
  return { device, device_name: diskName(device), device_domain: domain, key };
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

/** A dump of event channels as a table and as records. @module */

import type { PortChange } from "../decode/diff.ts";
import type { Dump, DumpedDomain, DumpedPort } from "../decode/dump.ts";
import type { DumpedInterrupt } from "../decode/interrupts.ts";
import { type Finding, findingsOf } from "../decode/stuck.ts";
import type { DecodeChangeRecord, DecodeIrqRecord, DecodeRecord } from "../records.ts";
import type { Port } from "../types.ts";
import { counted } from "./count.ts";
import type { Palette } from "./human.ts";
import { oneLine } from "./line.ts";
import { heading, portFields, targetText } from "./list.ts";
import { type Column, tableLines } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { title: "PORT", number: true },
  { title: "VCPU", number: true },
  { title: "STATE" },
  { title: "PENDING" },
  { title: "MASKED" },
  { title: "BOUND TO" },
];

/** A domain's heading, its table, and the ports that look stuck, as lines. */
export function decodeLines(dumped: DumpedDomain, findings: readonly Finding[], palette: Palette): string[] {
  const rows = dumped.ports.map((entry) => [
    String(entry.port),
    String(entry.vcpu),
    entry.status === "closed" ? "reserved" : entry.status,
    entry.pending ? "pending" : "-",
    entry.masked ? "masked" : "-",
    targetText(entry) + (entry.xen ? (entry.status === "closed" ? "" : ", ") + "Xen takes its events" : ""),
  ]);
  const table = rows.length === 0 ? [] : tableLines(COLUMNS, rows, palette);
  const stuck = [...findingsOf(findings, dumped)].map(([port, what]) => palette.warn(`port ${port}: ${what}`));
  return [palette.strong(heading(dumped)), ...table, ...stuck];
}

export function decodeRecords({ domains }: Dump, findings: readonly Finding[]): DecodeRecord[] {
  return domains.flatMap((dumped) => {
    const stuck = findingsOf(findings, dumped);
    return dumped.ports.map((entry) => ({
      op: "decode" as const,
      domain: dumped.domain,
      ...portFields(entry),
      pending: entry.pending,
      masked: entry.masked,
      stuck: stuck.get(entry.port),
    }));
  });
}

const IRQ_COLUMNS: readonly Column[] = [
  { title: "IRQ", number: true },
  { title: "TYPE" },
  { title: "IN FLIGHT", number: true },
  { title: "DOMAIN", number: true },
  { title: "PIRQ", number: true },
  { title: "PORT", number: true },
  { title: "PENDING" },
  { title: "MASKED" },
];

/** The interrupts that domains have bound, as lines; none if there are none. */
export function interruptLines(interrupts: readonly DumpedInterrupt[], dump: Dump | undefined, palette: Palette) {
  if (interrupts.length === 0) return [];
  const ports = interruptPorts(dump);
  const bit = (set: boolean | undefined, word: string) => set === undefined ? "?" : set ? word : "-";
  const rows = interrupts.map(({ irq, type, inFlight, domain, pirq, pending, masked }) => [
    ...[irq, oneLine(type), inFlight, domain, pirq, ports.get(`${domain} ${pirq}`) ?? "-"].map(String),
    bit(pending, "pending"),
    bit(masked, "masked"),
  ]);
  return [palette.strong(counted(interrupts.length, "interrupt")), ...tableLines(IRQ_COLUMNS, rows, palette)];
}

export function interruptRecords(interrupts: readonly DumpedInterrupt[], dump: Dump | undefined): DecodeIrqRecord[] {
  const ports = interruptPorts(dump);
  return interrupts.map(({ irq, type, inFlight, domain, pirq, pending, masked }) => ({
    op: "decode-irq" as const,
    irq,
    irq_type: type,
    in_flight: inFlight,
    domain,
    pirq,
    port: ports.get(`${domain} ${pirq}`),
    pending,
    masked,
  }));
}

/** The ports that domains have bound to interrupts, by domain and number of the interrupt. */
function interruptPorts(dump: Dump | undefined): ReadonlyMap<string, Port> {
  return new Map(
    (dump?.domains ?? []).flatMap(({ domain, ports }) =>
      ports.flatMap((each) => each.status === "pirq" ? [[`${domain} ${each.pirq}`, each.port] as const] : [])
    ),
  );
}

const CHANGE_COLUMNS: readonly Column[] = [
  { title: "DOMAIN", number: true },
  { title: "PORT", number: true },
  { title: "CHANGE" },
  { title: "WAS" },
  { title: "IS" },
];

const CHANGES: Readonly<Record<PortChange["change"], string>> = {
  new: "new",
  gone: "gone",
  bound: "bound anew",
  bits: "bits",
  stays: "stays pending",
};

/** What changed between two dumps, as lines. */
export function changeLines(changes: readonly PortChange[], palette: Palette): string[] {
  const rows = changes.map(({ domain, port, change, was, now }) => [
    String(domain),
    String(port),
    CHANGES[change],
    was === undefined ? "-" : portText(was),
    now === undefined ? "-" : portText(now),
  ]);
  return rows.length === 0 ? ["nothing changed, and no event waits"] : tableLines(CHANGE_COLUMNS, rows, palette);
}

function portText(entry: DumpedPort): string {
  const what = entry.status === "closed" ? "reserved" : targetText(entry);
  return [what, ...entry.pending ? ["pending"] : [], ...entry.masked ? ["masked"] : []].join(", ");
}

export function changeRecords(changes: readonly PortChange[]): DecodeChangeRecord[] {
  return changes.map(({ domain, change, was, now }) => ({
    op: "decode-change" as const,
    domain,
    change,
    ...portFields((now ?? was)!),
    pending: (now ?? was)!.pending,
    masked: (now ?? was)!.masked,
    was: was && now && wasFields(was),
  }));
}

function wasFields(was: DumpedPort): DecodeChangeRecord["was"] {
  const { status, remote_domain, remote_port, virq, pirq } = portFields(was);
  return { status, remote_domain, remote_port, virq, pirq, pending: was.pending, masked: was.masked };
}

/** How many ports stayed pending, in a sentence; undefined: none did. */
export function staysText(changes: readonly PortChange[]): string | undefined {
  const stays = changes.filter(({ change }) => change === "stays").length;
  return stays === 0 ? undefined : `${counted(stays, "port")} stayed pending`;
}

/** How many ports look stuck, in a sentence; undefined: none does. */
export function stuckText({ domains }: Dump, findings: readonly Finding[]): string | undefined {
  if (findings.length === 0) return undefined;
  const all = domains.reduce((sum, { ports }) => sum + ports.length, 0);
  return `${findings.length} of ${all} ports ${findings.length === 1 ? "looks" : "look"} stuck`;
}

/** Warnings about a dump: cut, repeated or with unreadable lines. */
export function decodeNotes({ earlier, headless, unread }: Dump): string[] {
  const notes: string[] = [];
  if (earlier > 0) notes.push(`the last of ${earlier + 1} dumps is shown`);
  if (headless.length > 0) {
    notes.push(
      `${counted(headless.length, "port")} ${
        headless.length === 1 ? "stands" : "stand"
      } above the first heading: the dump's start is cut off`,
    );
  }
  if (unread.length > 0) {
    notes.push(
      `cannot read line${unread.length === 1 ? "" : "s"} ${unread.slice(0, 5).join(", ")}` +
        (unread.length > 5 ? ` and ${unread.length - 5} more` : ""),
    );
  }
  return notes;
}

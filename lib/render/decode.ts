/** A dump of event channels as a table and as records. @module */

import type { Dump, DumpedDomain } from "../decode/dump.ts";
import { type Finding, findingsOf } from "../decode/stuck.ts";
import type { DecodeRecord } from "../records.ts";
import { counted } from "./count.ts";
import type { Palette } from "./human.ts";
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
  const table = rows.length === 0 ? [] : tableLines(COLUMNS, rows, palette.dim);
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
  if (headless > 0) {
    notes.push(
      `${counted(headless, "port")} ${
        headless === 1 ? "stands" : "stand"
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

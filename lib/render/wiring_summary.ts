/** The wiring of each domain in one line. @module */

import type { DomainSummaryRecord } from "../records.ts";
import { type DomainWiring, type HostWiring, isFine, type Verdict } from "../wiring/types.ts";
import type { Palette } from "./human.ts";
import { shortLine } from "./line.ts";
import { type Column, fittedTable } from "./table.ts";
import { summaryText } from "./wiring.ts";

const COLUMNS: readonly Column[] = [
  { title: "DOMAIN", number: true },
  { title: "NAME" },
  { title: "DEVICES", number: true },
  { title: "CHANNELS", number: true },
  { title: "FAULTS", number: true },
  { title: "UNKNOWN", number: true },
  { title: "WORST" },
];

/** What counts as worse comes first. */
const WORST_FIRST: readonly Verdict[] = [
  "gone",
  "elsewhere",
  "shared",
  "invalid",
  "closed",
  "unbound",
  "stuck",
  "unwritten",
  "waiting",
  "unknown",
  "ok",
  "idle",
];

interface SummaryLayout {
  readonly palette: Palette;
  /** The columns of the terminal; undefined: there is none. */
  readonly width?: number;
  readonly faultsOnly?: boolean;
}

/** The table with a line for each domain, and the count of all channels, as lines. */
export function wiringSummary(wiring: HostWiring, { palette, width, faultsOnly = false }: SummaryLayout): string[] {
  const domains = summaries(wiring, faultsOnly);
  const last = faultsOnly && domains.length === 0 ? [] : [summaryText(wiring)];
  if (domains.length === 0) return last;
  const rows = (longest: number) =>
    domains.map((each) => [
      String(each.domain),
      shortLine(each.name ?? "", longest),
      String(each.device_count),
      String(each.channel_count),
      String(each.fault_count),
      String(each.unknown_count),
      each.verdict,
    ]);
  return [...fittedTable(COLUMNS, rows, palette, width), ...last];
}

/** A record for each domain, without its `op`. */
export function summaries({ domains }: HostWiring, faultsOnly: boolean): DomainSummaryRecord[] {
  return domains.map(summaryOf).filter(({ verdict }) => !faultsOnly || !isFine(verdict));
}

function summaryOf({ domain, name, channels, unread }: DomainWiring): DomainSummaryRecord {
  const verdicts = new Set(channels.map(({ verdict }) => verdict));
  if (unread !== undefined) verdicts.add("unknown");
  const unknown = channels.filter(({ verdict }) => verdict === "unknown").length;
  return {
    domain,
    name,
    device_count: new Set(channels.map(({ claim }) => claim.device)).size,
    channel_count: channels.length,
    fault_count: channels.filter(({ verdict }) => !isFine(verdict)).length - unknown,
    unknown_count: unknown,
    verdict: WORST_FIRST.find((verdict) => verdicts.has(verdict)) ?? "idle",
    reason: unread?.message,
  };
}

/** How many ports each domain uses, as a table and as records. @module */

import { domainName } from "../channel.ts";
import { type DomainPorts, USED } from "../inspect/summary.ts";
import type { ResultRecord } from "../records.ts";
import type { Palette } from "./human.ts";
import { shortLine } from "./line.ts";
import { type Column, fittedTable } from "./table.ts";

/** The part of its limit that a domain uses, percent. */
export function useOf({ used, limit, guess }: DomainPorts): number {
  return used / (limit ?? guess!) * 100;
}

/** @param percent From which use on a domain counts as over the limit; undefined: none does. */
export function isOver(ports: DomainPorts, percent: number | undefined): boolean {
  return percent !== undefined && useOf(ports) >= percent;
}

export function summaryRecord(ports: DomainPorts, percent: number | undefined): ResultRecord {
  const { domain, name, fate, used, counts, abi, limit, guess } = ports;
  return {
    op: "list-summary",
    domain,
    name,
    fate,
    port_count: used,
    unbound_count: counts.unbound,
    interdomain_count: counts.interdomain,
    virq_count: counts.virq,
    pirq_count: counts.pirq,
    ipi_count: counts.ipi,
    event_abi: abi,
    port_limit: limit,
    port_limit_guess: guess,
    over_limit: isOver(ports, percent) || undefined,
  };
}

const COLUMNS: readonly Column[] = [
  { title: "DOMAIN", number: true },
  { title: "NAME" },
  ...USED.map((state) => ({ title: state.toUpperCase(), number: true })),
  { title: "PORTS", number: true },
  { title: "LIMIT", number: true },
  { title: "USED", number: true },
  { title: "" },
];

/** Shown where one is known. */
const ABI: Column = { title: "ABI" };

/** The table as lines, the titles first. A limit that is a guess has a `?`. */
export function summaryTable(
  domains: readonly DomainPorts[],
  percent: number | undefined,
  palette: Palette,
  width: number | undefined,
): string[] {
  const withAbi = domains.some(({ abi }) => abi !== undefined);
  const columns = withAbi ? COLUMNS.toSpliced(-1, 0, ABI) : COLUMNS;
  const rows = (longest: number) =>
    domains.map((each) => {
      const { domain, name = "", fate, used, counts, abi, limit, guess } = each;
      const notes = [...fate === "dying" ? ["dying"] : [], ...isOver(each, percent) ? [`over ${percent}%`] : []];
      return [
        domainName(domain),
        shortLine(name, longest),
        ...USED.map((state) => String(counts[state])),
        String(used),
        limit === undefined ? `${guess}?` : String(limit),
        `${Math.floor(useOf(each))}%`,
        ...withAbi ? [abi ?? "-"] : [],
        notes.length === 0 ? "" : palette.warn(notes.join(", ")),
      ];
    });
  return fittedTable(columns, rows, palette, width);
}

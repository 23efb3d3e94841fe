/** The text of `lsevtchn DOMAIN` (tools/xcutils/lsevtchn.c). @module */

import { U32_MAX } from "../parse.ts";
import { DOMID_FIRST_RESERVED, type Port } from "../types.ts";
import type { PortStatus, TableEntry } from "../view/port_status.ts";

const LINE = /^ *(\d{1,10}): VCPU (\d{1,10}): (.{1,100})$/;

/** The ports in the text; lines that are none are skipped. */
export function parseLsevtchn(text: string): TableEntry[] {
  const entries: TableEntry[] = [];
  for (const line of text.split("\n")) {
    const entry = entryOf(line.slice(0, 200));
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

/** Whether a text has such lines. */
export function isLsevtchn(text: string): boolean {
  return entryOf(text.slice(0, 200).split("\n")[0]) !== undefined;
}

function entryOf(line: string): TableEntry | undefined {
  const [, port, vcpu, rest] = LINE.exec(line.trimEnd()) ?? [];
  if (port === undefined || Number(port) > U32_MAX || Number(vcpu) > U32_MAX) return undefined;
  const status = statusOf(rest, Number(vcpu));
  return status && { port: Number(port) as Port, ...status };
}

function statusOf(words: string, vcpu: number): PortStatus | undefined {
  if (words === "IPI") return { status: "ipi", vcpu };
  const [what] = /^\D+/.exec(words) ?? [];
  const numbers = (words.match(/\d{1,10}/g) ?? []).map(Number);
  if (numbers.some((number) => number > U32_MAX)) return undefined;
  const [first, second] = numbers;
  switch (what) {
    case "Interdomain (Waiting connection) - Remote Domain ":
      return isDomain(first) ? { status: "unbound", vcpu, remoteDomain: first } : undefined;
    case "Interdomain (Connected) - Remote Domain ":
      return isDomain(first) && second !== undefined
        ? { status: "interdomain", vcpu, remoteDomain: first, remotePort: second }
        : undefined;
    case "Physical IRQ ":
      return { status: "pirq", vcpu, pirq: first };
    case "Virtual IRQ ":
      return { status: "virq", vcpu, virq: first };
  }
}

const isDomain = (number: number | undefined) => number !== undefined && number <= DOMID_FIRST_RESERVED;

/** A domain's ports as lsevtchn prints them. */
export function* lsevtchnLines(entries: Iterable<TableEntry>): Generator<string, void> {
  for (const entry of entries) {
    const words = wordsOf(entry);
    if (words !== undefined) yield `${String(entry.port).padStart(4)}: VCPU ${entry.vcpu}: ${words}`;
  }
}

function wordsOf(entry: PortStatus): string | undefined {
  switch (entry.status) {
    case "unbound":
      return `Interdomain (Waiting connection) - Remote Domain ${entry.remoteDomain}`;
    case "interdomain":
      return `Interdomain (Connected) - Remote Domain ${entry.remoteDomain}, Port ${entry.remotePort}`;
    case "pirq":
      return `Physical IRQ ${entry.pirq}`;
    case "virq":
      return `Virtual IRQ ${entry.virq}`;
    case "ipi":
      return "IPI";
  }
}

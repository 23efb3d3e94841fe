/** The text of `xl list` (tools/xl/xl_info.c, list_domains). @module */

import { type Domid, DOMID_FIRST_RESERVED } from "../types.ts";
import type { XenDomain } from "../view/xen_control.ts";

const HEADING = /^Name +ID +Mem +VCPUs\s+State\s+Time\(s\)/;

/** What stands behind a name, which may be anything: id, MiB, vCPUs, state, seconds. */
const ROW = /^ +(\d{1,5}) +\d{1,20} +\d{1,10} +([-r][-b][-p][-s][-rscwS?][-d]) +\d{1,20}\.\d\s*$/;

/** The columns that a row takes behind its name, and some more for large numbers. */
const BEHIND_NAME = 80;

export function isXlList(text: string): boolean {
  return HEADING.test(text.slice(0, 200));
}

/** The domains, ascending. Undefined: the text is no list of them. */
export function parseXlList(text: string): XenDomain[] | undefined {
  const lines = text.split("\n");
  const heading = lines.findIndex((line) => HEADING.test(line.slice(0, 200)));
  if (heading < 0) return undefined;
  const found = new Map<Domid, XenDomain>();
  for (const line of lines.slice(heading + 1)) {
    const [, id, state] = ROW.exec(rowEnd(line)) ?? [];
    if (id === undefined || Number(id) >= DOMID_FIRST_RESERVED) continue;
    const [, , paused, shutdown, , dying] = state;
    found.set(Number(id), {
      domain: Number(id),
      dying: dying === "d",
      shutdown: shutdown === "s",
      paused: paused === "p",
    });
  }
  return [...found.values()].sort((a, b) => a.domain - b.domain);
}

/** The last five words of a row, each with the blanks before it. */
function rowEnd(line: string): string {
  return /(?: +\S+){5}\s*$/.exec(line.slice(-BEHIND_NAME))?.[0] ?? "";
}

/** The words that tell of a domain in a section `domains`. */
const FLAGS = ["dying", "shutdown", "paused"] as const;

/** The lines of a section `domains`, which `evtchn collect` writes in place of `xl list`: `5 dying paused vcpu=3`. */
export function* domainLines(domains: Iterable<XenDomain>): Generator<string, void> {
  for (const domain of domains) {
    const words = FLAGS.filter((flag) => domain[flag]);
    yield [domain.domain, ...words, ...domain.maxVcpu === undefined ? [] : [`vcpu=${domain.maxVcpu}`]].join(" ");
  }
}

export function parseDomainLines(text: string): XenDomain[] {
  const found: XenDomain[] = [];
  for (const line of text.split("\n")) {
    const [id, ...words] = line.slice(0, 100).split(" ");
    if (!/^\d{1,5}$/.test(id) || Number(id) >= DOMID_FIRST_RESERVED) continue;
    const [, vcpu] = /^vcpu=(\d{1,5})$/.exec(words.at(-1) ?? "") ?? [];
    found.push({
      domain: Number(id),
      dying: words.includes("dying"),
      shutdown: words.includes("shutdown"),
      paused: words.includes("paused"),
      ...vcpu === undefined ? undefined : { maxVcpu: Number(vcpu) },
    });
  }
  return found;
}

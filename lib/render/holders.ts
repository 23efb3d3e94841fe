/** Who holds the event-channel device, as text and as records. @module */

import type { HeldDomain, Holder, Holders } from "../inspect/holders.ts";
import type { ListedPort } from "../inspect/list.ts";
import type { HolderRecord, ResultRecord } from "../records.ts";
import { counted } from "./count.ts";
import { deviceText } from "./device.ts";
import type { Palette } from "./human.ts";
import { oneLine, shortLine } from "./line.ts";
import { inBrackets } from "./list.ts";
import { type Column, fittedTable } from "./table.ts";
import { utcTime } from "./time.ts";
import { wrapped } from "./wrap.ts";

/** The most processes and ports that a sentence names. */
const NAMED = 8;

export function* holderRecords({ domains, processes, ...seen }: Holders): Generator<ResultRecord, void> {
  const hidden = seen.hidden || seen.strangers.size > 0 || undefined;
  for (const { domain, name, fate, ports, holders, kernel } of domains) {
    const numbers = ports.map(({ port }) => port);
    yield {
      op: "holders-domain",
      domain,
      name,
      fate,
      ports: numbers,
      processes: holders.map(processFields),
      kernel,
      hidden,
    };
  }
  for (const each of processes) yield holderRecord(each);
}

function holderRecord(holder: Holder): HolderRecord {
  const { uid, since, handles, portsByName, session } = holder;
  return {
    op: "holders",
    ...processFields(holder),
    uid,
    since: since === undefined ? undefined : utcTime(since),
    handle_count: handles,
    name_port_count: portsByName,
    session: session?.socket,
    ports: session?.ports,
  };
}

/** A process as a member of a record. */
export function processFields({ pid, command }: { readonly pid: number; readonly command: string }) {
  return { pid, command };
}

/** A process as part of a sentence, as in `xenstored (412)`. */
export function processText({ pid, command }: { readonly pid: number; readonly command: string }): string {
  return `${shortLine(command)} (${pid})`;
}

const COLUMNS: readonly Column[] = [
  { title: "PID", number: true },
  { title: "COMMAND" },
  { title: "USER" },
  { title: "SINCE" },
  { title: "HANDLES", number: true },
  { title: "PORTS", number: true },
];

const SESSION: Column = { title: "SESSION" };

/** Lines without newlines: dead domains, those that were asked for, then a table of processes. */
export function holdersText(holders: Holders, palette: Palette, width?: number): string[] {
  const { domains, processes, strangers, hidden } = holders;
  const lines = domains.flatMap((each) => {
    const sentence = wrapped(domainLine(each, hidden || strangers.size > 0), width ?? Infinity);
    return sentence.map((line) => isDead(each) ? palette.warn(line) : line);
  });
  const inSessions = processes.some(({ session }) => session !== undefined);
  const rows = (longest: number) => processes.map((each) => cells(each, longest, inSessions));
  if (processes.length === 0 && domains.length === 0) lines.push("no process has the event-channel device open");
  if (processes.length > 0) {
    lines.push(...fittedTable(inSessions ? [...COLUMNS, SESSION] : COLUMNS, rows, palette, width));
  }
  for (const [name, count] of strangers) {
    lines.push(`${counted(count, "port")} bound by ${shortLine(name)}, as no process with the device is called now`);
  }
  return lines;
}

function cells(holder: Holder, longest: number, inSessions: boolean): string[] {
  const { pid, command, uid, since, handles, portsByName, namesakes, session } = holder;
  const ports = session?.ports?.length ?? portsByName;
  const among = session?.ports === undefined && namesakes > 1 && portsByName !== 0 ? ` among ${namesakes}` : "";
  const row = [
    String(pid),
    shortLine(command, longest),
    uid === undefined ? "?" : uid === 0 ? "root" : String(uid),
    since === undefined ? "?" : utcTime(since).replace(/\.\d+/, ""),
    String(handles),
    ports === undefined ? "?" : `${ports}${among}`,
  ];
  return inSessions ? [...row, session === undefined ? "" : oneLine(session.socket)] : row;
}

export function isDead({ fate }: HeldDomain): boolean {
  return fate === "dying" || fate === "gone";
}

/** As in `Domain 5 is gone, and port 31 here still waits for it: one of xenstored (412) and evtchn (1000) has it`. */
function domainLine(held: HeldDomain, incomplete: boolean): string {
  const { domain, name, fate, ports } = held;
  const who = `Domain ${domain}${inBrackets(name)}`;
  if (ports.length === 0) return `${who}${isDead(held) ? ` is ${fate}` : ""}: no port here is bound to it`;
  const several = ports.length > 1;
  const numbers = joined(ports.map(portText), "and");
  const what = `${several ? "ports" : "port"} ${numbers} here`;
  const how = isDead(held)
    ? ` is ${fate}, and ${what} ${several ? "are" : "is"} still bound to it`
    : `: ${what} ${several ? "are" : "is"} bound to it`;
  return `${who}${how}; ${heldBy(held, several, incomplete)}`;
}

function heldBy({ holders, kernel, kernelNames }: HeldDomain, several: boolean, incomplete: boolean): string {
  const names = holders.map(processText);
  if (kernel) {
    const own = kernelNames.length > 0
      ? ` as ${kernelNames.slice(0, NAMED).map((name) => shortLine(name)).join(", ")}`
      : "";
    names.push(`this kernel${own}`);
  }
  if (incomplete) names.push("a process that is not seen here");
  if (names.length === 0) return "nobody seen here has it";
  const it = several ? "them" : "it";
  if (names.length === 1) return `${names[0]} has ${it}`;
  return several ? `some of ${joined(names, "and")} have them` : `one of ${joined(names, "and")} has it`;
}

/** A port with its device, as in `31 (vif/0)`. */
function portText({ port, ...entry }: ListedPort): string {
  const { claims } = entry;
  return claims === undefined ? String(port) : `${port} (${deviceText(claims[0].device)})`;
}

/** As in `a, b and c`; those beyond the first few are counted. */
export function joined(words: readonly string[], and: "and" | "or"): string {
  const more = words.length - NAMED;
  const shown = more > 0 ? [...words.slice(0, NAMED), `${more} more`] : words;
  return shown.length === 1 ? shown[0] : `${shown.slice(0, -1).join(", ")} ${and} ${shown.at(-1)}`;
}

/** The wiring as a tree. @module */

import type { Domid } from "../types.ts";
import { type DomainWiring, handshakeOf, type HostWiring, isFine, type WiredChannel } from "../wiring/types.ts";
import type { Palette } from "./human.ts";
import { written } from "./ascii.ts";
import { deviceText } from "./device.ts";
import { handshakeText } from "./handshake.ts";
import { oneLine } from "./line.ts";
import { inBrackets } from "./list.ts";
import { leftOut, statesText, summaryText, verdictText, wireEnds } from "./wiring.ts";
import { columnsOf, cutTo, padTo } from "./width.ts";
import { wrapped } from "./wrap.ts";

export interface TreeLayout {
  readonly palette: Palette;
  /** Columns of the terminal; undefined: there is none, sentences are wrapped at 80 and nothing is cut. */
  readonly width?: number;
  readonly faultsOnly?: boolean;
}

/** A line of the tree. */
interface Row {
  readonly label: string;
  /** The prefix of its continuation lines. */
  readonly indent: string;
  readonly channel?: WiredChannel;
  /** The states of the device; empty on the lines of its channels. */
  readonly states: string;
  /** A line below it: who owes the next step of the device, or that nothing comes from it. */
  readonly note?: string;
}

/** Below a device to which binding its channels alone should have sent an event. */
const SILENT = "connected, and no event of the frontend was ever counted";

const WIDTH = 80;

/** The widest column of labels. */
const LABEL = 32;

/** Sentences are not wrapped to fewer columns than this. */
const NARROWEST = 24;

/**
 * The lines of the tree, without newlines; the last one counts the channels. Domains without channels are left out,
 * except a single one.
 */
export function* wiringTree(wiring: HostWiring, layout: TreeLayout): Generator<string, void> {
  const wanted = ({ verdict }: WiredChannel) => !layout.faultsOnly || !isFine(verdict);
  const alone = wiring.domains.length === 1 && !layout.faultsOnly;
  const columns = widthsOf(wiring, wanted, layout);
  let empty = true;
  for (const domain of wiring.domains) {
    const rows = rowsOf(domain, wanted);
    if (rows.length === 0 && !alone && domain.unread === undefined) continue;
    empty = false;
    const title = written(domainTitle(domain.domain, domain.name), layout.palette);
    yield layout.palette.strong(layout.width === undefined ? title : cutTo(title, layout.width));
    if (domain.unread !== undefined) yield* unreadLines(domain.unread.message, layout);
    for (const row of rows) yield* rowLines(row, columns, layout);
  }
  if (!empty || !layout.faultsOnly) yield summaryText(wiring);
}

function unreadLines(message: string, { palette, width = WIDTH }: TreeLayout): string[] {
  const indent = "   ";
  const sentence = wrapped(oneLine(`unknown: ${message}`), Math.max(NARROWEST, width - indent.length));
  return sentence.map((line) => indent + palette.warn(line));
}

/** The widths of all domains' columns. Rows are made twice: kept, those of a large host would take much memory. */
function widthsOf(
  { domains }: HostWiring,
  wanted: (channel: WiredChannel) => boolean,
  layout: TreeLayout,
): Columns {
  const columns = { label: 0, near: 0, far: 0, verdict: 0 };
  for (const domain of domains) {
    for (const { label, channel } of rowsOf(domain, wanted)) {
      columns.label = Math.max(columns.label, columnsOf(written(label, layout.palette)));
      if (channel === undefined) continue;
      const [near, far] = wireEnds(channel);
      columns.near = Math.max(columns.near, near.length);
      columns.far = Math.max(columns.far, far.length);
      columns.verdict = Math.max(columns.verdict, channel.verdict.length);
    }
  }
  return { ...columns, label: Math.min(LABEL, columns.label) };
}

/** As in `Domain 1 (web)`. */
export function domainTitle(domain: Domid, name: string | undefined): string {
  return `Domain ${domain}${inBrackets(name)}`;
}

/** A device with one channel is one row; others are one for the device and one for each channel. */
function rowsOf({ channels }: DomainWiring, wanted: (channel: WiredChannel) => boolean): Row[] {
  const devices = [...Map.groupBy(channels, ({ claim }) => claim.device)].map(([device, all]) => ({
    device,
    several: all.length > 1,
    shown: all.filter(wanted),
  })).filter(({ shown }) => shown.length > 0);
  return devices.flatMap(({ device, several, shown }, i): Row[] => {
    const [branch, trunk] = branches(i, devices.length);
    const states = statesText(shown[0]);
    const handshake = shown.map(handshakeOf).find((each) => each !== undefined);
    const note = handshake === undefined ? shown[0].silent && SILENT : handshakeText(device, handshake);
    const label = branch + deviceText(device);
    if (!several) return [{ label, indent: trunk, channel: shown[0], states, note }];
    const below = shown.map((channel, j): Row => {
      const [leaf, stem] = branches(j, shown.length);
      return { label: trunk + leaf + channel.claim.key, indent: trunk + stem, channel, states: "" };
    });
    const { cut } = shown[0].claim;
    const rest = cut === undefined ? "" : `${states === "" ? "" : "  "}${leftOut(cut, "more channel")}`;
    return [{ label, indent: `${trunk}│  `, states: states + rest, note }, ...below];
  });
}

/** The prefix of a line, and of its continuation lines. */
function branches(index: number, count: number): [own: string, next: string] {
  return index === count - 1 ? ["└─ ", "   "] : ["├─ ", "│  "];
}

interface Columns {
  readonly label: number;
  readonly near: number;
  readonly far: number;
  readonly verdict: number;
}

function rowLines({ label, indent, channel, states, note }: Row, columns: Columns, layout: TreeLayout): string[] {
  const { palette, width } = layout;
  const name = written(label, layout.palette);
  const aside = note === undefined ? [] : noteLines(indent, note, layout);
  if (channel === undefined) return [states === "" ? name : `${name}  ${palette.dim(states)}`, ...aside];
  const lines = isNarrow(columns, width)
    ? narrowLines(name, indent, channel, states, layout)
    : wideLines(name, indent, channel, states, columns, layout);
  lines.push(...aside);
  if (channel.reason !== undefined && !isFine(channel.verdict)) {
    const sentence = wrapped(oneLine(channel.reason), Math.max(NARROWEST, (width ?? WIDTH) - indent.length));
    lines.push(...sentence.map((line) => indent + palette.warn(line)));
  }
  return lines;
}

/** Wrapped, and cut where a text of xenstore has no blanks: none of it leaves its place below the device. */
function noteLines(indent: string, note: string, { palette, width = WIDTH }: TreeLayout): string[] {
  const room = Math.max(NARROWEST, width - indent.length);
  return wrapped(note, room).map((line) => indent + palette.warn(cutTo(line, room)));
}

/** Whether names, ends and verdicts do not fit one line of the terminal. */
function isNarrow({ label, near, far, verdict }: Columns, width: number | undefined): boolean {
  return width !== undefined && label + 2 + near + far + 2 + verdict > width;
}

function wideLines(
  label: string,
  indent: string,
  channel: WiredChannel,
  states: string,
  columns: Columns,
  { palette, width = WIDTH }: TreeLayout,
): string[] {
  const [near, far] = wireEnds(channel);
  const wide = `${padTo(label, columns.label)}  ${near.padEnd(columns.near)}${far.padEnd(columns.far)}`;
  const used = columnsOf(wide) + 2 + columns.verdict + 2 + states.length;
  const aside = states !== "" && used <= width;
  const verdict = verdictText(channel, palette, aside ? columns.verdict : 0);
  const lines = [`${wide}  ${verdict}${aside ? `  ${palette.dim(states)}` : ""}`];
  if (states !== "" && !aside) lines.push(`${indent}${palette.dim(states)}`);
  return lines;
}

/** The name, and below it the rest, as far as the terminal is wide. */
function narrowLines(
  label: string,
  indent: string,
  channel: WiredChannel,
  states: string,
  { palette, width = WIDTH }: TreeLayout,
): string[] {
  const name = cutTo(label, width);
  const aside = states !== "" && columnsOf(name) + 2 + states.length <= width;
  const [near, far] = wireEnds(channel);
  const lines = [aside ? `${name}  ${palette.dim(states)}` : name];
  if (states !== "" && !aside) lines.push(`${indent}${palette.dim(states)}`);
  const ends = `${indent}${near}${far}`;
  const verdict = verdictText(channel, palette);
  if (ends.length + 2 + channel.verdict.length <= width) return [...lines, `${ends}  ${verdict}`];
  return [...lines, ends, `${indent}${verdict}`];
}

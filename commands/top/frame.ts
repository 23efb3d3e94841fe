/** A live table as the lines of a screen, or as plain lines and records. @module */

import type { TopRecord } from "../../lib/records.ts";
import type { Order, TopRow } from "./table.ts";
import { counted } from "../../lib/render/count.ts";
import type { Palette } from "../../lib/render/human.ts";
import { written } from "../../lib/render/ascii.ts";
import { portNameText } from "../../lib/render/port_name.ts";
import { utcTime } from "../../lib/render/time.ts";
import { columnsOf, padTo, startOf } from "../../lib/render/width.ts";

/** What a screen shows. */
export interface TopView {
  readonly rows: readonly TopRow[];
  readonly order: Order;
  /** Milliseconds between two frames. */
  readonly interval: number;
  readonly paused: boolean;
  /** How often events were lost. */
  readonly overflows: number;
  /** The time of the frame: microseconds since 1970. */
  readonly now: number;
}

/** The size of a screen, in characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const GAP = "  ";

/** Levels of a sparkline: no event, then from few up to the highest rate shown. */
const LEVELS = "▁▂▃▄▅▆▇█";

/** A sparkline narrower than this is left out. */
const NARROWEST_LINE = 6;

/** The widest column for names, and the narrowest on a small screen. */
const [WIDEST_NAME, NARROWEST_NAME] = [16, 9];

/** The widest column for the names of domains and devices. */
const WIDEST_WHOSE = 24;

/** On fewer rows than this only ports are shown, without heading and footer. */
const ROWS_FOR_ALL = 4;

const PAUSED = " PAUSED";

/** Stands in the column of the port, which a device has not: the last that a narrow screen leaves out. */
const STORM = "STORM";

interface Column {
  readonly title: string;
  readonly width: number;
  readonly left?: boolean;
  readonly cell: (row: TopRow, now: number) => string;
}

/**
 * The lines of a screen, cut to its size. On a narrow screen the sparkline is dropped first, then the age of the last
 * event, then the total; then names are cut.
 */
export function topFrame(view: TopView, size: Size, palette: Palette): string[] {
  const { columns, line } = layout(view.rows, size.columns, palette);
  const head = fit([...columns.map(title), ...line > 0 ? ["LATELY".slice(0, line)] : []].join(GAP), size.columns);
  const room = size.rows >= ROWS_FOR_ALL ? size.rows - 3 : size.rows;
  const rows = view.rows.slice(0, room).map((row) => rowLine(row, view.now, columns, line, palette));
  if (size.rows < ROWS_FOR_ALL) return rows;
  const blank = Array.from({ length: room - rows.length }, () => "");
  const hidden = view.rows.length - rows.length;
  return [
    heading(view, size.columns, palette),
    palette.dim(head),
    ...rows,
    ...blank,
    footer(view, hidden, size, palette),
  ];
}

/** The columns that fit, and the width of the sparkline (0: none). */
function layout(rows: readonly TopRow[], width: number, palette: Palette): { columns: Column[]; line: number } {
  const longest = rows.reduce((most, { channel }) => Math.max(most, channel.length), 7);
  const name = Math.min(longest, WIDEST_NAME);
  const [port, rate, total, last] = [PORT, RATE, TOTAL, LAST];
  const whose = whoseColumn(rows, palette);
  const withNames = whose === undefined ? [] : [
    [port, named(name), whose, rate, total, last],
    [port, named(name), whose, rate, total],
    [port, named(name), whose, rate],
  ];
  const choices = [
    ...withNames,
    [port, named(name), rate, total, last],
    [port, named(name), rate, total],
    [port, named(name), rate],
    [port, named(Math.min(name, NARROWEST_NAME)), rate],
    [port, rate],
  ];
  const wide = (columns: readonly Column[]) =>
    columns.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length);
  const columns = choices.find((columns) => wide(columns) <= width) ?? [port];
  const rest = width - wide(columns) - GAP.length;
  return { columns, line: columns === choices[0] && rest >= NARROWEST_LINE ? rest : 0 };
}

const PORT: Column = {
  title: "PORT",
  width: 6,
  cell: ({ port, storm }) => storm ? STORM : port === undefined ? "" : String(port),
};
const RATE: Column = { title: "EVENTS/S", width: 8, cell: ({ rate }) => rateText(rate) };
const TOTAL: Column = { title: "TOTAL", width: 10, cell: ({ total }) => totalText(total) };
const LAST: Column = { title: "LAST", width: 6, cell: ({ last }, now) => ageText(last, now) };

/** Undefined: of no port anything is known. */
function whoseColumn(rows: readonly TopRow[], palette: Palette): Column | undefined {
  const text = ({ name }: TopRow) => written(portNameText(name, WIDEST_WHOSE), palette);
  const longest = rows.reduce((most, row) => Math.max(most, columnsOf(text(row))), 0);
  if (longest === 0) return undefined;
  return { title: "NAME", width: Math.min(WIDEST_WHOSE, Math.max(longest, 4)), left: true, cell: text };
}

function named(width: number): Column {
  return { title: "CHANNEL", width, left: true, cell: ({ channel }) => channel };
}

const pad = (text: string, { width, left }: Column) => left ? padTo(fit(text, width), width) : text.padStart(width);

const title = (column: Column) => pad(column.title, column);

function rowLine(row: TopRow, now: number, columns: readonly Column[], line: number, palette: Palette): string {
  const cells = columns.map((column) => {
    const text = pad(column.cell(row, now), column);
    if (column === PORT && row.storm) return palette.warn(text);
    if (column.left) return palette.strong(text);
    return column === LAST || (column === RATE && row.rate === 0) ? palette.dim(text) : text;
  });
  if (line > 0) cells.push(palette.strong(sparkline(row.history, line)));
  return cells.join(GAP).trimEnd();
}

/** The newest rates that fit, each as a bar relative to the highest of them. */
export function sparkline(history: readonly number[], width: number): string {
  const rates = history.slice(-width);
  const most = Math.max(...rates);
  const bars = rates.map((rate) => LEVELS[rate === 0 ? 0 : Math.ceil(rate / most * (LEVELS.length - 1))]).join("");
  return bars.padStart(width);
}

function heading({ rows, interval, paused, order }: TopView, width: number, palette: Palette): string {
  const rate = rows.reduce((sum, row) => sum + row.rate, 0);
  const ports = rows.filter(({ port }) => port !== undefined).length;
  const devices = rows.length - ports;
  const words = [
    "evtchn top",
    ...devices === 0 || ports > 0 ? [counted(ports, "port")] : [],
    ...devices > 0 ? [counted(devices, "device")] : [],
    `${rateText(rate)} events/s`,
    `every ${interval / 1000} s`,
    `by ${order.key}${order.reversed ? " reversed" : ""}`,
  ];
  const state = paused && width > 2 * PAUSED.length ? PAUSED : "";
  return fitWords(words, width - state.length) + (state === "" ? "" : palette.warn(state));
}

function footer({ rows, overflows }: TopView, hidden: number, { columns }: Size, palette: Palette): string {
  if (overflows > 0) {
    const times = overflows === 1 ? "once" : `${overflows} times`;
    return palette.warn(fit(`events were lost: the ring overflowed ${times}`, columns));
  }
  const storms = rows.filter(({ storm }) => storm);
  if (storms.length > 0) {
    const others = storms.length === 1 ? "" : ` and ${storms.length - 1} more`;
    const text = `storm: ${
      storms[0].channel
    }${others}: the kernel makes its events wait, as of a rogue other end (XSA-332)`;
    return palette.warn(fit(text, columns));
  }
  const more = hidden > 0 ? [`${hidden} more`] : [];
  return palette.dim(fitWords([...more, "q quit", "r t l p sort", "space pause", "+ - interval"], columns));
}

/** The first words, as many as fit. */
function fitWords(words: readonly string[], width: number): string {
  let text = fit(words[0], width);
  for (const word of words.slice(1)) {
    if (text.length + GAP.length + word.length > width) break;
    text += GAP + word;
  }
  return text;
}

/** A text cut to the width; a cut ends in `~`. */
function fit(text: string, width: number): string {
  return columnsOf(text) <= width ? text : width < 1 ? "" : `${startOf(text, width - 1)}~`;
}

/** Events a second, in at most 8 characters. */
function rateText(rate: number): string {
  return rate >= 1e7 ? `${(rate / 1e6).toFixed(1)}M` : rate >= 1e5 ? rate.toFixed(0) : rate.toFixed(1);
}

/** A count, in at most 10 characters. */
function totalText(total: number): string {
  return total < 1e10 ? String(total) : `${(total / 1e9).toFixed(1)}G`;
}

/** How long ago, in at most 6 characters. */
function ageText(last: number | undefined, now: number): string {
  if (last === undefined) return "-";
  const seconds = Math.max(0, now - last) / 1e6;
  if (seconds < 100) return `${seconds.toFixed(1)}s`;
  if (seconds < 6000) return `${Math.floor(seconds / 60)}m`;
  return seconds < 360_000 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

/** A port as a line, without its newline. */
export function topText(row: TopRow, now: number, palette: Palette): string {
  const { port, channel, name, rate, total, last, storm } = row;
  const words = port === undefined ? [] : [`port ${port}`];
  if (channel !== String(port)) words.push(palette.strong(channel));
  words.push(`${rate.toFixed(1)}/s`, `total ${total}`, `last ${ageText(last, now)}`);
  const whose = portNameText(name);
  if (whose !== "") words.push(whose);
  if (storm) words.push(palette.warn(STORM));
  return `${palette.dim(utcTime(now))}  ${words.join(GAP)}`;
}

export function topRecord(row: TopRow, now: number): TopRecord {
  const { port, channel, name, rate, total, last, device } = row;
  const time = utcTime(now);
  if (port === undefined) {
    return { op: "top-device", ...device!, total, last: last === undefined ? null : utcTime(last) };
  }
  return {
    op: "top",
    time,
    port,
    channel,
    rate_per_s: Math.round(rate * 1000) / 1000,
    total,
    last: last === undefined ? null : utcTime(last),
    ...name,
  };
}

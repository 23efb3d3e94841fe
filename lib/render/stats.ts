/** What the kernel counts of its devices, as text and as records. @module */

import type { ChannelInterrupt, Interrupts } from "../inspect/interrupts.ts";
import {
  countersOf,
  type DeviceStats,
  type HostStats,
  isSilent,
  isUncounted,
  onlyProcessor,
  type SharedInterrupts,
} from "../inspect/stats.ts";
import { type Gain, gainsBetween, interruptsGained, isStorm } from "../inspect/stats_rates.ts";
import type { DeviceStatsRecord, StatsRecord } from "../records.ts";
import { diskName } from "../wiring/disks.ts";
import { counted } from "./count.ts";
import { deviceText } from "./device.ts";
import type { Palette } from "./human.ts";
import { shortLine } from "./line.ts";
import { inBrackets } from "./list.ts";
import { type Column, fittedTable } from "./table.ts";
import { utcTime } from "./time.ts";

/** How interrupts are spread over processors. */
const SPREAD = "let irqbalance run, or write processors to /proc/irq/N/smp_affinity_list";

/** How many devices that share a name are named in a line. */
const NAMED_SHARERS = 3;

const UNKNOWN = "-";

export interface StatsLayout {
  readonly palette: Palette;
  /** The columns of the terminal; undefined: there is none. */
  readonly width: number | undefined;
}

/**
 * The table and what is to be said below it, as lines.
 *
 * @param before The look that began the interval; undefined: the counters are shown as they are.
 */
export function statsLines(now: HostStats, before: HostStats | undefined, { palette, width }: StatsLayout): string[] {
  const gains = before && gainsBetween(before, now);
  const notes = new Map(now.devices.map((device) => [device, noteOf(device, gains?.get(device.path))]));
  const columns = columnsFor(before !== undefined, [...notes.values()].some((note) => note !== ""));
  const earlier = before && new Map(before.interrupts?.channels.map((each) => [`${each.irq} ${each.name}`, each]));
  const seconds = before && Math.max((now.at - before.at) / 1000, 1e-6);
  const interruptsText = (each: ChannelInterrupt) => {
    if (seconds === undefined) return String(sum(each.counts));
    const gained = interruptsGained(earlier?.get(`${each.irq} ${each.name}`), each, seconds);
    return gained === undefined ? UNKNOWN : (gained / seconds).toFixed(1);
  };
  const rows = (longest: number) =>
    now.devices.flatMap((device) => {
      const first = deviceRow(device, gains?.get(device.path), now, notes.get(device)!, longest);
      const queues = device.queues.filter(({ queue }) => queue !== "").map((each) => [
        `  ${each.queue}`,
        ...["", "", "", interruptsText(each), "", "", processorsText([each], now.interrupts), ""],
      ]);
      return [first, ...queues].map((row) => row.slice(0, columns.length));
    });
  return [
    ...now.devices.length === 0 ? ["no device"] : fittedTable(columns, rows, palette, width),
    ...now.shared.map((each) => sharedText(each, now)),
    ...processorText(now, before),
  ];
}

function columnsFor(rates: boolean, notes: boolean): Column[] {
  const per = rates ? "/S" : "";
  return [
    { title: "DEVICE" },
    { title: "END" },
    { title: "OTHER END" },
    { title: "PORTS", number: true },
    { title: `EVENTS${per}`, number: true },
    { title: `SPURIOUS${per}`, number: true },
    { title: "EOI DELAYED", number: true },
    { title: "CPU" },
    ...notes ? [{ title: "NOTE" }] : [],
  ];
}

function deviceRow(
  device: DeviceStats,
  gain: Gain | undefined,
  { hz, interrupts }: HostStats,
  note: string,
  longest: number,
): string[] {
  const { other, otherName } = device;
  const counters = isUncounted(device) ? undefined : countersOf(device);
  const shown = counters === undefined
    ? [UNKNOWN, UNKNOWN, UNKNOWN]
    : gain === undefined
    ? [String(counters.events), String(counters.spurious), delayText(counters.delayedJiffies, hz)]
    : [
      rateText(gain.events, gain),
      rateText(gain.spurious, gain),
      `${delayText(gain.delayedJiffies / gain.seconds, hz)}/s`,
    ];
  return [
    deviceText(device.device, longest),
    device.end,
    other === undefined ? UNKNOWN : `${other}${inBrackets(otherName, longest)}`,
    counters === undefined ? UNKNOWN : String(counters.channels),
    ...shown,
    processorsText(device.queues, interrupts),
    note,
  ];
}

/** What stands out about a device; empty for nothing. */
function noteOf(device: DeviceStats, gain: Gain | undefined): string {
  if (gain?.anew) return "new";
  if (gain !== undefined && isStorm(gain)) return "storm";
  return isSilent(device) ? "silent" : "";
}

/** For how long, as in `12 ms`; in jiffies where their length is not known. */
function delayText(jiffies: number, hz: number | undefined): string {
  if (jiffies === 0) return "0 ms";
  return hz === undefined ? `${round(jiffies)} jiffies` : `${round(jiffies * 1000 / hz)} ms`;
}

const round = (value: number) => Number.isInteger(value) ? String(value) : value.toFixed(1);

const rateText = (gained: number, { seconds }: Gain) => (gained / seconds).toFixed(1);

/** The processors that took any of some interrupts, as in `0-3, 7`. */
function processorsText(some: readonly ChannelInterrupt[], interrupts: Interrupts | undefined): string {
  const used = (interrupts?.processors ?? []).filter((_, i) => some.some(({ counts }) => counts[i] > 0));
  const runs: [first: number, last: number][] = [];
  for (const processor of used) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === processor - 1) run[1] = processor;
    else runs.push([processor, processor]);
  }
  return runs.map(([first, last]) => first === last ? first : `${first}-${last}`).join(", ") || UNKNOWN;
}

function sharedText({ name, devices, interrupts }: SharedInterrupts, { interrupts: all }: HostStats): string {
  const total = interrupts.reduce((total, { counts }) => total + sum(counts), 0);
  const named = devices.slice(0, NAMED_SHARERS).map(whoseText);
  const more = devices.length - named.length;
  const whose = `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  return `${counted(total, "interrupt")} "${shortLine(name)}" on CPU ${
    processorsText(interrupts, all)
  }, of ${whose}: ` +
    "the kernel does not tell which is whose";
}

function whoseText({ device, frontend }: { readonly device: string; readonly frontend: number | undefined }): string {
  return shortLine(device) + (frontend === undefined ? "" : ` of domain ${frontend}`);
}

function processorText(now: HostStats, before: HostStats | undefined): string[] {
  const only = onlyProcessor(now, before);
  if (only === undefined) return [];
  const { length } = now.interrupts!.processors;
  const idle = length === 2 ? "the other takes none" : `the other ${length - 1} take none`;
  return [`CPU ${only} takes every interrupt of this kernel's channels, and ${idle}: ${SPREAD}`];
}

/** The records of one look, or of the interval since the look before. */
export function* statsRecords(
  now: HostStats,
  before: HostStats | undefined,
): Generator<StatsRecord, void> {
  const gains = before && gainsBetween(before, now);
  for (const device of now.devices) {
    yield { op: "stats", ...deviceRecord(device, now, gains?.get(device.path)) };
  }
  for (const { name, devices, interrupts } of now.shared) {
    yield {
      op: "stats",
      interrupt: name,
      interrupts: interrupts.reduce((total, { counts }) => total + sum(counts), 0),
      sharers: devices.map(({ device, frontend }) => ({ device, device_domain: frontend })),
    };
  }
  const only = onlyProcessor(now, before);
  if (only !== undefined) {
    yield { op: "stats", cpu: only, cpu_count: now.interrupts!.processors.length, hint: SPREAD };
  }
}

/** One device as members of a record. */
export function deviceRecord(
  device: DeviceStats,
  { time, hz, interrupts }: HostStats,
  gain: Gain | undefined,
): DeviceStatsRecord {
  return {
    time: utcTime(time),
    device: device.device,
    device_name: diskName(device.device),
    device_domain: device.frontend,
    end: device.end,
    remote_domain: device.other,
    remote_name: device.otherName,
    ...counterFields(device, hz),
    ...gain === undefined ? undefined : gainFields(gain, hz),
    queues: device.queues.map(({ irq, name, counts }) => ({
      irq,
      interrupt: name,
      interrupts: sum(counts),
      cpus: (interrupts?.processors ?? []).flatMap((cpu, i) => counts[i] > 0 ? [{ cpu, interrupts: counts[i] }] : []),
    })),
  };
}

function counterFields(device: DeviceStats, hz: number | undefined): Partial<DeviceStatsRecord> {
  const counters = countersOf(device);
  if (counters === undefined) return {};
  return {
    event_channels: counters.channels,
    events: counters.events,
    spurious_events: counters.spurious,
    eoi_delayed_jiffies: counters.delayedJiffies,
    eoi_delayed_ms: milliseconds(counters.delayedJiffies, hz),
    uncounted: isUncounted(device) || undefined,
    silent: isSilent(device) || undefined,
  };
}

function gainFields(gain: Gain, hz: number | undefined): Partial<DeviceStatsRecord> {
  const { seconds, events, spurious, delayedJiffies } = gain;
  const delayed = milliseconds(delayedJiffies, hz);
  return {
    rate_per_s: thousandths(events / seconds),
    spurious_per_s: thousandths(spurious / seconds),
    eoi_delayed_ms_per_s: delayed === undefined ? undefined : thousandths(delayed / seconds),
    storm: isStorm(gain) && !gain.anew || undefined,
    anew: gain.anew || undefined,
  };
}

function milliseconds(jiffies: number, hz: number | undefined): number | undefined {
  return jiffies === 0 ? 0 : hz === undefined ? undefined : thousandths(jiffies * 1000 / hz);
}

const thousandths = (value: number) => Math.round(value * 1000) / 1000;

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

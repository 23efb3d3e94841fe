/** A host in the text format of Prometheus: one family of metrics after the other. @module */

import type { Holders } from "../inspect/holders.ts";
import type { HostMetrics } from "../inspect/metrics.ts";
import { countersOf, type HostStats, isUncounted } from "../inspect/stats.ts";
import { type DomainPorts, USED } from "../inspect/summary.ts";
import type { Domid } from "../types.ts";
import { kindOf } from "../wiring/handshake.ts";
import { handshakeOf, type HostWiring, isFine } from "../wiring/types.ts";
import { shortLine } from "./line.ts";

/** What Prometheus calls this format. */
export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The most series of a family: of one domain, so that no guest crowds out the others, and of all. */
export interface Cap {
  readonly domain: number;
  readonly all: number;
}

export const CAP: Cap = { domain: 200, all: 10_000 };

/** For how long devices have been seen to wait. */
export interface Waits {
  /** Seconds. Those that are not asked about in a look no longer wait. */
  seconds(labels: string): number;
}

type Type = "gauge" | "counter" | "summary";

type Labels = Readonly<Record<string, string>>;

/** One family. Series whose labels are the same once they are cut are one. */
class Family {
  readonly #series = new Map<string, number>();
  readonly #ofDomain = new Map<string, number>();
  readonly #dropped = new Set<string>();

  constructor(
    readonly name: string,
    private readonly type: Type,
    private readonly help: string,
    private readonly cap: Cap,
    private readonly merge: (a: number, b: number) => number = (a, b) => a + b,
  ) {}

  /** @param value Given the labels as they are written. */
  add(labels: Labels, value: number | ((labels: string) => number)): void {
    const text = labelText(labels);
    const before = this.#series.get(text);
    const owner = labels.domain ?? "";
    const owned = this.#ofDomain.get(owner) ?? 0;
    if (before === undefined) {
      if (owned >= this.cap.domain || this.#series.size >= this.cap.all) return void this.#dropped.add(text);
      this.#ofDomain.set(owner, owned + 1);
    }
    const found = typeof value === "number" ? value : value(text);
    this.#series.set(text, before === undefined ? found : this.merge(before, found));
  }

  get dropped(): number {
    return this.#dropped.size;
  }

  get text(): string {
    if (this.#series.size === 0) return "";
    const heading = `# HELP ${this.name} ${this.help}\n# TYPE ${this.name} ${this.type}\n`;
    return heading + [...this.#series].map(([labels, value]) => `${this.name}${labels} ${value}\n`).join("");
  }
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${quotable(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** A label's value, cut and made visible as in tables, and then escaped as the format wants it. */
function quotable(value: string): string {
  return shortLine(value).replace(/[\\"\n]/g, (character) => character === "\n" ? "\\n" : `\\${character}`);
}

/**
 * The label of each domain: its name, else its number. Of several that would have the same each gets its number behind
 * the name.
 */
export function domainLabels(domains: ReadonlyMap<Domid, string | undefined>): Map<Domid, string> {
  const labels = new Map([...domains].map(([domain, name]) => [domain, shortLine(name || String(domain))]));
  const numbered = new Set<Domid>();
  for (;;) { // what ends in its own number is no other's; so each turn numbers one more
    const same = [...Map.groupBy(labels.keys(), (domain) => labels.get(domain)!).values()]
      .filter((each) => each.length > 1).flat().filter((domain) => !numbered.has(domain));
    if (same.length === 0) return labels;
    for (const domain of same) {
      numbered.add(domain);
      labels.set(domain, `${shortLine(labels.get(domain)!, NAME)} (${domain})`);
    }
  }
}

/** Columns of a name that has a number behind it, so that the label is not cut again. */
const NAME = 24;

/**
 * The text, which ends in a newline.
 *
 * @param waits Since when devices have waited. Undefined: since this look.
 */
export function metricsText(metrics: HostMetrics, waits?: Waits, cap = CAP): string {
  const labels = domainLabels(metrics.domains);
  const nameOf = (domain: Domid) => labels.get(domain) ?? String(domain);
  const make: Make = (name, type, help, merge) => {
    const made = new Family(name, type, help, cap, merge);
    families.push(made);
    return made;
  };
  const families: Family[] = [];
  const { sources, ports, wiring, stuck, holders, stats, interrupts, ping } = metrics;
  if (ports !== undefined) addPorts(make, ports, nameOf);
  if (stuck !== undefined) {
    const family = make("xen_evtchn_stuck_ports", "gauge", "Ports at which an event waits and nobody takes it.");
    for (const [domain, count] of stuck) family.add({ domain: nameOf(domain) }, count);
  }
  if (holders !== undefined) addHolders(make, holders);
  if (interrupts !== undefined) {
    const family = make(
      "xen_evtchn_interrupts_total",
      "counter",
      "Events that each processor took of the channels bound now.",
    );
    for (const [i, cpu] of interrupts.processors.entries()) {
      family.add({ cpu: String(cpu) }, interrupts.channels.reduce((sum, { counts }) => sum + counts[i], 0));
    }
  }
  if (ping !== undefined) {
    const family = make("xen_evtchn_ping_seconds", "summary", "Round trips of an event through Xen and back.");
    for (const [quantile, seconds] of ping) family.add({ quantile: String(quantile) }, seconds);
  }
  if (wiring !== undefined) addWiring(make, wiring, nameOf, waits);
  if (stats !== undefined) addCounters(make, stats, nameOf);
  const info = make("xen_domain_info", "gauge", "The domain's number.");
  for (const domain of metrics.domains.keys()) info.add({ domain: nameOf(domain), domid: String(domain) }, 1);
  const up = make("xen_evtchn_source_up", "gauge", "Whether the source answered, wholly.");
  for (const [source, isUp] of sources) up.add({ source }, Number(isUp));
  const capped = [...families];
  const dropped = make("xen_evtchn_series_dropped", "gauge", "Series that are left out, because there are too many.");
  for (const { name, dropped: count } of capped) dropped.add({ family: name }, count);
  return families.map(({ text }) => text).join("");
}

type Make = (
  name: string,
  type: Type,
  help: string,
  merge?: (a: number, b: number) => number,
) => Family;

type NameOf = (domain: Domid) => string;

function addPorts(make: Make, ports: readonly DomainPorts[], nameOf: NameOf): void {
  const states = make("xen_evtchn_ports", "gauge", "Ports in use, by state.");
  const limits = make(
    "xen_evtchn_ports_limit",
    "gauge",
    "How many ports the domain may use: as far as Xen tells, else the usual limit.",
  );
  for (const { domain, counts, limit, guess } of ports) {
    for (const state of USED) states.add({ domain: nameOf(domain), state }, counts[state]);
    const most = limit ?? guess;
    if (most !== undefined) limits.add({ domain: nameOf(domain) }, most);
  }
}

function addHolders(make: Make, { processes, domains, unseen }: Holders): void {
  const handles = make("xen_evtchn_handles", "gauge", "Handles of the event-channel device, by process name.");
  for (const process of processes) handles.add({ command: process.command }, process.handles);
  if (unseen !== undefined) return;
  const dead = domains.filter(({ fate }) => fate === "dying" || fate === "gone");
  make("xen_evtchn_dying_domain_ports", "gauge", "Ports here that are still bound to domains that are dying or gone.")
    .add({}, dead.reduce((sum, { ports }) => sum + ports.length, 0));
}

function addWiring(make: Make, { domains }: HostWiring, nameOf: NameOf, waits: Waits | undefined): void {
  const channels = make("xen_wiring_channels", "gauge", "Channels of devices, by what is to be said of them.");
  const faults = make("xen_wiring_fault", "gauge", "1 for each device that has such a fault.", Math.max);
  const waiting = make(
    "xen_wiring_waiting_seconds",
    "gauge",
    "How long a device has been seen to wait for a step of its handshake.",
    Math.max,
  );
  for (const { channels: wired } of domains) {
    for (const channel of wired) {
      const { claim: { domain, device }, verdict } = channel;
      channels.add({ domain: nameOf(domain), kind: kindOf(device), verdict }, 1);
      if (isFine(verdict) || verdict === "unknown") continue;
      faults.add({ domain: nameOf(domain), device, verdict }, 1);
      if (handshakeOf(channel) === undefined) continue;
      waiting.add({ domain: nameOf(domain), device }, (labels) => waits?.seconds(labels) ?? 0);
    }
  }
}

function addCounters(make: Make, { devices, hz }: HostStats, nameOf: NameOf): void {
  const counted = devices.flatMap((device) => {
    const counters = countersOf(device);
    return counters === undefined ? [] : [{ ...device, counters }];
  });
  if (counted.length === 0 && devices.length > 0) return; // the kernel does not count
  const sum = (of: "events" | "spurious") => counted.reduce((sum, { counters }) => sum + counters[of], 0);
  make("xen_xenbus_events_total", "counter", "Events of the devices that there are now.").add({}, sum("events"));
  make("xen_xenbus_spurious_events_total", "counter", "Those of them in which the driver found no work.")
    .add({}, sum("spurious"));
  const delayed = make(
    "xen_xenbus_eoi_delayed_seconds_total",
    "counter",
    "For how long the kernel kept a device's channels masked, because of events without work.",
  );
  for (const each of counted) {
    const { other, device, counters: { delayedJiffies } } = each;
    if (isUncounted(each)) continue;
    const seconds = delayedJiffies === 0 ? 0 : hz && delayedJiffies / hz;
    if (seconds === undefined) continue;
    delayed.add({ ...other !== undefined && { domain: nameOf(other) }, device }, seconds);
  }
}

const WAITING = /^xen_wiring_waiting_seconds(\{.*\}) ([0-9.]+)$/;

/** Remembers from look to look since when devices wait: by the labels of their series. */
export class RememberedWaits {
  #since = new Map<string, number>();
  #next = new Map<string, number>();

  /** Takes up what an earlier run wrote, if that was not long ago. `now` in seconds since 1970. */
  static from(text: string, now: number): RememberedWaits {
    const waits = new RememberedWaits();
    const lines = text.split("\n");
    const written = Number(lines.map((line) => LOOKED.exec(line)?.[1]).find((each) => each !== undefined));
    if (!(written <= now && now - written <= LONGEST_GAP)) return waits;
    for (const line of lines) {
      const [, labels, seconds] = WAITING.exec(line) ?? [];
      if (labels !== undefined) waits.#since.set(labels, written - Number(seconds));
    }
    return waits;
  }

  /** Begins a look. */
  at(now: number): Waits {
    this.#next = new Map();
    return {
      seconds: (labels) => {
        const since = Math.min(this.#since.get(labels) ?? now, now); // the clock may have been set back
        this.#next.set(labels, since);
        return Math.round((now - since) * 1000) / 1000;
      },
    };
  }

  /** Ends a look. What did not wait in it is forgotten. */
  looked(): void {
    this.#since = this.#next;
  }
}

/** Seconds after which nobody can say what has been in between. */
const LONGEST_GAP = 600;

const LOOKED = /^# evtchn looked at ([0-9]{1,12}(?:\.[0-9]{1,6})?)$/;

/** The line that tells a later run when this one looked: seconds since 1970. Prometheus passes over it. */
export function lookedAt(now: number): string {
  return `# evtchn looked at ${now}\n`;
}

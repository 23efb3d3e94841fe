/** The text for Prometheus: one family after the other, whatever guests write. */
import { assertEquals } from "@std/assert";
import type { HostMetrics } from "../../lib/inspect/metrics.ts";
import { domainLabels, lookedAt, metricsText, RememberedWaits } from "../../lib/render/metrics.ts";
import type { Verdict, WiredChannel } from "../../lib/wiring/types.ts";
import { test } from "../support/test.ts";

const NOTHING: HostMetrics = { sources: new Map(), domains: new Map() };

/** The lines that are no comments, without the count of series that are left out. */
const series = (
  metrics: Partial<HostMetrics>,
  ...rest: [waits?: Parameters<typeof metricsText>[1], cap?: Parameters<typeof metricsText>[2]]
) =>
  metricsText({ ...NOTHING, ...metrics }, ...rest).split("\n")
    .filter((line) => line !== "" && !line.startsWith("#") && !/^xen_evtchn_series_dropped\{.*\} 0$/.test(line));

function channel(domain: number, device: string, verdict: Verdict): WiredChannel {
  const handshake = { owes: "backend", step: "Connected" } as const;
  return { claim: { domain, device, key: "event-channel", handshake }, verdict };
}

const wired = (...channels: WiredChannel[]): Partial<HostMetrics> => {
  const domains = [...Map.groupBy(channels, ({ claim }) => claim.domain)]
    .map(([domain, channels]) => ({ domain, channels }));
  return { wiring: { domains, names: new Map() }, domains: new Map([[1, "web"], [2, "db"]]) };
};

const INFO = ['xen_domain_info{domain="web",domid="1"} 1', 'xen_domain_info{domain="db",domid="2"} 1'];

test("a domain is named, else numbered; those that would have one label have their numbers too", () => {
  const labels = (...names: (string | undefined)[]) => [...domainLabels(new Map(names.entries())).values()];
  assertEquals(labels("a", undefined, ""), ["a", "1", "2"]);
  assertEquals(labels("web", "web", "db"), ["web (0)", "web (1)", "db"]);
  assertEquals(labels("web", "web", "web (1)"), ["web (0)", "web (1)", "web (1) (2)"]);
  assertEquals(labels(undefined, "0"), ["0 (0)", "0 (1)"]);
  const long = "x".repeat(50);
  assertEquals(labels(`${long}a`, `${long}b`), [`${"x".repeat(24)}... (0)`, `${"x".repeat(24)}... (1)`]);
});

test("each family has its help and type before its series", () => {
  assertEquals(
    metricsText({ ...NOTHING, sources: new Map([["xen", true], ["xenstore", false]]) }),
    `\
# HELP xen_evtchn_source_up Whether the source answered, wholly.
# TYPE xen_evtchn_source_up gauge
xen_evtchn_source_up{source="xen"} 1
xen_evtchn_source_up{source="xenstore"} 0
# HELP xen_evtchn_series_dropped Series that are left out, because there are too many.
# TYPE xen_evtchn_series_dropped gauge
xen_evtchn_series_dropped{family="xen_domain_info"} 0
xen_evtchn_series_dropped{family="xen_evtchn_source_up"} 0
`,
  );
});

test("channels are counted by verdict; faults alone are named, with what waits, and unknown ones are no faults", () => {
  const found = wired(
    channel(1, "vif/0", "ok"),
    channel(1, "vif/0", "unbound"),
    channel(1, "vif/1", "waiting"),
    channel(1, "vif/1", "waiting"),
    channel(2, "vbd/1", "idle"),
    channel(2, "vbd/2", "unknown"),
  );
  assertEquals(series(found, { seconds: (labels) => labels === '{domain="web",device="vif/1"}' ? 7.5 : -1 }), [
    'xen_wiring_channels{domain="web",kind="vif",verdict="ok"} 1',
    'xen_wiring_channels{domain="web",kind="vif",verdict="unbound"} 1',
    'xen_wiring_channels{domain="web",kind="vif",verdict="waiting"} 2',
    'xen_wiring_channels{domain="db",kind="vbd",verdict="idle"} 1',
    'xen_wiring_channels{domain="db",kind="vbd",verdict="unknown"} 1',
    'xen_wiring_fault{domain="web",device="vif/0",verdict="unbound"} 1',
    'xen_wiring_fault{domain="web",device="vif/1",verdict="waiting"} 1',
    'xen_wiring_waiting_seconds{domain="web",device="vif/1"} 7.5',
    ...INFO,
  ]);
});

test("what guests and processes write is cut and escaped, and never makes a line of its own", () => {
  const hostile = 'v"\\\n\x1b[2J\u202e';
  const [fault] = series(wired(channel(1, hostile, "closed"))).filter((line) => line.startsWith("xen_wiring_fault"));
  assertEquals(fault, 'xen_wiring_fault{domain="web",device="v\\"\\\\\\\\n\\\\x1b[2J\\\\u202e",verdict="closed"} 1');
  const name = 'x"} 1\nxen_evtchn_source_up{source="xen';
  assertEquals(series({ domains: new Map([[1, name]]) }), [
    'xen_domain_info{domain="x\\"} 1\\\\nxen_evtchn_source_up{source=\\"xen",domid="1"} 1',
  ]);
});

test("devices whose names are the same once they are cut are one series", () => {
  const long = `vif/${"9".repeat(60)}`;
  const lines = series(wired(channel(1, `${long}1`, "closed"), channel(1, `${long}2`, "closed")));
  assertEquals(lines.filter((line) => /fault|channels/.test(line)), [
    'xen_wiring_channels{domain="web",kind="vif",verdict="closed"} 2',
    `xen_wiring_fault{domain="web",device="vif/${"9".repeat(36)}...",verdict="closed"} 1`,
  ]);
});

test("a guest with many faulty devices fills no more than its own share, and what is left out is counted", () => {
  const many = Array.from({ length: 9 }, (_, i) => channel(1, `vif/${i}`, "closed"));
  const found = wired(...many, ...many, channel(2, "vif/0", "closed"));
  const faults = (cap: { domain: number; all: number }) =>
    series(found, undefined, cap).filter((line) => /fault|dropped/.test(line));
  assertEquals(faults({ domain: 2, all: 100 }), [
    'xen_wiring_fault{domain="web",device="vif/0",verdict="closed"} 1',
    'xen_wiring_fault{domain="web",device="vif/1",verdict="closed"} 1',
    'xen_wiring_fault{domain="db",device="vif/0",verdict="closed"} 1',
    'xen_evtchn_series_dropped{family="xen_wiring_fault"} 7',
  ]);
  assertEquals(faults({ domain: 100, all: 9 }).at(-1), 'xen_evtchn_series_dropped{family="xen_wiring_fault"} 1');
});

test("a delay that cannot be told in seconds is left out, and one of no jiffies is 0 in any unit", () => {
  const device = (device: string, delayedJiffies: number) => ({
    end: "backend" as const,
    device,
    frontend: 1,
    path: "",
    interfaces: [],
    connected: true,
    counters: { channels: 2, events: 5, spurious: 3, delayedJiffies },
    other: 1,
    otherName: "web",
    queues: [],
  });
  const stats = (hz: number | undefined) => ({
    domains: new Map([[1, "web"]]),
    stats: {
      at: 0,
      time: 0,
      devices: [device("vif/0", 0), device("vif/1", 50)],
      shared: [],
      interrupts: undefined,
      hz,
    },
  });
  const totals = ["xen_xenbus_events_total 10", "xen_xenbus_spurious_events_total 6"];
  const delay = (device: string, seconds: number) =>
    `xen_xenbus_eoi_delayed_seconds_total{domain="web",device="${device}"} ${seconds}`;
  assertEquals(series(stats(250)), [...totals, delay("vif/0", 0), delay("vif/1", 0.2), INFO[0]]);
  assertEquals(series(stats(undefined)), [...totals, delay("vif/0", 0), INFO[0]]);
});

const WAIT = '{domain="web",device="vif/0"}';

test("waits are remembered from look to look, and forgotten when a look did not see them", () => {
  const waits = new RememberedWaits();
  const look = (now: number, ...labels: string[]) => {
    const at = waits.at(now);
    const found = labels.map((each) => at.seconds(each));
    waits.looked();
    return found;
  };
  assertEquals(look(100, WAIT), [0]);
  assertEquals(look(107.25, WAIT), [7.25]);
  assertEquals(look(50, WAIT), [0]); // the clock was set back
  assertEquals(look(60, WAIT), [10]);
  assertEquals(look(70), []);
  assertEquals(look(80, WAIT), [0]);
});

test("waits go on from the file of the last run, unless that is old, of the future or of another make", () => {
  const file = (now: number) => `xen_wiring_waiting_seconds${WAIT} 30\n${lookedAt(now)}`;
  const after = (text: string) => RememberedWaits.from(text, 1000).at(1000).seconds(WAIT);
  assertEquals([file(990), file(400), file(399), file(1001), "", `xen_wiring_waiting_seconds${WAIT} 30\n`].map(after), [
    40,
    630,
    0,
    0,
    0,
    0,
  ]);
  assertEquals(after(`xen_wiring_waiting_seconds${WAIT} 9e9\nx\n${lookedAt(1000)}`), 0);
});

/** `metrics` as people, node_exporter and Prometheus use it, on simulated hosts. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { test } from "../support/test.ts";
import { evtchn, TestHost } from "../support/test_host.ts";

/** The series of a script's own host after some statements. */
async function ran(text: string): Promise<string[]> {
  const { status, stdout, stderr } = await evtchn(["-d", "sim:linux", "run", "-e", text]);
  assertEquals([status, stderr], [0, ""], text);
  return stdout.split("\n").filter((line) => line.startsWith("xen_"));
}

/** The series of some families, without what they all begin with. */
const of = (lines: readonly string[], ...families: string[]) =>
  lines.filter((line) =>
    families.some((family) => line.startsWith(`xen_${family}{`) || line.startsWith(`xen_${family} `))
  );

const ALL_UP = ["xen", "xenstore", "counters", "interrupts", "processes"]
  .map((source) => `xen_evtchn_source_up{source="${source}"} 1`);

test("ports by state, and how many each domain may have", async () => {
  const lines = await ran("create 8 --name web; @8 alloc-unbound 0; metrics");
  assertEquals(of(lines, "evtchn_ports", "evtchn_ports_limit", "domain_info").filter((line) => line.includes("web")), [
    'xen_evtchn_ports{domain="web",state="unbound"} 1',
    'xen_evtchn_ports{domain="web",state="interdomain"} 2',
    'xen_evtchn_ports{domain="web",state="virq"} 2',
    'xen_evtchn_ports{domain="web",state="pirq"} 0',
    'xen_evtchn_ports{domain="web",state="ipi"} 4',
    'xen_evtchn_ports_limit{domain="web"} 1023',
    'xen_domain_info{domain="web",domid="8"} 1',
  ]);
  assertEquals(of(lines, "evtchn_source_up"), ALL_UP);
});

test("wiring and its faults, with how long a device has waited", async () => {
  const lines = await ran("device vif 1 --fault unbound; device vbd 2 --fault waiting; metrics");
  assertEquals(of(lines, "wiring_fault", "wiring_waiting_seconds"), [
    'xen_wiring_fault{domain="guest1",device="vif/0",verdict="unbound"} 1',
    'xen_wiring_fault{domain="guest2",device="vbd/51712",verdict="waiting"} 1',
    'xen_wiring_waiting_seconds{domain="guest2",device="vbd/51712"} 0',
  ]);
  const channels = of(lines, "wiring_channels").filter((line) => /kind="v/.test(line));
  assertEquals(channels, [
    'xen_wiring_channels{domain="guest1",kind="vif",verdict="unbound"} 1',
    'xen_wiring_channels{domain="guest1",kind="vif",verdict="ok"} 1',
    'xen_wiring_channels{domain="guest2",kind="vbd",verdict="waiting"} 1',
  ]);
});

test("a port that is stuck counts for the domain at whose port the event waits", async () => {
  const of1 = (lines: string[]) => of(lines, "evtchn_stuck_ports").filter((line) => line.includes("guest1"));
  assertEquals(of1(await ran("device vif 1 --fault stuck-guest; metrics --bits")), [
    'xen_evtchn_stuck_ports{domain="guest1"} 1',
  ]);
  assertEquals(of1(await ran("device vif 1; metrics --bits")), ['xen_evtchn_stuck_ports{domain="guest1"} 0']);
  const without = await ran("device vif 1 --fault stuck-guest; metrics");
  assertEquals([of1(without), of(without, "evtchn_source_up")], [[], ALL_UP]);
});

test("what the kernel counts of devices and of their interrupts", async () => {
  const lines = await ran("device vif 1 --fault storm; sleep 10s; metrics");
  assertEquals(of(lines, "xenbus_events_total", "xenbus_spurious_events_total", "xenbus_eoi_delayed_seconds_total"), [
    "xen_xenbus_events_total 502",
    "xen_xenbus_spurious_events_total 502",
    'xen_xenbus_eoi_delayed_seconds_total{domain="guest1",device="vif/0"} 9.6',
  ]);
  assertMatch(of(lines, "evtchn_interrupts_total").join(), /^xen_evtchn_interrupts_total\{cpu="0"\} [1-9]\d*$/);
});

test("who has the device open, and ports to domains that are no more", async () => {
  const lines = await ran("p = alloc-unbound 3; @3 bind-interdomain 0:$p; destroy 3 --held; metrics");
  assertEquals(of(lines, "evtchn_handles")[0], 'xen_evtchn_handles{command="xenstored"} 1');
  assertEquals(of(lines, "evtchn_dying_domain_ports"), ["xen_evtchn_dying_domain_ports 1"]);
  assertEquals(of(await ran("metrics"), "evtchn_dying_domain_ports"), ["xen_evtchn_dying_domain_ports 0"]);
});

test("--ping adds round trips, and leaves no port behind", async () => {
  const host = new TestHost();
  const lines = (await host.ok("--simulator metrics --ping")).split("\n");
  assertEquals(of(lines, "evtchn_ping_seconds").map((line) => line.split(" ")[0]), [
    'xen_evtchn_ping_seconds{quantile="0.5"}',
    'xen_evtchn_ping_seconds{quantile="0.9"}',
    'xen_evtchn_ping_seconds{quantile="0.99"}',
  ]);
  assertEquals(host.left(), []);
  assert(!(await host.ok("--simulator metrics")).includes("ping"));
});

test("a xenstored that is silent is a source that is not up, and what Xen has is there without names", async () => {
  const host = new TestHost({ xenstored: "dead" });
  const ended = host.start("--simulator metrics");
  await host.clock.asleep();
  host.clock.advance(5000);
  assertEquals(await ended, 0, host.stderr.text);
  const lines = host.stdout.text.split("\n");
  assertEquals(of(lines, "evtchn_source_up").filter((line) => line.endsWith(" 0")), [
    'xen_evtchn_source_up{source="xenstore"} 0',
  ]);
  assertEquals(of(lines, "evtchn_ports_limit")[1], 'xen_evtchn_ports_limit{domain="1"} 1023');
});

test("without privcmd Xen's sources are down, and the others are there", async () => {
  const host = new TestHost({ privcmd: "no" });
  const lines = (await host.ok("--simulator metrics")).split("\n");
  assertEquals(of(lines, "evtchn_source_up"), ALL_UP.map((line) => line.replace(/("xen")\} 1/, "$1} 0")));
  assertEquals([of(lines, "evtchn_ports"), of(lines, "evtchn_dying_domain_ports")], [[], []]);
  assert(of(lines, "evtchn_handles").length > 0);
});

test("--output replaces a file, in which the next run finds since when a device waits", async () => {
  const host = new TestHost();
  const waiting = () =>
    of(host.files["/run/evtchn.prom"].split("\n"), "wiring_waiting_seconds").map((line) => line.split(" ")[1]);
  await host.world.createDevice({ kind: "vif", domain: 1, backend: 0, fault: "waiting" });
  const look = () => host.ok("--simulator metrics --output /run/evtchn.prom");
  assertEquals([await look(), waiting()], ["", ["0"]]);
  host.clock.advance(30_500);
  assertEquals([await look(), waiting()], ["", ["30.5"]]);
  host.clock.advance(30_000);
  await look();
  assertEquals(waiting(), ["60.5"]);
  host.clock.advance(601_000); // nobody knows what was in between
  await look();
  assertEquals(waiting(), ["0"]);
});

test("a file that cannot be written is an error that names it", async () => {
  const host = new TestHost();
  const refused = async (error: Error) => {
    host.unwritable = error;
    const { status, stdout, stderr } = await host.run("--simulator metrics -o /var/x.prom");
    assertEquals([status, stdout], [1, ""]);
    return stderr;
  };
  assertEquals(
    await refused(new Deno.errors.NotCapable("write")),
    'evtchn: metrics: Cannot write "/var/x.prom": EACCES\n' +
      "hint: Deno lets evtchn write below /run and /tmp alone: write there, and link the file to where it is wanted\n",
  );
  assertEquals(
    await refused(Object.assign(new Error("full"), { code: "ENOSPC" })),
    'evtchn: metrics: Cannot write "/var/x.prom": ENOSPC\n',
  );
});

test("options that contradict each other, and records, are refused", async () => {
  for (
    const [line, message] of [
      ["metrics --json", "Cannot use --json with metrics: Prometheus reads its text alone"],
      [
        "metrics -o /run/x --listen 1",
        "Cannot use --output and --listen together: Prometheus would have each series twice",
      ],
      ["metrics --min-interval 1s", "Cannot use --min-interval without --listen"],
      ["metrics --listen x", 'Cannot listen at "x": expected ADDRESS:PORT or PORT, as 127.0.0.1:9758'],
      ["metrics --listen []:1", 'Cannot listen at "[]:1": expected ADDRESS:PORT or PORT, as 127.0.0.1:9758'],
      ["metrics --listen 1:65536", 'Cannot listen at "1:65536": expected ADDRESS:PORT or PORT, as 127.0.0.1:9758'],
    ]
  ) {
    const { status, stdout, stderr } = await evtchn(`--simulator ${line}`);
    assertEquals([status, stdout, stderr.includes(message)], [2, "", true], `${line}: ${stderr}`);
  }
});

/** Runs `metrics --listen` while `work` asks it, and ends it with a signal. */
async function listening(words: string, work: (get: () => Promise<string>, host: TestHost) => Promise<void>) {
  const host = new TestHost();
  const ended = host.start(`--simulator metrics --listen 9758 ${words}`);
  await host.stderr.until(/\n/);
  const [url] = /http:\S+/.exec(host.stderr.text)!;
  assertMatch(host.stderr.take(), /^evtchn: metrics: http:\/\/127\.0\.0\.1:\d+\/metrics\n$/);
  await work(async () => await (await fetch(url)).text(), host);
  host.signal("SIGTERM");
  assertEquals([await ended, host.stdout.text, host.stderr.text], [143, "", ""]);
}

test("--listen answers one look again until --min-interval is over, and ends by a signal", async () => {
  await listening("--min-interval 2s", async (get, host) => {
    const first = await get();
    assert(first.includes('xen_evtchn_ports{domain="guest1",state="unbound"} 0\n'));
    await host.world.createDevice({ kind: "vif", domain: 1, backend: 0, fault: "waiting" });
    host.clock.advance(1999);
    assertEquals(await get(), first);
    host.clock.advance(1);
    const second = await get();
    assert(second.includes('xen_wiring_waiting_seconds{domain="guest1",device="vif/0"} 0\n'));
    host.clock.advance(4000);
    assert((await get()).includes('xen_wiring_waiting_seconds{domain="guest1",device="vif/0"} 4\n'));
  });
});

test("however many ask at once, there is one look", async () => {
  await listening("", async (get) => {
    const answers = await Promise.all(Array.from({ length: 20 }, get));
    assertEquals(new Set(answers).size, 1);
  });
});

test("a snapshot has the same, but what only a live host can tell", async () => {
  const host = new TestHost();
  await host.world.createDevice({ kind: "vif", domain: 1, backend: 0, fault: "unbound" });
  const live = (await host.ok("--simulator metrics")).split("\n");
  host.files.snapshot = await host.ok("--simulator collect");
  const { status, stdout } = await host.run("--from snapshot metrics");
  const families = ["evtchn_ports", "wiring_channels", "wiring_fault", "domain_info", "evtchn_source_up"];
  assertEquals([status, of(stdout.split("\n"), ...families)], [0, of(live, ...families)]);
  for (const option of ["--listen 1", "--ping", "--bits"]) {
    assertEquals((await host.run(`--from snapshot metrics ${option}`)).status, 2, option);
  }
  const several = await host.run("metrics --host a --host b");
  assertEquals([several.status, /Cannot use metrics with several hosts/.test(several.stderr)], [2, true]);
});

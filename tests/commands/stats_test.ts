/** `stats` as people and scripts call it, on simulated hosts. */
import { assertEquals, assertMatch } from "@std/assert";
import type { Syscalls } from "../../ffi/syscalls.ts";
import { simulatedKernel } from "../../lib/sim/mod.ts";
import { faulty } from "../faults/faulty.ts";
import { withSession } from "../support/sessions.ts";
import { simulatedSource } from "../support/sessions.ts";
import { test } from "../support/test.ts";
import { evtchn, TestHost } from "../support/test_host.ts";

/** What statements print on a simulated host of their own. */
async function ran(text: string, ...words: string[]): Promise<string[]> {
  const { status, stdout, stderr } = await evtchn(["-d", "sim:linux", "run", ...words, "-e", text]);
  assertEquals([status, stderr], [0, ""], text);
  return stdout.trimEnd().split("\n").filter((line) => !/^v\w+\/\d+ [\d ]+$/.test(line)); // what `device` prints
}

const jsonOf = (lines: readonly string[]) => lines.map((line) => JSON.parse(line)).filter(({ op }) => op === "stats");

test("a table of dom0's backends, with a line for each queue", async () => {
  const lines = await ran("device vif 1 --queues 2; device vbd 1; device vif 3 --fault silent; stats");
  assertEquals(lines, [
    "DEVICE            END      OTHER END   PORTS  EVENTS  SPURIOUS  EOI DELAYED  CPU  NOTE",
    "vbd/51712 (xvda)  backend  1 (guest1)      1       1         1         0 ms  0",
    "vif/0             backend  1 (guest1)      4       4         4         0 ms  0",
    "  q0 tx                                            1                         0",
    "  q0 rx                                            1                         0",
    "  q1 tx                                            1                         0",
    "  q1 rx                                            1                         0",
    "vif/0             backend  3 (guest3)      2       0         0         0 ms  -    silent",
    "  q0 tx                                            0                         -",
    "  q0 rx                                            0                         -",
  ]);
});

test("a guest's own kernel counts nothing of its frontends", async () => {
  assertEquals(await ran("device vif 1; @1 stats"), [
    "DEVICE   END       OTHER END  PORTS  EVENTS  SPURIOUS  EOI DELAYED  CPU",
    "vif/0    frontend  0              -       -         -            -  -",
    "  q0 tx                                   0                         -",
    "  q0 rx                                   0                         -",
  ]);
});

test("DOM leaves out all devices whose other end is another domain", async () => {
  const devices = "device vif 1; device vif 2; create 9 --name web; device vif web; ";
  const of = async (words: string) =>
    jsonOf(await ran(`${devices}stats ${words}`, "--json")).map(({ device_domain }) => device_domain);
  assertEquals([await of(""), await of("2"), await of("web 1"), await of("7")], [[1, 2, 9], [2], [1, 9], []]);
  assertEquals((await ran(`${devices}stats 7`)).at(-1), "no device");
  assertEquals(
    (await ran("device vif 1 --backend 2; device vif 2 --backend 1; @2 stats self")).at(-1),
    "no device",
  );
});

test("a storm rises with time; an interval shows it, and what it does to the rates", async () => {
  const lines = await ran("device vif 1 --fault storm; sleep 10s; stats --interval 2s -n 2");
  assertEquals(lines, [
    "2026-01-01T00:00:12.000000Z",
    "DEVICE   END      OTHER END   PORTS  EVENTS/S  SPURIOUS/S  EOI DELAYED  CPU  NOTE",
    "vif/0    backend  1 (guest1)      2      50.0        50.0     960 ms/s  0    storm",
    "  q0 tx                                  50.0                           0",
    "  q0 rx                                   0.0                           0",
    "",
    "2026-01-01T00:00:14.000000Z",
    ...lines.slice(1, 5),
  ]);
  const [record] = jsonOf(await ran("device vif 1 --fault storm; sleep 10s; stats --interval 2s", "--json"));
  const { queues: _, ...rest } = record;
  assertEquals(rest, {
    op: "stats",
    time: "2026-01-01T00:00:12.000000Z",
    device: "vif/0",
    device_domain: 1,
    end: "backend",
    remote_domain: 1,
    remote_name: "guest1",
    event_channels: 2,
    events: 602,
    spurious_events: 602,
    eoi_delayed_jiffies: 2880,
    eoi_delayed_ms: 11_520,
    rate_per_s: 50,
    spurious_per_s: 50,
    eoi_delayed_ms_per_s: 960,
    storm: true,
    line: 1,
  });
});

test("a counter of 32 bits comes round and the rates stay right; a device that came again is new", async () => {
  const days = "sleep 6000m; ".repeat(20); // 240 jiffies a second fill 32 bits in 207 days
  const around = await ran(`device vif 1 --fault storm; ${days.repeat(3)}stats --interval 1s`);
  assertMatch(around[2], /^vif\/0 .* 50\.0 +50\.0 +960 ms\/s +0 +storm$/);
  const gone = "store-rm /local/domain/1/device/vif/0; store-rm /local/domain/0/backend/vif/1/0; device vif 1; ";
  const [old, fresh] = jsonOf(
    await ran(`device vif 1 --fault storm; sleep 1s; stats; ${gone}stats`, "--json"),
  );
  assertEquals([old.events, fresh.events], [52, 2]);
});

test("several disks have their interrupts in common, and nothing is claimed of them", async () => {
  const lines = await ran("device vbd 1; device vbd 2; stats; stats 1");
  const shared = '2 interrupts "blkif-backend" on CPU 0, of vbd/51712 of domain 1, vbd/51712 of domain 2: the kernel ' +
    "does not tell which is whose";
  assertEquals([lines[3], lines[6]], [shared, shared]);
  const rates = await ran("device vbd 1; device vbd 2; stats --interval 1s");
  assertEquals(rates.at(-1), shared.replace("2 interrupts", "0.0 interrupts/s"));
  assertMatch(lines[1], / -$/);
  const [, , third] = jsonOf(await ran("device vbd 1; device vbd 2; stats", "--json"));
  assertEquals(third, {
    op: "stats",
    interrupt: "blkif-backend",
    interrupts: 2,
    sharers: [{ device: "vbd/51712", device_domain: 1 }, { device: "vbd/51712", device_domain: 2 }],
    line: 1,
  });
});

test("a session shows its kernel's counters, as a command of its own does", async () => {
  const source = await simulatedSource();
  await withSession(async ({ socket }) => {
    const host = new TestHost();
    await host.ok(`--session ${socket} device vif 1`);
    const lines = (await host.ok(`--session ${socket} stats`)).split("\n");
    assertEquals(lines[1], "vif/0    backend  1 (guest1)      2       2         2         0 ms  0");
    assertEquals(
      (await host.ok(`--session ${socket} --as 1 stats`)).split("\n")[1].trimEnd(),
      [
        "vif/0    frontend  0              -       -         -            -  -",
      ][0],
    );
  }, source);
});

test("words that contradict each other are refused, and an interval ends with a signal", async () => {
  for (
    const [words, message] of [
      ["stats -n 2", "Cannot use -n without --interval"],
      ["stats --interval 0s", "Cannot look every 0 ms: expected some time, such as 1s"],
    ]
  ) {
    const { status, stderr } = await evtchn(`--simulator ${words}`);
    assertEquals([status, stderr.split("\n")[0]], [2, `evtchn: stats: ${message}`]);
  }
  const host = new TestHost();
  const ended = host.start("stats --interval 1s");
  await host.clock.asleep();
  host.signal("SIGINT");
  assertEquals([await ended, host.stdout.text], [130, ""]);
});

test("without xenstore names are missing; on another system there is nothing to look at", async () => {
  const run = (spec: string) => evtchn(["-d", spec, "run", "-e", "device vif 1; stats"]);
  const { status, stdout } = await run("sim:linux?xenstored=no");
  assertEquals([status, stdout.split("\n")[2].trimEnd()], [
    0,
    "vif/0    backend  1              2       2         2         0 ms  0",
  ]);
  const other = await evtchn(["-d", "sim:illumos", "run", "-e", "stats"]);
  assertEquals([other.status, other.stderr.split("\n")[0]], [
    1,
    "evtchn: run: -e:1: stats: Cannot look beyond a handle on illumos: ENOTSUP",
  ]);
});

test("an older kernel counts nothing: its interrupts are shown, and the status is 1", async () => {
  const { syscalls, abi, world, as } = await simulatedKernel("linux", 0);
  await world.createDevice({ kind: "vif", domain: 1, backend: 0 });
  const open: Syscalls["open"] = (path, flags) => path.includes("/xenbus/") ? "ENOENT" : syscalls.open(path, flags);
  const kernel = { syscalls: { ...faulty(syscalls, {}), open }, abi, as, world };
  const host = Object.assign(new TestHost(), { kernel: () => Promise.resolve(kernel) });
  const { status, stdout, stderr } = await host.run("--simulator stats");
  assertEquals([status, stdout.split("\n").slice(1, 3), stderr.split("\n").slice(0, 2)], [
    1,
    [
      "vif/0    backend  1 (guest1)      -       -         -            -  0",
      "  q0 tx                                   1                         0",
    ],
    [
      'evtchn: stats: Cannot read what the kernel counts of "/sys/bus/xen-backend/devices/vif-1-0": ENOENT',
      "hint: the kernel counts the events of each device since Linux 5.12; what /proc/interrupts counts is shown",
    ],
  ]);
});

test("a table fits the terminal: names are cut, then the last columns stand below, then lines are cut", async () => {
  const host = new TestHost();
  await host.world.createDevice({ kind: "vif", domain: 1, backend: 0 });
  host.world.writeStore(0, "/local/domain/1/name", "n".repeat(60));
  for (const [columns, count] of [[90, 4], [60, 8], [20, 4]]) {
    Object.assign(host.stdout, { columns, terminal: true });
    const lines = (await host.ok("stats --color never")).trimEnd().split("\n");
    assertEquals([lines.length, lines.every((line) => line.length <= columns)], [count, true], `${columns}`);
    host.stdout.take();
  }
});

test("a name that a guest was given draws nothing but its own row", async () => {
  const host = new TestHost();
  await host.world.createDevice({ kind: "vif", domain: 1, backend: 0 });
  host.world.writeStore(0, "/local/domain/1/name", "a\nvif/9  backend\x1b[2J");
  const lines = (await host.ok("stats")).split("\n");
  assertEquals([lines.length, lines[1].includes("(a\\nvif/9  backend\\x1b[2J)")], [5, true]);
});

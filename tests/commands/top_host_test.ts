/** `top --host`: the devices of this domain's kernel, live, beside channels. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { HostCount } from "../../commands/top/host.ts";
import { simulatedKernel } from "../../lib/sim/mod.ts";
import { virqNumber } from "../../lib/virq.ts";
import { FakeView } from "../support/fake_view.ts";
import { settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { TestClock } from "../support/test_clock.ts";
import { TestHost } from "../support/test_host.ts";

/** A host with a storm from domain 2 and a quiet network card of domain 1, on a terminal of that many columns. */
async function stormy(columns = 70, rows = 7) {
  const host = new TestHost();
  host.stdout.terminal = true;
  Object.assign(host.variables, { NO_COLOR: "1", TERM: "xterm" });
  Object.assign(host.screen, { columns, rows });
  await host.world.createDevice({ kind: "vif", domain: 1, backend: 0 });
  await host.world.createDevice({ kind: "vbd", domain: 2, backend: 0, fault: "storm" });
  const tick = async (shown: RegExp) => {
    await host.clock.asleep();
    host.clock.advance(1000);
    await host.screen.until(shown);
  };
  return { host, tick };
}

test("devices are sorted by rate, and a storm is marked", async () => {
  const { host, tick } = await stormy(64);
  const ended = host.start("top --host");
  await host.screen.until(/q quit/);
  assertEquals(host.screen.frame.slice(0, 4).map((line) => line.trimEnd()), [
    "evtchn top  2 devices  0.0 events/s  every 1 s  by rate",
    "  PORT  CHANNEL         NAME    EVENTS/S       TOTAL    LAST",
    "        vif/0 of 1      guest1       0.0           0       -",
    "        vbd/51712 of 2  guest2       0.0           0       -",
  ]);
  await tick(/STORM/);
  assertEquals(host.screen.frame.map((line) => line.trimEnd()), [
    "evtchn top  2 devices  50.0 events/s  every 1 s  by rate",
    "  PORT  CHANNEL         NAME    EVENTS/S       TOTAL    LAST",
    " STORM  vbd/51712 of 2  guest2      50.0          50    0.0s",
    "        vif/0 of 1      guest1       0.0           0       -",
    "",
    "",
    "storm: vbd/51712 of 2: the kernel makes its events wait, as of ~",
  ]);
  host.screen.type("q");
  assertEquals([await ended, host.stderr.text], [0, ""]);
  assertEquals([host.listening, host.clock.sleeping], [0, 0]);
});

test("on the narrowest screen a storm is still marked", async () => {
  const { host, tick } = await stormy(16, 4);
  const ended = host.start("top --host");
  await host.screen.until(/PORT/);
  await tick(/STORM/);
  assert(host.screen.frame.every((line) => line.length <= 16), host.screen.frame.join("\n"));
  host.signal("SIGINT");
  assertEquals(await ended, 130);
});

test("channels stand beside the devices, and sort by port before them", async () => {
  const { host, tick } = await stormy(80);
  const ended = host.start("top virq:tbuf --host --sort port");
  await host.screen.until(/q quit/);
  host.world.raise(4);
  await settle();
  await tick(/STORM/);
  const [heading, , first, ...others] = host.screen.frame;
  assertMatch(heading, /1 port {2}2 devices/);
  assertMatch(first, /virq:tbuf .* 1\.0 +1 /);
  assertEquals(others.filter((line) => /vif|vbd/.test(line)).length, 2 + 1);
  host.screen.type("q");
  assertEquals(await ended, 0);
});

test("lines and records, for as many intervals as are asked for", async () => {
  const lines = async (words: string) => {
    const { host } = await stormy();
    const ended = host.start(`top --host -n 1 ${words}`);
    await host.clock.asleep();
    host.clock.advance(1000);
    assertEquals([await ended, host.stderr.text], [0, ""]);
    return host.stdout.text.trimEnd().split("\n");
  };
  const records = (await lines("--json")).map((line) => JSON.parse(line));
  const short = records.map((
    { op, device, device_domain, rate_per_s, total, last, storm, port },
  ) => [op, device, device_domain, rate_per_s, total, last === null, storm, port]);
  assertEquals(short, [
    ["top-device", "vbd/51712", 2, 50, 50, false, true, undefined],
    ["top-device", "vif/0", 1, 0, 0, true, undefined, undefined],
  ]);
  const { host } = await stormy();
  host.stdout.terminal = false;
  const ended = host.start("top --host -n 1");
  await host.clock.asleep();
  host.clock.advance(1000);
  assertEquals(await ended, 0);
  const [storm, quiet] = host.stdout.text.split("\n");
  assertMatch(storm, /^\S+Z {2}vbd\/51712 of 2 {2}50\.0\/s {2}total 50 {2}last 0\.0s {2}guest2 {2}STORM$/);
  assertMatch(quiet, /^\S+Z {2}vif\/0 of 1 {2}0\.0\/s {2}total 0 {2}last - {2}guest1$/);
});

test("a device that comes again begins anew, and one that goes is left out", async () => {
  const { host, tick } = await stormy();
  const ended = host.start("top --host");
  await host.screen.until(/q quit/);
  await tick(/50\.0 events/);
  host.world.removeStore(0, "/local/domain/2/device/vbd/51712");
  host.world.removeStore(0, "/local/domain/0/backend/vbd/2/51712");
  await tick(/1 device /);
  await host.world.createDevice({ kind: "vbd", domain: 2, backend: 0 });
  await tick(/2 devices/);
  const [row] = host.screen.frame.filter((line) => line.includes("vbd/51712"));
  assertMatch(row, /^ {8}vbd\/51712 of 2 .* 1\.0 +1 /);
  host.screen.type("q");
  assertEquals(await ended, 0);
});

test("a device's rates are kept as far as a screen shows them, however long it runs", async () => {
  const view = new FakeView();
  const folder = "/sys/bus/xen-backend/devices/vif-1-0";
  view.texts.set(`${folder}/state`, "Connected\n");
  for (const name of ["event_channels", "events", "spurious_events", "jiffies_eoi_delayed"]) {
    view.texts.set(`${folder}/xenbus/${name}`, "1\n");
  }
  const clock = new TestClock();
  const count = await HostCount.begin(view, clock, undefined);
  for (let i = 0; i < 1600; i++) {
    clock.advance(1000);
    await count.refresh();
  }
  assertEquals(count.top.rows().map(({ history }) => history.length), [512]);
});

test("without devices of a kernel there is nothing to show, and what was bound is closed", async () => {
  const kernel = await simulatedKernel("illumos", 0);
  const host = Object.assign(new TestHost(), { kernel: () => Promise.resolve(kernel) });
  const { status, stderr } = await host.run("-d sim:illumos top virq:dom_exc --host");
  assertEquals([status, stderr.split("\n")[0]], [1, "evtchn: top: Cannot look beyond a handle on illumos: ENOTSUP"]);
  assertEquals(kernel.world.hypervisor.domain(0)!.virqPorts[virqNumber("dom_exc")!], 0);
});

/** `holders`: processes from /proc, dead domains from Xen, and no claim about whose a port is. @module */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DeviceError } from "../../lib/errors.ts";
import { type HoldingSession, lookAtHolders } from "../../lib/inspect/holders.ts";
import { parseInterruptNames } from "../../lib/view/interrupt_names.ts";
import { holderRecords, holdersText } from "../../lib/render/holders.ts";
import { PLAIN } from "../../lib/render/human.ts";
import { FakeView } from "../support/fake_view.ts";
import { addProcess, bootKernel } from "../support/processes.ts";
import { test } from "../support/test.ts";

const DEVICE = "/dev/xen/evtchn";

const alive = (domain: number, dying = false) => ({ domain, dying, shutdown: dying, paused: false });

/** Domain 0 with two daemons; port 31 leads to domain 1. */
function host(...interrupts: string[]): FakeView {
  const view = new FakeView().bind(1, 5, 0, 31);
  view.put("/local/domain/1", { name: "web" });
  view.xenDomains = [alive(0), alive(1)];
  bootKernel(view, "xenbus", ...interrupts);
  addProcess(view, 412, { command: "xenstored", open: ["/dev/xen/gntdev", DEVICE] });
  addProcess(view, 430, { command: "xenconsoled", uid: 7, open: [DEVICE, DEVICE] });
  addProcess(view, 99, { open: ["/dev/xen/evtchn2", "/dev/xen/evtchnx"] });
  return view;
}

async function shown(view: FakeView, asked: number[] = [], sessions: HoldingSession[] = []): Promise<string[]> {
  return holdersText(await lookAtHolders(view, asked, sessions), PLAIN);
}

const TITLES = "PID  COMMAND      USER  SINCE                 HANDLES  PORTS";
const SINCE = "2026-01-02T03:04:02Z"; // 42 s after btime

test("the processes that have the device open are shown, with the interrupts of their names", async () => {
  assertEquals(await shown(host("evtchn:xenstored", "evtchn:xenstored", "evtchn:xenconsoled", "vif1.0-q0-tx")), [
    TITLES,
    `412  xenstored    root  ${SINCE}        1      2`,
    `430  xenconsoled  7     ${SINCE}        2      1`,
  ]);
});

test("that no process has the device open is said", async () => {
  const view = new FakeView();
  bootKernel(view, "xenbus");
  addProcess(view, 1, { open: ["/dev/null"] });
  assertEquals(await shown(view), ["no process has the event-channel device open"]);
});

test("a process whose start is no time is shown without", async () => {
  const view = host();
  for (const started of ["1e300", "9".repeat(20), "-1", ""]) {
    view.texts.set("/proc/412/stat", `412 (a) (b) S 1${" 0".repeat(17)} ${started} 0\n`);
    assertMatch((await shown(view))[1], /^412 +a\) \(b +root +\? +1 +0$/, started);
  }
});

test("a session is shown with its own ports, and a name of several processes with how many have it", async () => {
  const view = host("evtchn:deno", "evtchn:deno", "evtchn:xenstored");
  for (const pid of [500, 501]) addProcess(view, pid, { command: "deno", open: [`${DEVICE} (deleted)`] });
  assertEquals(await shown(view, [], [{ pid: 500, socket: "/run/evtchn/s", ports: [31] }]), [
    "PID  COMMAND      USER  SINCE                 HANDLES      PORTS  SESSION",
    `412  xenstored    root  ${SINCE}        1          1`,
    `430  xenconsoled  7     ${SINCE}        2          0`,
    `500  deno         root  ${SINCE}        1          1  /run/evtchn/s`,
    `501  deno         root  ${SINCE}        1  2 among 2`,
  ]);
});

test("domains that are gone or dying come first, with whoever may have their ports, and no more", async () => {
  const view = host("evtchn:xenstored", "evtchn:xenconsoled", "evtchn:xenconsoled", "hvc_console");
  view.set(0, 33, { status: "unbound", vcpu: 0, remoteDomain: 7 });
  view.set(0, 34, { status: "unbound", vcpu: 0, remoteDomain: 7 });
  view.set(0, 35, { status: "unbound", vcpu: 0, remoteDomain: 9 });
  view.xenDomains = [alive(0), alive(1), alive(9, true)];
  const [gone, dying, titles] = await shown(view);
  assertEquals([gone, dying, titles], [
    "Domain 7 is gone, and ports 33 and 34 here are still bound to it; " +
    "some of xenstored (412) and xenconsoled (430) have them",
    "Domain 9 is dying, and port 35 here is still bound to it; one of xenstored (412) and xenconsoled (430) has it",
    TITLES,
  ]);
  const [record] = holderRecords(await lookAtHolders(view, [], []));
  assertEquals({ ...record }, {
    op: "holders-domain",
    domain: 7,
    name: undefined,
    fate: "gone",
    ports: [33, 34],
    processes: [{ pid: 412, command: "xenstored" }, { pid: 430, command: "xenconsoled" }],
    kernel: false,
    hidden: undefined,
  });
});

test("a port of a session is that session's, and a process without interrupts has none", async () => {
  const view = host("evtchn:deno", "evtchn:xenstored");
  addProcess(view, 500, { command: "deno", open: [DEVICE] });
  view.set(0, 33, { status: "unbound", vcpu: 0, remoteDomain: 7 });
  const first = async (ports?: number[]) => (await shown(view, [], [{ pid: 500, socket: "/s", ports }]))[0];
  const dead = "Domain 7 is gone, and port 33 here is still bound to it; ";
  assertEquals([await first([33]), await first([2]), await first()], [
    dead + "deno (500) has it",
    dead + "xenstored (412) has it",
    dead + "one of xenstored (412) and deno (500) has it",
  ]);
});

test("the kernel's own network card of a dead domain is named", async () => {
  const view = host("vif7.0-q0-tx", "vif71.0-q0-tx", "evtchn:xenstored");
  view.set(0, 33, { status: "unbound", vcpu: 0, remoteDomain: 7 });
  const [line] = await shown(view);
  assert(line.endsWith("one of xenstored (412) and this kernel as vif7.0-q0-tx has it"), line);
});

test("with a domain, its ports here and the processes that may have bound them are shown", async () => {
  const view = host("evtchn:xenconsoled");
  view.put("/local/domain/1/device/vif/0", { "event-channel": "5", "state": "4", "backend-id": "0" });
  assertEquals(await shown(view, [1, 3]), [
    "Domain 3 is gone: no port here is bound to it",
    "Domain 1 (web): port 31 (vif/0) here is bound to it; xenconsoled (430) has it",
    TITLES,
    `430  xenconsoled  7     ${SINCE}        2      1`,
  ]);
});

test("a port under a name that no process has may be any process's", async () => {
  const view = host("evtchn:old", "evtchn:old", "evtchn:xenstored");
  view.set(0, 33, { status: "unbound", vcpu: 0, remoteDomain: 7 });
  const lines = await shown(view);
  assertEquals([lines[0], lines.at(-1)], [
    "Domain 7 is gone, and port 33 here is still bound to it; " +
    "one of xenstored (412), xenconsoled (430) and a process that is not seen here has it",
    "2 ports bound by old, as no process with the device is called now",
  ]);
});

test("without sysctl, Xen's port tables tell which domains are gone", async () => {
  const view = host("evtchn:xenstored").set(0, 33, { status: "unbound", vcpu: 0, remoteDomain: 7 });
  view.refuse.xen = new DeviceError("sysctl", "EPERM", "sysctl", "Cannot list Xen's domains");
  assert((await shown(view))[0].startsWith("Domain 7 is gone, "));
  view.answers.set("7:0", "EPERM");
  assertEquals((await shown(view))[0], TITLES);
});

test("where Xen's tables are refused, processes are shown all the same; domains that are asked for are not", async () => {
  const view = host("evtchn:xenstored");
  view.refuse.tables = new DeviceError("privcmd", "ENOENT", "x", "Cannot open x");
  const { unseen, processes } = await lookAtHolders(view, [], []);
  assertEquals([unseen?.errno, processes.length], ["ENOENT", 2]);
  await assertRejects(() => lookAtHolders(view, [1], []), DeviceError, "Cannot open x: ENOENT");
});

test("processes that end meanwhile are left out, hidden ones are told of, and nothing seen is an error", async () => {
  const view = host("evtchn:xenstored");
  view.fileErrnos.set("/proc/430/fd", "ENOENT");
  view.fileErrnos.set("/proc/412/status", "ESRCH");
  const { processes, hidden } = await lookAtHolders(view, [], []);
  assertEquals([processes.map(({ pid, uid }) => [pid, uid]), hidden], [[[412, undefined]], false]);
  view.fileErrnos.set("/proc/1/fd", "EACCES");
  assertEquals((await lookAtHolders(view, [], [])).hidden, true);
  view.fileErrnos.set("/proc/412/fd", "EACCES");
  await assertRejects(
    () => lookAtHolders(view, [], []),
    DeviceError,
    "Cannot look at the processes of this domain: EACCES",
  );
  view.fileErrnos.set("/proc", "EACCES");
  await assertRejects(
    () => lookAtHolders(view, [], []),
    DeviceError,
    "Cannot look at the processes of this domain: EACCES",
  );
});

test("under hidepid, where not even the first process shows, others are hidden", async () => {
  const view = host("evtchn:xenstored");
  for (const path of [...view.texts.keys()]) if (path.startsWith("/proc/1/")) view.texts.delete(path);
  for (const path of [...view.links.keys()]) if (path.startsWith("/proc/1/")) view.links.delete(path);
  assertEquals((await lookAtHolders(view, [], [])).hidden, true);
});

test("a process of any name forges no row and no column", async () => {
  const view = host("evtchn:xenstored");
  addProcess(view, 600, { command: "a) S 1 (b\x1b[2J\n9", open: [DEVICE] });
  const lines = await shown(view);
  assertEquals([lines.length, lines.at(-1)!.includes("a) S 1 (b\\x1b[2J\\n9"), lines.at(-1)!.includes(SINCE)], [
    4,
    true,
    true,
  ]);
});

test("of /proc/interrupts the names of processes, kernel, lines and messages are read", () => {
  const text = [
    "           CPU0       CPU1       ",
    "  9:          0          0  xen-pirq    -ioapic-level  acpi",
    " 24:      11981          0  xen-percpu    -virq      timer0",
    " 36:          0        945   xen-dyn    -event     xenbus",
    " 38:          0          0   xen-dyn    -virq      mce",
    " 40:          0          0  xen-dyn-lateeoi    -event     evtchn:a b  -event evtchn:c",
    " 41:          0          0  xen-dyn-lateeoi    -event     evtchn:",
    " 44:          1          0  xen-dyn-lateeoi    -event     vif1.0-q0-tx",
    " 55:          1          0  xen-pirq    -msi-x     eth0-TxRx-0",
    " 56:          1          0  xen-pirq    -msi       ahci[0000:00:1f.2]",
    "NMI:          0          0   Non-maskable interrupts",
    "ERR:          0",
    "",
  ].join("\n");
  const { ofProcesses, ofKernel, lines, messages } = parseInterruptNames(text);
  assertEquals({ ofProcesses: [...ofProcesses], ofKernel, lines: [...lines], messages }, {
    ofProcesses: [["a b  -event evtchn:c", 1], ["", 1]],
    ofKernel: ["xenbus", "mce", "vif1.0-q0-tx"],
    lines: [[9, "acpi"]],
    messages: ["eth0-TxRx-0", "ahci[0000:00:1f.2]"],
  });
});

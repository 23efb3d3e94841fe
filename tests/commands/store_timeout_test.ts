/** Verbs that read xenstore where xenstored does not answer: they wait once, and go on with what Xen has. */

import { assert, assertEquals } from "@std/assert";
import type { Syscalls } from "../../ffi/syscalls.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { simulatedKernel } from "../../lib/sim/mod.ts";
import { KernelView } from "../../lib/view/kernel_view.ts";
import { faulty } from "../faults/faulty.ts";
import { withSession } from "../support/sessions.ts";
import { TestClock } from "../support/test_clock.ts";
import { test } from "../support/test.ts";
import { TestHost } from "../support/test_host.ts";

const SILENCE = (op: string) =>
  `evtchn: ${op}: xenstored does not answer, or is slow: names and devices are missing; --timeout gives it more time\n`;

/** Runs a command line whose xenstored is silent, and checks that it gives it exactly `milliseconds`, once. */
async function waits(milliseconds: number, line: string | readonly string[]) {
  const host = new TestHost({ xenstored: "dead" });
  let status: number | undefined;
  const ended = host.start(line).then((each) => status = each);
  await host.clock.asleep();
  host.clock.advance(milliseconds - 1);
  for (let turns = 0; turns < 5; turns++) await turn();
  assertEquals(status, undefined, `${line}: ${host.stderr.text}`);
  host.clock.advance(1);
  await ended;
  assertEquals(host.clock.sleeping, 0);
  return { status, stdout: host.stdout.text, stderr: host.stderr.text };
}

/** The event loop had its turn. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

const LIST = `PORT  VCPU  STATE        BOUND TO
   1     0  interdomain  domain 0 port 13
   2     0  interdomain  domain 0 port 14
`;

test("list waits five seconds, or as long as it is told, and leaves names out", async () => {
  for (const [line, milliseconds] of [["list 1", 5000], ["list 1 --timeout 250ms", 250]] as const) {
    const { status, stdout, stderr } = await waits(milliseconds, line);
    assertEquals([status, stdout.startsWith(LIST), stderr], [0, true, SILENCE("list")], stdout);
  }
});

test("list --all lists the domains that Xen has", async () => {
  const { status, stdout, stderr } = await waits(5000, "list --all");
  assertEquals([status, stderr], [0, SILENCE("list")]);
  assertEquals(stdout.match(/^Domain \d+/gm), Array.from({ length: 8 }, (_, domain) => `Domain ${domain}`));
});

test("why says which domains Xen has", async () => {
  assertEquals(await waits(1000, "why 9:3 --timeout 1s"), {
    status: 3,
    stdout: "9:3: ESRCH: there is no domain 9\nhint: Xen has domains 0, 1, 2, 3, 4, 5, 6, 7\n",
    stderr: SILENCE("why"),
  });
});

test("wiring shows the channels that Xen has, as unknown", async () => {
  assertEquals(await waits(20_000, "wiring 1 --timeout 20s"), {
    status: 1,
    stdout: `Domain 1
└─ ?
   ├─ ?  port 1 ── dom0 port 13  unknown
   └─ ?  port 2 ── dom0 port 14  unknown
2 channels, 2 unknown
`,
    stderr: SILENCE("wiring"),
  });
  const all = await waits(5000, "wiring --json");
  assertEquals([all.status, all.stdout.split("\n").length - 1], [1, 14]);
  assertEquals(JSON.parse(all.stdout.split("\n")[0]), {
    op: "wiring",
    domain: 1,
    device: "?",
    key: "?",
    port: 1,
    status: "interdomain",
    backend_domain: 0,
    backend_port: 13,
    verdict: "unknown",
  });
});

test("a picture of the wiring is drawn of what Xen has", async () => {
  const { status, stdout, stderr } = await waits(5000, "wiring 1 --format mermaid");
  assertEquals([status, stderr], [1, SILENCE("wiring")]);
  assert(stdout.includes("1 ── 13: unknown"), stdout);
});

test("wiring that sees nothing ends with 1", async () => {
  assertEquals(await waits(5000, "wiring 0"), {
    status: 1,
    stdout: "Domain 0\nno channels\n",
    stderr: SILENCE("wiring"),
  });
});

test("wiring --watch shows what Xen has, and ends with the reason why it cannot go on", async () => {
  const { status, stdout, stderr } = await waits(5000, "wiring 1 --watch");
  assertEquals([status, stdout.split("\n")[0]], [1, "Domain 1"]);
  assert(stderr.startsWith(SILENCE("wiring") + "evtchn: wiring: Cannot talk to xenstore through "), stderr);
});

test("a domain that Xen does not have is not found", async () => {
  const { status, stderr } = await waits(5000, "wiring 99");
  assertEquals([status, stderr.split("\n")[0]], [1, "evtchn: wiring: Cannot find domain 99 in xenstore: ENOENT"]);
});

test("in a script each statement waits once, and the next one asks anew", async () => {
  const host = new TestHost({ xenstored: "dead" });
  const ended = host.run(["run", "-k", "-e", "list 1 --timeout 2s; wiring 1 --timeout 3s; print last"]);
  for (const milliseconds of [2000, 3000]) {
    while (host.clock.sleeping < 2) await turn(); // the poll of xenstore's device, and the time-out
    host.clock.advance(milliseconds);
  }
  const { status, stdout, stderr } = await ended;
  assertEquals([status, stdout.startsWith(LIST), stdout.endsWith("2 channels, 2 unknown\nlast\n")], [1, true, true]);
  assertEquals(stderr.split("\n").filter((line) => line !== ""), [
    SILENCE("list").trimEnd(),
    SILENCE("wiring").trimEnd(),
    "evtchn: run: -e:1: wiring 1 --timeout 3s: " +
    'Cannot talk to xenstore through "/dev/xen/xenbus", xenstored does not answer: ETIMEDOUT',
    "hint: xenstored does not answer, or is slow: --timeout gives it more time; `evtchn list DOM` needs none",
  ]);
});

test("status waits as long as it is told, and shows what Xen has without names", async () => {
  const host = new TestHost({ xenstored: "dead" });
  const ended = host.run(["run", "-e", "p = alloc-unbound 1; status --timeout 300ms"]);
  while (host.clock.sleeping < 2) await turn();
  host.clock.advance(299);
  for (let turns = 0; turns < 5; turns++) await turn();
  assertEquals(host.stdout.text, "");
  host.clock.advance(1);
  assertEquals(await ended, {
    status: 0,
    stdout: "PORT  CHANNEL  STATE    REMOTE    MASKED  EVENTS\n  27  1:any    unbound  domain 1  no           0\n",
    stderr: SILENCE("status"),
  });
});

test("no time at all is refused", async () => {
  const host = new TestHost();
  for (const verb of ["list", "wiring", "why 1:2", "status"]) {
    const { status, stderr } = await host.run(`${verb} --timeout 0s`);
    assertEquals([status, stderr.split("\n")[0]], [
      2,
      `evtchn: ${verb.split(" ")[0]}: Cannot wait 0s for xenstored: expected some time, such as 5s`,
    ]);
  }
});

/** A session's simulated host whose xenstored answers only while `answers` is set, and a clock for its time-outs. */
async function silentSource() {
  const { syscalls, abi } = await simulatedKernel("linux", 0);
  const [clock, xenstored, bus] = [new TestClock(), { answers: false }, new Set<number>()];
  const silenced: Syscalls = {
    ...faulty(syscalls, {}),
    open(path, flags) {
      const fd = syscalls.open(path, flags);
      if (path.endsWith("/xenbus") && typeof fd === "number") bus.add(fd);
      return fd;
    },
    write: (fd, bytes) => bus.has(fd) && !xenstored.answers ? bytes.length : syscalls.write(fd, bytes),
  };
  const view = () => new KernelView({ syscalls: silenced, abi }, clock);
  return {
    clock,
    xenstored,
    source: { own: LocalDevice.open(abi.devicePath, { syscalls, abi }), holds: "a test", view },
  };
}

test("through a session each verb waits once, and the next one asks xenstored again", async () => {
  const { clock, xenstored, source } = await silentSource();
  await withSession(async ({ socket }) => {
    const wiring = (timeout: string) => new TestHost().run(["--session", socket, "wiring", "--timeout", timeout]);
    for (const milliseconds of [2000, 300]) {
      const ended = wiring(`${milliseconds}ms`);
      while (clock.sleeping === 0) await turn();
      clock.advance(milliseconds - 1);
      await turn();
      assert(clock.sleeping > 0);
      clock.advance(1);
      const { status, stdout, stderr } = await ended;
      assertEquals([status, stdout.split("\n").at(-2), stderr], [1, "14 channels, 14 unknown", SILENCE("wiring")]);
      assertEquals(clock.sleeping, 0);
    }
    xenstored.answers = true;
    const { status, stdout, stderr } = await wiring("5s");
    assertEquals([status, stdout.split("\n").at(-2), stderr], [0, "14 channels, all ok", ""]);
  }, source);
});

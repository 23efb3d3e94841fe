import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Records } from "../../lib/record_schemas.ts";
import type { WorldOptions } from "../../lib/sim/world.ts";
import { inFolder } from "../support/folder.ts";
import { makePlace } from "../../lib/session/place.ts";
import { bytes, withListener, withSession } from "../support/sessions.ts";
import { settle } from "../support/simulated.ts";
import { type Outcome, TestHost } from "../support/test_host.ts";
import { test } from "../support/test.ts";

type Doctored = Records["doctor"];

/** What is `ok` on a simulated host. */
const CHECKS = [
  "deno",
  "libc",
  "xen",
  "driver",
  "privcmd",
  "hypercall",
  "events",
  "sysctl",
  "policy",
  "counters",
  "sessions",
  "xenstore",
];

const checksOf = ({ stdout }: Pick<Outcome, "stdout">) =>
  new Map(
    stdout.split("\n").slice(0, -1).map((line): Doctored => JSON.parse(line)).map((record) => [record.check, record]),
  );

/** Those checks that are not ok, but for the counters, which want a device. */
const notOk = (outcome: Pick<Outcome, "stdout">) =>
  Object.fromEntries(
    [...checksOf(outcome)].filter(([name, { state }]) => state !== "ok" && name !== "counters")
      .map(([name, { state }]) => [name, state]),
  );

const doctor = (options: Omit<WorldOptions, "clock">, line = "--simulator doctor --json") =>
  new TestHost(options).run(line);

test("on a simulated host all is well, each check has one line, and the last line counts them", async () => {
  const host = new TestHost();
  const { status, stdout, stderr } = await host.run("--simulator doctor");
  assertEquals([status, stderr], [0, ""]);
  const lines = stdout.split("\n").slice(0, -1);
  assertEquals(lines.slice(0, -1).map((line) => line.split(" ", 1)[0]), CHECKS);
  for (const line of lines.slice(0, -1)) assertMatch(line, /^\w+ +(?:ok|unknown) +\S/);
  assertMatch(lines.at(-1)!, /^12 checks: 1[12] ok/);
  assertEquals(host.left(), []); // the port that it bound
});

test("a simulated host without privcmd: Xen cannot be asked, and what hangs on that is unknown", async () => {
  const outcome = await doctor({ privcmd: "no" });
  assertEquals([outcome.status, notOk(outcome)], [3, {
    privcmd: "missing",
    hypercall: "missing",
    events: "unknown",
    sysctl: "unknown",
    policy: "unknown",
  }]);
  assertMatch(checksOf(outcome).get("privcmd")!.cure!, /`modprobe xen-privcmd`/);
});

test("a guest makes hypercalls where its privcmd is unrestricted, and sysctl never", async () => {
  const line = "--simulator --as 1 doctor --json";
  const restricted = await doctor({}, line);
  assertEquals([restricted.status, notOk(restricted)], [3, {
    privcmd: "refused",
    events: "unknown",
    sysctl: "refused",
    policy: "unknown",
  }]);
  assertMatch(checksOf(restricted).get("privcmd")!.cure!, /unrestricted=1/);
  assertEquals(checksOf(restricted).get("xen")!.detail, "Xen 4.17.0; this is a guest, PV");
  const unrestricted = await doctor({ privcmd: "unrestricted" }, line);
  assertEquals([unrestricted.status, notOk(unrestricted)], [3, { sysctl: "refused", policy: "unknown" }]);
});

test("an ordinary user may open none of the devices", async () => {
  const outcome = await doctor({}, ["-d", "sim:linux?privileged=no", "doctor", "--json"].join(" "));
  assertEquals([outcome.status, notOk(outcome)], [3, {
    driver: "refused",
    privcmd: "refused",
    hypercall: "unknown",
    events: "unknown",
    sysctl: "unknown",
    policy: "unknown",
    xenstore: "refused",
  }]);
  assertMatch(checksOf(outcome).get("driver")!.cure!, /udev rule/);
});

test("the kind of events, the policy and a Xen without sysctl are told", async () => {
  const detail = async (options: WorldOptions, check: string) => {
    const { state, detail } = checksOf(await doctor(options)).get(check)!;
    return `${state}: ${detail}`;
  };
  assertEquals(await detail({}, "events"), "ok: 2-level events: a domain may have 4096 ports");
  assertEquals(await detail({ ports: 131072 }, "events"), "ok: FIFO events: a domain may have 131072 ports");
  assertEquals(await detail({ xsm: "silo" }, "policy"), "ok: SILO: guests make channels with the control domain alone");
  assertEquals(await detail({}, "policy"), "ok: Xen's own rules alone (xsm=dummy)");
  assertEquals(await detail({ sysctl: "no" }, "sysctl"), "missing: Cannot list Xen's domains: ENOSYS");
  assertEquals(await detail({}, "sysctl"), "ok: allowed: Xen has 8 domains");
});

test("without xenstored, and with one that says nothing for --timeout, xenstore is missing and the rest is ok", async () => {
  const none = await doctor({ xenstored: "no" });
  assertEquals([none.status, notOk(none)], [3, { xenstore: "missing" }]);
  const host = new TestHost({ xenstored: "dead" });
  const ended = host.start("--simulator doctor --json --timeout 700ms");
  await host.stdout.until(/"sessions"/);
  await settle();
  assert(!host.stdout.text.includes('"xenstore"'), "xenstored has not had its time");
  host.clock.advance(700);
  assertEquals([await ended, notOk({ stdout: host.stdout.text })], [3, { xenstore: "missing" }]);
  assertMatch(checksOf({ stdout: host.stdout.text }).get("xenstore")!.detail, /ETIMEDOUT$/);
});

test("-q shows what is not ok alone, with what to do", async () => {
  const { status, stdout } = await doctor({ sysctl: "no", xenstored: "no" }, "--simulator doctor -q");
  assertEquals(status, 3);
  const lines = stdout.split("\n").filter((line) => !line.startsWith("counters"));
  assertEquals(lines.slice(0, 1), ["sysctl     missing  Cannot list Xen's domains: ENOSYS"]);
  assertMatch(lines[1], /^ {20}hint: this Xen was built without sysctl/);
  assertMatch(lines[2], /^xenstore {2} missing {2}/);
  assertMatch(lines.at(-2)!, /^12 checks: 9 ok|^12 checks: 10 ok/);
});

test("a permission that Deno was not given, and a libc that it may not load, are refused", async () => {
  const host = new TestHost();
  host.runsIn = { name: "Deno 2", lacks: ["--allow-net", "--allow-run"], libc: { state: "refused" } };
  const { status, stdout } = await host.run("--simulator doctor -q");
  assertEquals(status, 3);
  assertMatch(
    stdout,
    /^deno {7}refused {2}Deno 2, without --allow-net --allow-run\n +hint: start evtchn by the first line/,
  );
  assertMatch(stdout, /^libc {7}refused {2}Deno was not given --allow-ffi for it\n/m);
});

test("on another system it says what does not apply, and that the driver works", async () => {
  const { status, stdout } = await new TestHost().run(["run", "-d", "sim:illumos", "-e", "doctor"]);
  assertEquals(status, 0);
  assertMatch(stdout, /^driver {5}ok /m);
  for (const check of ["xen", "privcmd", "events", "sysctl", "counters", "xenstore"]) {
    assertMatch(stdout, new RegExp(`^${check} +unknown  Cannot look beyond a handle on illumos$`, "m"));
  }
});

test("in a script what doctor found missing is a fault of the script", async () => {
  const { status, stdout } = await new TestHost().run(
    ["run", "-d", "sim:linux?xenstored=no", "--json", "-e", "doctor -q --timeout 20m; print on"],
  );
  assertEquals(status, 3);
  assertMatch(stdout, /"check":"xenstore","state":"missing",.*,"line":1\}/);
  assertMatch(stdout, /"error":"fault",.*12 checks: .*1 missing/);
});

test("in a session it looks at the session's host, as each of its domains", async () => {
  await withSession(async ({ socket }) => {
    const host = new TestHost({ xenstored: "no" }); // which is not asked
    host.variables.EVTCHN_SESSION = socket;
    const own = await host.run("doctor --json");
    assertEquals([own.status, own.stderr, notOk(own)], [0, "", {}]);
    assertMatch(checksOf(own).get("sessions")!.detail, /^1 running$/);
    const guest = await host.run("--as 5 doctor --json");
    assertEquals(guest.status, 3);
    assertMatch(checksOf(guest).get("xenstore")!.detail, /; this is domain 5$/);
  });
});

test("a session that is gone is refused as by every command", async () => {
  await inFolder(async (folder) => {
    const host = new TestHost();
    const { status, stdout, stderr } = await host.run(["doctor", "--session", `${folder}/none`]);
    assertEquals([status, stdout], [1, ""]);
    assertMatch(stderr, /^evtchn: doctor: Cannot reach the session at ".*": ENOENT\n/);
  });
});

test("sessions are counted: one of another version has a hint, a dead one none", () =>
  inFolder(async (folder) => {
    const place = await makePlace(folder, "session-0123abcd", Date.now());
    place.listen().close();
    const host = new TestHost();
    host.sockets = [place.socket];
    const { state, detail } = checksOf(await host.run("--simulator doctor --json")).get("sessions")!;
    assertEquals([state, detail], ["ok", "1 dead"]);
    const newer = async (conn: Deno.Conn) =>
      void await conn.write(bytes('{"protocol":"evtchn-session","version":99}\n'));
    await withListener(newer, async (socket) => {
      host.sockets = [socket, place.socket];
      const outcome = await host.run("--simulator doctor --json");
      const { state, detail, cure } = checksOf(outcome).get("sessions")!;
      assertEquals([outcome.status, state, detail], [0, "unknown", "1 of another version, 1 dead"]);
      assertMatch(cure!, /^`evtchn session list`/);
    });
  }));

test("a period of nothing is refused", async () => {
  const { status, stderr } = await new TestHost().run("--simulator doctor --timeout 0ms");
  assertEquals(status, 2);
  assertMatch(stderr, /^evtchn: .*Cannot check anything within 0ms: expected some time, such as 5s\n/);
});

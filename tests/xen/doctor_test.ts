/**
 * `doctor` on real Xen: in dom0 and in a guest, for an ordinary user, without privcmd, with a xenstored that says nothing.
 *
 * The guest starts in the first of these tests that uses it; the last one destroys it.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Records } from "../../lib/record_schemas.ts";
import { type Outcome, run } from "../support/process.ts";
import { dom0, Guest } from "./guest.ts";

type Doctored = Records["doctor"];

/** This host is emulated: what takes milliseconds elsewhere may take seconds. */
const PATIENT = ["--timeout", "30s"];

/** Somebody without rights. */
const NOBODY = 65534;

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `doctor: ${name}`, sanitizeOps: true, sanitizeResources: true, sanitizeExit: true, fn });
}

function testInGuest(name: string, fn: (guest: Guest) => Promise<void>): void {
  test(name, async () => {
    await using guest = await Guest.attach();
    await fn(guest);
  });
}

/** What each check found, by its name. */
function found({ stdout, stderr }: Outcome): ReadonlyMap<string, Doctored> {
  assertEquals(stderr, "");
  const records: Doctored[] = stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  return new Map(records.map((record) => [record.check, record]));
}

const states = (checks: ReadonlyMap<string, Doctored>) =>
  Object.fromEntries([...checks].map(([name, { state }]) => [name, state]));

/** The states of dom0, where no guest has to run. */
const ALL_OK = {
  deno: "ok",
  libc: "ok",
  xen: "ok",
  driver: "ok",
  privcmd: "ok",
  hypercall: "ok",
  events: "ok",
  sysctl: "ok",
  sessions: "ok",
  xenstore: "ok",
};

/** What depends on devices that run now, and on how Xen was started, is left out. */
function steady(checks: ReadonlyMap<string, Doctored>): Record<string, string> {
  const { counters: _counters, policy: _policy, ...others } = states(checks);
  return others;
}

/** Runs evtchn where some nodes of /dev/xen are not there. */
const withOnly = (nodes: string, ...words: string[]) =>
  run(words, {
    sh: `exec unshare -m sh -c '
      mkdir -p /tmp/nodes && mount --rbind /dev/xen /tmp/nodes && mount -t tmpfs none /dev/xen
      for node in ${nodes}; do : >/dev/xen/$node && mount --bind /tmp/nodes/$node /dev/xen/$node; done
      exec "$@"' sh "$@"`,
  });

test("all is well in dom0, and xenstored's time is told", async () => {
  const outcome = await run(["doctor", "--json", ...PATIENT]);
  const checks = found(outcome);
  assertEquals([outcome.status, steady(checks)], [0, ALL_OK], outcome.stdout);
  assertMatch(checks.get("xen")!.detail, /^Xen 4\.\d+\S*; this is the initial domain(?:, PV)?$/);
  assertMatch(checks.get("driver")!.detail, /module xen_evtchn$/);
  assertEquals(checks.get("events")!.detail, "FIFO events: a domain may have 131072 ports");
  const { duration_us: duration = 0, detail } = checks.get("xenstore")!;
  assert(duration > 0, detail);
  assertMatch(detail, /; this is domain 0$/);
});

test("an ordinary user of dom0 may use none of the devices", async () => {
  const outcome = await run(["doctor", "--json", ...PATIENT], { uid: NOBODY });
  assertEquals([outcome.status, steady(found(outcome))], [3, {
    ...ALL_OK,
    driver: "refused",
    privcmd: "refused",
    hypercall: "unknown",
    events: "unknown",
    sysctl: "unknown",
    xenstore: "refused",
  }], outcome.stdout);
});

test("a dom0 without privcmd, and one without the memory for hypercalls", async () => {
  const none = await withOnly("evtchn xenbus", "doctor", "--json", ...PATIENT);
  const without = { ...ALL_OK, events: "unknown", sysctl: "unknown" };
  assertEquals([none.status, steady(found(none))], [3, { ...without, privcmd: "missing", hypercall: "missing" }]);
  assertMatch(found(none).get("privcmd")!.cure!, /modprobe xen-privcmd/);
  const bare = await withOnly("evtchn xenbus privcmd", "doctor", "--json", ...PATIENT);
  assertEquals([bare.status, steady(found(bare))], [3, { ...without, privcmd: "unknown", hypercall: "missing" }]);
});

test("a xenstored that says nothing is missing, after the timeout, and nothing else waits for it", async () => {
  const xenstored = Number(await dom0("pidof", "xenstored"));
  Deno.kill(xenstored, "SIGSTOP");
  let outcome: Outcome;
  try {
    outcome = await run(["doctor", "--json", "--timeout", "3s"]);
  } finally {
    Deno.kill(xenstored, "SIGCONT");
  }
  assertEquals([outcome.status, steady(found(outcome))], [3, { ...ALL_OK, xenstore: "missing" }], outcome.stdout);
  assertMatch(found(outcome).get("xenstore")!.detail, /ETIMEDOUT$/);
});

testInGuest("in a guest that may make no hypercalls, and in dom0 beside it", async (guest) => {
  const there = await guest.run("evtchn doctor --json --timeout 30s");
  assertEquals([there.status, steady(found(there))], [3, {
    ...ALL_OK,
    privcmd: "refused",
    events: "unknown",
    sysctl: "refused",
  }], there.stdout);
  assertMatch(found(there).get("xen")!.detail, /; this is a guest/);
  assertMatch(found(there).get("privcmd")!.cure!, /unrestricted=1/);
  assertMatch(found(there).get("xenstore")!.detail, new RegExp(`; this is domain ${guest.domid}$`));
  const here = await run(["doctor", "--json", ...PATIENT]);
  assertEquals([here.status, found(here).get("counters")?.state], [0, "ok"], here.stdout);
  assertEquals(found(here).get("sysctl")!.detail, "allowed: Xen has 2 domains");
});

testInGuest("in a guest that may make hypercalls, sysctl alone is refused", async (guest) => {
  const { status, stderr } = await guest.run(`
    umount /proc/xen && rmmod xenfs xen-privcmd && cd /lib/modules &&
    insmod xen-privcmd.ko unrestricted=1 && insmod xenfs.ko && mount -t xenfs xenfs /proc/xen`);
  assertEquals([status, stderr], [0, ""]);
  const there = await guest.run("evtchn doctor --json --timeout 30s");
  assertEquals([there.status, steady(found(there))], [3, { ...ALL_OK, sysctl: "refused" }], there.stdout);
  assertEquals(found(there).get("events")!.detail, "FIFO events: a domain may have 131072 ports");
  await guest.destroy();
});

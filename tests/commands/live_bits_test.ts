/** `list --pending`, `wiring` and `decode --live`: Xen's pending and mask bits as they are now. */
import { assert, assertEquals } from "@std/assert";
import type { Fault } from "../../lib/sim/toolstack/names.ts";
import { test } from "../support/test.ts";
import { type Outcome, TestHost } from "../support/test_host.ts";

/** A host whose domain 1 has a vif with a fault. */
async function hostWith(fault?: Fault, options: ConstructorParameters<typeof TestHost>[0] = {}): Promise<TestHost> {
  const host = new TestHost(options);
  await host.world.createDevice({ kind: "vif", domain: 1, backend: 0, fault });
  return host;
}

/** Runs a command that looks twice. */
async function lookTwice(host: TestHost, line: string, settle = 200): Promise<Outcome> {
  const running = host.run(line);
  await host.clock.asleep();
  host.clock.advance(settle);
  return await running;
}

test("list --pending has a column for each bit", async () => {
  const host = await hostWith("stuck-backend");
  assertEquals((await host.ok("--simulator list --pending 1")).split("\n").slice(0, 4), [
    "PORT  VCPU  STATE        PENDING  MASKED  BOUND TO                     DEVICE",
    "   1     0  interdomain  -        -       domain 0 (Domain-0) port 13  store",
    "   2     0  interdomain  -        -       domain 0 (Domain-0) port 14  console",
    "   3     0  virq         -        -       virq:timer",
  ]);
  const rows = (await host.ok("--simulator list -p 0")).split("\n").filter((row) => row.includes(" yes "));
  assertEquals(rows, [
    "  27     0  interdomain  yes      yes     domain 1 (guest1) port 9   vif/0 tx",
  ]);
  const records = (await host.ok("--simulator list --pending --json 0 1")).trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  assertEquals(records.filter(({ pending }) => pending !== false).map(({ port, masked }) => [port, masked]), [[
    27,
    true,
  ]]);
  assert(!(await host.ok("--simulator list --json 0")).includes("pending"));
});

test("list --pending where nothing can be listed says so once", async () => {
  const { status, stdout, stderr } = await new TestHost().run(["run", "-d", "sim:illumos", "-e", "list --pending"]);
  assertEquals([status, stdout, stderr.match(/Cannot/g)?.length], [1, "", 1]);
});

test("where the bits are refused, list shows the ports without them, and the reason, with status 1", async () => {
  const host = await hostWith(undefined, { sysctl: "no" });
  const { status, stdout, stderr } = await host.run("--simulator list --pending 1");
  assertEquals([status, stdout], [1, await host.ok("--simulator list 1")]);
  assertEquals(
    stderr,
    "evtchn: list: Cannot read Xen's console: ENOSYS\nhint: this Xen was built without sysctl, or filters it; " +
      "`evtchn decode` reads what Xen's debug key e prints\n",
  );
  const guest = await new TestHost({ privcmd: "unrestricted" }).run("--simulator --as 1 list --pending --json");
  assertEquals([guest.status, guest.stdout.split("\n").length], [1, 9]);
  const { op, error } = JSON.parse(guest.stderr);
  assertEquals([op, error], ["list", "EPERM"]);
});

test("of a dump that Xen's console ring cannot hold, the ports that are missing are counted and not claimed", async () => {
  const host = new TestHost();
  const handle = host.exec();
  for (let port = 0; port < 500; port++) handle.allocUnbound(1);
  const { status, stdout, stderr } = await host.run("--simulator list --pending 0 7");
  assertEquals(status, 1);
  const [own, theirs] = stdout.split("\n\n").map((table) => table.trimEnd().split("\n").slice(2));
  const unknown = own.filter((row) => row.includes("  ?        ?  "));
  assert(unknown.length > 100 && unknown.length < 300, `${unknown.length}`);
  assertEquals(own.slice(unknown.length).some((row) => row.includes("?")), false); // the first ones are lost
  assertEquals(theirs.some((row) => row.includes("?")), false);
  assertEquals(stderr.split("\n"), [
    `evtchn: list: Cannot see the pending events of ${unknown.length} of ${own.length + theirs.length} ports: ` +
    "Xen's console ring is too small for its dump: ENODATA",
    "hint: boot Xen with a larger one, as conring_size=4M: a port takes about 50 bytes",
    "",
  ]);
  const wired = await host.run("--simulator wiring 1 7");
  assertEquals([wired.status, wired.stdout.split("\n").at(-2)], [0, "4 channels, all ok"]);
  assert(wired.stderr.startsWith("evtchn: wiring: Cannot see the pending events of 4 of 8 ports: Xen's"), wired.stderr);
});

test("wiring looks twice where an event waits, and says at which end it is stuck", async () => {
  for (
    const [fault, end, port] of [["stuck-backend", "backend", 27], ["stuck-guest", "frontend", 9]] as const
  ) {
    const { status, stdout, stderr } = await lookTwice(await hostWith(fault), "--simulator wiring --json 1");
    assertEquals([status, stderr], [3, ""]);
    const records = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    const [stuck, ...others] = records.filter(({ verdict }) => verdict !== "ok");
    assertEquals([others, stuck.verdict, stuck.stuck_end, stuck.key], [[], "stuck", end, "event-channel-tx"]);
    assert(stuck.reason.startsWith(`an event waits at port ${port} of domain ${end === "backend" ? 0 : 1}`));
  }
});

test("what moves between the two looks is not stuck; --settle says how long they are apart", async () => {
  const host = await hostWith("stuck-guest");
  const running = host.run("--simulator wiring 1 --settle 1s");
  await host.clock.asleep();
  host.clock.advance(999);
  assertEquals(host.clock.sleeping, 1);
  host.world.hypervisor.domain(1)!.clearPending(9);
  host.clock.advance(1);
  assertEquals((await running).status, 0);
});

test("wiring of a host without waiting events looks once, and --no-bits never", async () => {
  const keys = (trace: string) => trace.split("\n").filter((line) => line.includes("XEN_SYSCTL_debug_keys")).length;
  assertEquals(keys((await (await hostWith()).run("--simulator --trace wiring 1")).stderr), 1);
  const stuck = await hostWith("stuck-backend");
  const { status, stderr } = await stuck.run("--simulator --trace wiring 1 --no-bits");
  assertEquals([status, keys(stderr)], [0, 0]);
  assertEquals(keys((await lookTwice(stuck, "--simulator --trace wiring 1")).stderr), 2);
});

test("of many domains on a host with a serial console wiring looks at the bits if it is asked to", async () => {
  const host = await hostWith("stuck-backend");
  for (let domain = 8; domain < 33; domain++) host.world.createDomain(domain);
  const { status, stderr } = await host.run("--simulator wiring 1");
  assertEquals([status, stderr], [
    0,
    "evtchn: wiring: pending events are not looked at: Xen would print the ports of 33 domains on a serial console; " +
    "--settle 200ms looks\n",
  ]);
  assertEquals((await host.run("--simulator wiring 1 -q")).stderr, "");
  assertEquals((await lookTwice(host, "--simulator wiring 1 --settle 200ms")).status, 3);
  host.world.destroyDomain(32);
  assertEquals((await lookTwice(host, "--simulator wiring 1")).status, 3);
});

test("wiring without the bits is silent in a guest, and says why elsewhere, but not with --quiet", async () => {
  const guest = await hostWith(undefined, { privcmd: "unrestricted" });
  assertEquals((await guest.run("--simulator --as 1 wiring")).stderr, "");
  const host = await hostWith(undefined, { sysctl: "no" });
  const { status, stderr } = await host.run("--simulator wiring 1");
  assertEquals([status, stderr], [
    0,
    "evtchn: wiring: pending events are not seen: Cannot read Xen's console: ENOSYS; --no-bits does without\n",
  ]);
  assertEquals((await host.run("--simulator wiring 1 -q")).stderr, "");
});

test("decode --live prints what Xen prints for its debug key, and ends as decode does", async () => {
  const host = await hostWith();
  const { status, stdout, stderr } = await host.run("--simulator decode --live");
  assertEquals([status, stderr], [0, ""]);
  assertEquals(stdout.split("\n").slice(0, 3), [
    "Domain 0: 28 ports",
    "PORT  VCPU  STATE        PENDING  MASKED  BOUND TO",
    "   1     0  virq         -        -       virq:timer",
  ]);
  const stuck = await (await hostWith("stuck-backend")).run("--simulator decode --live --json");
  assertEquals(stuck.status, 3);
  const found = stuck.stdout.trimEnd().split("\n").map((line) => JSON.parse(line)).filter(({ stuck }) => stuck);
  assertEquals(found.map(({ domain, port }) => [domain, port]), [[0, 27]]);
  const refused = await new TestHost().run("--simulator --as 1 decode --live");
  assertEquals([refused.status, refused.stdout], [1, ""]);
});

test("decode --live says where the first domains are missing", async () => {
  const host = new TestHost();
  const handle = host.exec();
  for (let port = 0; port < 500; port++) handle.allocUnbound(1);
  const { stdout, stderr } = await host.run("--simulator decode --live");
  assert(stdout.startsWith("Domain 1: "), stdout);
  assertEquals(
    stderr,
    "evtchn: decode: Xen's console ring is too small for its dump: the first ports are missing; " +
      "boot Xen with a larger one, as conring_size=4M: a port takes about 50 bytes\n",
  );
});

test("decode --diff compares a dump with Xen as it is now", async () => {
  const host = await hostWith("stuck-backend");
  const lines = (text: string) => text.split("\n").slice(0, -1);
  host.files.old = `(XEN) 'e' pressed -> dumping event-channel info
(XEN) Event channel information for domain 1:
(XEN)        1 [0/1/0]: s=3 n=0 x=0 d=0 p=13
(XEN) Event channel information for domain 2:
(XEN)        9 [0/0/0]: s=2 n=0 x=0 d=0
`;
  const { status, stdout } = await host.run("--simulator decode --diff old --live");
  const shown = lines(stdout);
  assertEquals([status, shown[0]], [0, "DOMAIN  PORT  CHANGE  WAS                       IS"]);
  assert(shown.includes("     1     1  bits    domain 0 port 13, masked  domain 0 port 13"), stdout);
  assert(shown.includes("     2     9  gone    waits for domain 0        -"), stdout);
});

import { assert, assertEquals } from "@std/assert";
import { encodeText } from "../../lib/xenstore/wire.ts";
import { test } from "../support/test.ts";
import { TestHost } from "../support/test_host.ts";

/** A host whose domain 1 has a vif, with or without a fault. */
async function hostWith(fault?: "closed" | "waiting"): Promise<TestHost> {
  const host = new TestHost();
  await host.world.createDevice({ kind: "vif", domain: 1, backend: 0, fault });
  return host;
}

test("wiring shows a domain, with status 0 where nothing is wrong", async () => {
  assertEquals(
    await (await hostWith()).ok("--simulator wiring 1"),
    `Domain 1 (guest1)
├─ console              port 2  ── dom0 port 14  ok
├─ store                port 1  ── dom0 port 13  ok
└─ vif/0  Connected
   ├─ event-channel-tx  port 9  ── dom0 port 27  ok
   └─ event-channel-rx  port 10 ── dom0 port 28  ok
4 channels, all ok
`,
  );
});

test("wiring ends with status 3 where something is wrong, in every form", async () => {
  for (const form of ["", "--quiet", "--json", "--format dot", "--format mermaid", "--format tree"]) {
    const { status, stdout, stderr } = await (await hostWith("waiting")).run(`--simulator wiring 1 ${form}`);
    assertEquals([status, stderr], [3, ""], form);
    assert(stdout.includes("waiting"), stdout);
  }
});

test("wiring without DOM shows every domain in domain 0, elsewhere the own domain", async () => {
  const host = new TestHost({ privcmd: "unrestricted" });
  assertEquals((await host.ok("--simulator wiring")).match(/^Domain \d/gm)?.length, 7);
  assertEquals((await host.ok("--simulator --as 3 wiring")).match(/^Domain \d/gm), ["Domain 3"]);
  assertEquals((await host.ok("--simulator --as 3 wiring self")).match(/^Domain \d/gm), ["Domain 3"]);
});

test("wiring in a guest whose kernel makes no hypercalls shows what xenstore has, with status 1", async () => {
  const { status, stdout, stderr } = await new TestHost().run("--simulator --as 3 wiring --json");
  assertEquals(status, 1);
  assertEquals(stdout.match(/"verdict":"[a-z]+"/g), ['"verdict":"unknown"', '"verdict":"unknown"']);
  assertEquals(stderr, "");
});

test("wiring --quiet prints nothing where nothing is wrong", async () => {
  const host = await hostWith();
  assertEquals(await host.ok("--simulator wiring -q"), "");
  assertEquals(await host.ok("--simulator wiring --quiet --json"), "");
});

test("wiring --json prints a record for each channel", async () => {
  const records = (await (await hostWith()).ok("--simulator wiring --json 1")).trimEnd().split("\n");
  assertEquals(
    records.map((record) => JSON.parse(record)).map(({ op, device, key, verdict }) => [op, device, key, verdict]),
    [
      ["wiring", "console", "port", "ok"],
      ["wiring", "store", "port", "ok"],
      ["wiring", "vif/0", "event-channel-tx", "ok"],
      ["wiring", "vif/0", "event-channel-rx", "ok"],
    ],
  );
});

test("wiring --color marks what is wrong", async () => {
  const { stdout } = await (await hostWith("closed")).run("--simulator wiring 1 --color always");
  assert(stdout.includes("\u001b[33mclosed\u001b[39m"), stdout);
});

test("wiring uses the width of the terminal", async () => {
  const host = await hostWith("closed");
  Object.assign(host.stdout, { columns: 50 });
  const { stdout } = await host.run("--simulator wiring 1");
  assertEquals(
    stdout,
    `Domain 1 (guest1)
├─ console
│  port 2 ── dom0 port 14  ok
├─ store
│  port 1 ── dom0 port 13  ok
└─ vif/0  Connected
   ├─ event-channel-tx
   │  port 63  closed
   │  port 63 is closed in Xen: the frontend has
   │  let go of it; detach and attach the device,
   │  or reload the frontend's driver
   └─ event-channel-rx
      port 9 ── dom0 port 27  ok
4 channels, 1 fault
`,
  );
});

test("without privcmd one line says what is missing, and status is 1", async () => {
  const host = new TestHost({ privcmd: "no" });
  const { status, stdout, stderr } = await host.run("--simulator wiring 1");
  assertEquals([status, stdout], [
    1,
    `Domain 1 (guest1)
├─ console  port 2  unknown
└─ store    port 1  unknown
2 channels, 2 unknown
`,
  ]);
  const [what, hint] = stderr.split("\n");
  assertEquals(what, 'evtchn: wiring: Xen\'s side is unknown: Cannot open "/dev/xen/privcmd": ENOENT');
  assert(hint.startsWith("hint: no such device: load the driver with `modprobe xen-privcmd`"), hint);
  const json = await host.run("--simulator --json wiring 1");
  assertEquals(json.stdout.match(/"verdict":"unknown"/g)?.length, 2);
  const { op, error, message } = JSON.parse(json.stderr);
  assertEquals([op, error, message], [
    "wiring",
    "ENOENT",
    'Xen\'s side is unknown: Cannot open "/dev/xen/privcmd": ENOENT',
  ]);
});

test("without xenstore wiring gives one error, and the hint names what still works", async () => {
  const host = new TestHost({ xenstored: "no" });
  const { status, stdout, stderr } = await host.run("--simulator wiring 1");
  assertEquals([status, stdout], [1, ""]);
  assertEquals(stderr.split("\n")[0], 'evtchn: wiring: Cannot open "/dev/xen/xenbus": ENOENT');
  assert(stderr.includes("`evtchn list` shows Xen's side without it"), stderr);
});

test("a user who is not root gets one error and no output", async () => {
  assertEquals(await new TestHost().run("-d sim:linux?privileged=no wiring"), {
    status: 1,
    stdout: "",
    stderr: 'evtchn: wiring: Cannot open "/dev/xen/xenbus": EACCES\nhint: xenstore is root\'s: run it as root\n',
  });
});

test("wiring on illumos is one error", async () => {
  const { status, stdout, stderr } = await new TestHost().run(["-d", "sim:illumos", "run", "-e", "wiring"]);
  assertEquals([status, stdout, stderr.split("\n")[0]], [
    1,
    "",
    "evtchn: run: -e:1: wiring: Cannot look beyond a handle on illumos: ENOTSUP",
  ]);
});

test("options that contradict each other are refused", async () => {
  for (
    const [words, message] of [
      ["--json --format svg", "Cannot use --json and --format svg together: records have one form"],
      ["--watch --format dot", "Cannot use --watch and --format dot together: a picture does not go on"],
      ["--quiet --format svg", "Cannot use --quiet and --format svg together: a picture shows everything"],
      ["--interval 1s", "Cannot use --interval without --watch"],
      ["--watch --interval 0s", "Cannot look every 0 ms: expected some time, such as 2s"],
      ["--format png", 'Cannot use "png" as --format: expected tree, dot, svg, mermaid'],
      ["5x", 'Cannot use "5x" as a domain: expected 0 to 32751 (0x7FEF) or "self"'],
    ]
  ) {
    const { status, stdout, stderr } = await new TestHost().run(`--simulator wiring ${words}`);
    assertEquals([status, stdout], [2, ""], words);
    assert(stderr.includes(message.replaceAll('"', words.includes("--json") ? '\\"' : '"')), stderr);
  }
});

test("wiring --watch shows the wiring, then its changes, until a signal", async () => {
  const host = await hostWith();
  const ended = host.start("--simulator wiring --watch 1");
  await host.stdout.until(/4 channels, all ok\n/);
  host.stdout.take();
  await host.world.createDevice({ kind: "vbd", domain: 1, backend: 0 });
  await host.stdout.until(/vbd.*\n/);
  assertEquals(
    host.stdout.take(),
    "2026-01-02T03:04:05.678901Z  domain 1  vbd/51712 (xvda) event-channel  port 11 ── dom0 port 29  Connected  ok\n",
  );
  host.clock.advance(500); // a domain is looked at twice a second
  host.world.writeStore(0, "backend/vbd/1/51712/state", "5");
  await host.stdout.until(/waiting: .*\n/);
  assertEquals(
    host.stdout.take(),
    "2026-01-02T03:04:06.178901Z  domain 1  vbd/51712 (xvda)  Connected/Closing: the frontend owes the step to Closed\n" +
      "2026-01-02T03:04:06.178901Z  domain 1  vbd/51712 (xvda) event-channel  port 11 ── dom0 port 29  Connected/Closing  " +
      "waiting: port 11 is bound by the backend, which is Closing, and the frontend holds on to it\n",
  );
  host.signal("SIGINT");
  assertEquals(await ended, 130);
  assertEquals([host.stderr.text, host.listening, host.clock.sleeping], ["", 0, 0]);
});

test("wiring --watch reports guests that are created and destroyed", async () => {
  const host = new TestHost();
  const ended = host.start("--simulator wiring --watch --json");
  await host.stdout.until(/"domain":7.*\n.*"domain":7.*\n/);
  host.stdout.take();
  host.world.createDomain(8);
  await host.stdout.until(/"store".*\n/);
  const told = host.stdout.take().trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(told.map(({ event, time, domain, device, verdict }) => [event, time, domain, device, verdict]), [
    ["wiring", "2026-01-02T03:04:05.678901Z", 8, "console", "ok"],
    ["wiring", "2026-01-02T03:04:05.678901Z", 8, "store", "ok"],
  ]);
  host.clock.advance(500);
  host.world.destroyDomain(8);
  await host.stdout.until(/"store".*"removed":true\}\n/);
  host.signal("SIGTERM");
  assertEquals(await ended, 143);
});

test("wiring --watch --interval finds changes that xenstore does not report", async () => {
  const host = await hostWith();
  const ended = host.start("--simulator wiring -w --interval 2s 1");
  await host.stdout.until(/all ok\n/);
  host.stdout.take();
  // Then two sleeps are pending: the wait for a xenstore event, and the interval.
  while (host.clock.sleeping < 2) await new Promise((resolve) => setTimeout(resolve, 0));
  host.world.hypervisor.close(host.world.hypervisor.domain(1)!, 10);
  host.clock.advance(2000);
  await host.stdout.until(/closed.*\n/);
  assert(host.stdout.take().startsWith("2026-01-02T03:04:07.678901Z  domain 1  vif/0 event-channel-rx  port 10  "));
  host.signal("SIGHUP");
  assertEquals(await ended, 129);
  assertEquals(host.clock.sleeping, 0);
});

test("wiring --watch in a guest follows the guest's own devices", async () => {
  const host = new TestHost({ privcmd: "unrestricted" });
  const ended = host.start("--simulator --as 2 wiring -w");
  await host.stdout.until(/2 channels, all ok\n/);
  host.stdout.take();
  await host.world.createDevice({ kind: "vbd", domain: 1, backend: 0 });
  await host.world.createDevice({ kind: "vbd", domain: 2, backend: 0 });
  await host.stdout.until(/vbd.*\n/);
  assert(
    /^\S+Z {2}domain 2 {2}vbd\/51712 \(xvda\) event-channel {2}.* {2}ok\n$/.test(host.stdout.text),
    host.stdout.text,
  );
  host.signal("SIGINT");
  assertEquals(await ended, 130);
});

/** Claims one port of a vif as often as the guest's quota of nodes allows. Returns how often. */
async function fillQuota({ world }: TestHost, domain: number): Promise<number> {
  const made = await world.createDevice({ kind: "vif", domain, backend: 0 });
  const port = encodeText(String(typeof made === "string" ? 0 : made.ports[0]));
  for (let claims = 0;; claims++) {
    const queue = `device/vif/0/queue-${Math.floor(claims / 3)}`;
    const key = ["event-channel", "event-channel-tx", "event-channel-rx"][claims % 3];
    const answer = world.store!.write(domain, `${queue}/${key}`, port);
    if (answer !== undefined) return claims;
  }
}

test("guests that fill their quota with claims to one port are shown in pieces, in proportion to what they wrote", async () => {
  const host = new TestHost();
  let claims = 0;
  for (let domain = 1; domain < 8; domain++) claims += await fillQuota(host, domain);
  assert(claims > 7 * 500, String(claims));
  const pieces: number[] = [];
  const write = host.stdout.write.bind(host.stdout);
  host.stdout.write = (text) => {
    pieces.push(text.length);
    return write(text);
  };
  for (const form of ["", "--json", "--format dot", "--format mermaid"]) {
    pieces.length = 0;
    const { status, stdout, stderr } = await host.run(`--simulator wiring ${form}`);
    assertEquals([status, stderr], [3, ""]);
    assert(stdout.length < claims * 450, `${form}: ${stdout.length}`);
    assert(Math.max(...pieces) < 100_000, `${form}: ${Math.max(...pieces)}`);
  }
});

test("a state of two thousand characters is not told whole with each of a thousand channels", async () => {
  const host = new TestHost();
  const claims = await fillQuota(host, 1);
  const state = encodeText(`4${"\t".repeat(2000)}`);
  assertEquals(host.world.store!.write(1, "device/vif/0/state", state), undefined);
  const { stdout } = await host.run("--simulator wiring 1 --json");
  assert(stdout.length < claims * 900, `${stdout.length} for ${claims}`);
  assertEquals(JSON.parse(stdout.split("\n")[2]).frontend_state, `"4${"\t".repeat(99)}"`);
});

test("a guest whose folder cannot be read blinds wiring to no other guest, and the status is 1", async () => {
  const host = new TestHost();
  const { store } = host.world;
  const directory = store!.directory.bind(store);
  store!.directory = (caller, path) => path === "/local/domain/2/device/vif" ? "EIO" : directory(caller, path);
  const { status, stdout, stderr } = await host.run("--simulator wiring");
  assertEquals([status, stderr], [1, ""]);
  assertEquals(stdout.match(/^Domain \d/gm)?.length, 7);
  assert(stdout.endsWith("12 channels, 1 domain unknown\n"), stdout);
  const { stdout: records } = await host.run("--simulator wiring --json");
  const unread = records.trimEnd().split("\n").map((line) => JSON.parse(line)).filter(({ domain }) => domain === 2);
  const reason = 'Cannot list "/local/domain/2/device/vif" in xenstore: EIO';
  assertEquals(unread, [{ op: "wiring", domain: 2, verdict: "unknown", reason }]);
});

/** A host with two guests: one has a disk, the other a broken network card. */
async function twoGuests(): Promise<TestHost> {
  const host = new TestHost();
  for (const [domain, name] of [[1, "web"], [2, "mail"]] as const) host.world.writeStore(domain, "name", name);
  await host.world.createDevice({ kind: "vbd", domain: 1, backend: 0 });
  await host.world.createDevice({ kind: "vif", domain: 2, backend: 0, fault: "closed" });
  return host;
}

test("wiring --summary prints a line for each domain, with the worst verdict", async () => {
  const { status, stdout } = await (await twoGuests()).run("--simulator wiring --summary web mail");
  assertEquals(
    stdout,
    `DOMAIN  NAME  DEVICES  CHANNELS  FAULTS  UNKNOWN  WORST
     1  web         3         3       0        0  ok
     2  mail        3         4       1        0  closed
7 channels, 1 fault
`,
  );
  assertEquals(status, (await (await twoGuests()).run("--simulator wiring web mail")).status);
});

test("wiring --summary --quiet prints only domains with a fault, or nothing", async () => {
  const host = await twoGuests();
  const { stdout } = await host.run("--simulator wiring -sq");
  assertEquals(stdout.match(/^ +\d.*$/gm), ["     2  mail        3         4       1        0  closed"]);
  assertEquals(await host.ok("--simulator wiring -sq web"), "");
});

test("wiring --summary --json prints a record for each domain, also where the domain cannot be read", async () => {
  const host = await twoGuests();
  const records = async (line: string) =>
    (await host.run(line)).stdout.split("\n").slice(0, -1).map((each) => JSON.parse(each));
  assertEquals(await records("--simulator wiring --summary --json mail"), [
    {
      op: "wiring",
      domain: 2,
      name: "mail",
      device_count: 3,
      channel_count: 4,
      fault_count: 1,
      unknown_count: 0,
      verdict: "closed",
    },
  ]);
});

test("a disk has its name in every form", async () => {
  const host = await twoGuests();
  assert((await host.ok("--simulator wiring web")).includes("└─ vbd/51712 (xvda)  port 9"));
  const [record] = (await host.ok("--simulator wiring web --json")).split("\n").filter((line) => /51712/.test(line));
  assertEquals(JSON.parse(record).device_name, "xvda");
  assert((await host.ok("--simulator wiring web --format dot")).includes("vbd/51712 (xvda)"));
  assert(/vbd\/51712 \(xvda\)$/m.test(await host.ok("--simulator list web")));
});

/**
 * A guest and dom0 with evtchn at both ends: events between two domains, what Xen and xenstore have of them, and what is
 * seen when one of them is gone.
 *
 * The guest starts once, in the first of these tests that runs; the last one destroys it.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { LocalDevice } from "../../lib/handle/device.ts";
import type { PortRecord } from "../../lib/records.ts";
import type { WiredChannelRecord } from "../../lib/records.ts";
import { type Outcome, run, start } from "../support/process.ts";
import { DEVICE, KERNEL, quietLoopbacks, receive, Rig } from "./device.ts";
import { dom0, Guest } from "./guest.ts";
import { agree, inItsWords, lsevtchn } from "./lsevtchn.ts";

/** Somebody without rights. */
const NOBODY = 65534;

/** Registers a test with the guest that may leave no timer, promise, resource, process or port behind. */
function test(name: string, fn: (guest: Guest, rig: Rig) => Promise<void>): void {
  Deno.test({
    name: `two domains: ${name}`,
    sanitizeOps: true,
    sanitizeResources: true,
    sanitizeExit: true,
    async fn() {
      await using guest = await Guest.attach();
      using stack = new DisposableStack();
      await fn(guest, stack.adopt(new Rig(), (rig) => rig.close()));
    },
  });
}

/** evtchn in dom0. */
const evtchn = (...words: string[]) => start(["--device", DEVICE, ...words]);

const parsed = <T>(lines: string): T[] => lines.split("\n").slice(0, -1).map((line) => JSON.parse(line));

/** Puts lines among the results. What a test prints on Deno's own streams the reporter keeps to itself. */
function tell(text: string): void {
  Deno.writeTextFileSync("/proc/self/fd/2", text, { append: true });
}

test("the guest runs programs, several at a time, and tells each one's lines, errors and end", async (guest) => {
  const slow = await guest.start("echo one; exec sleep 1000");
  assertEquals(await slow.stdout.until(/\n/), "one\n");
  assertEquals(await guest.run("echo out; printf 'no %s' end; echo @ready >&2; exit 3"), {
    status: 3,
    stdout: "out\nno end\n",
    stderr: "@ready\n",
  });
  await slow.kill("TERM");
  assertEquals(await slow.end(), { status: 143, stdout: "", stderr: "" });
  assertEquals(await dom0("xenstore-read", `/local/domain/${guest.domid}/name`), "guest");
});

test("a guest offers a port, dom0 binds it, and each sees what the other sends", async (guest) => {
  // As a pair of drivers does it: the frontend writes its port to xenstore, where the backend finds it.
  const frontend = await guest.start(`
    exec 3<>/dev/xen/evtchn
    export EVTCHN_FD=3
    port=$(evtchn alloc-unbound 0) && xenstore-write data/port "$port" && echo offered
    evtchn watch "$port" -n 1 -F "%d %n"
    evtchn notify "$port"`);
  assertEquals(await frontend.stdout.until(/\n/), "offered\n");
  const port = await dom0("xenstore-read", `/local/domain/${guest.domid}/data/port`);
  const backend = evtchn(
    "run",
    "-e",
    `port = bind-interdomain ${guest.domid} ${port}
     watch $port -n 1 -F "%k %d:%r"
     notify $port
     watch $port -n 1 -F "%k %d:%r"`,
  );
  const seen = `interdomain ${guest.domid}:${port}`;
  assertEquals(await backend.end(), { status: 0, stdout: `${seen}\n${seen}\n`, stderr: "" });
  assertEquals(await frontend.end(), { status: 0, stdout: "- 1\n", stderr: "" });
});

test("examples: wait_for_guest.sh ends when a real guest has connected", async (guest) => {
  const path = new URL("../examples/wait_for_guest.sh", import.meta.url).pathname;
  const waiting = start([path, `${guest.domid}`, "5m"], { command: ["sh"], env: { EVTCHN_DEVICE: DEVICE } });
  const port = (await waiting.stdout.until(/\n/)).trim();
  const connected = await guest.start(`exec evtchn bind-interdomain 0 ${port}`);
  assertEquals(await waiting.end(), { status: 0, stdout: "", stderr: "" });
  await connected.kill("TERM");
  assertEquals((await connected.end()).status, 143);
});

test("ping: 10,000 events go to and fro, and not one is lost", async (guest) => {
  const rounds = 5000;
  const frontend = await guest.start("exec evtchn ping --answer 0:any");
  const port = (await frontend.stdout.until(/\n/)).trim();
  const channel = `${guest.domid}:${port}`;
  const { status, stdout, stderr } = await evtchn(
    ...["ping", channel, "-n", `${rounds - 1}`, "--interval", "0us", "--warmup", "1", "--timeout", "1m", "-q"],
  ).end();
  tell(stdout);
  assertEquals([status, stderr], [0, ""]);
  assertMatch(stdout, new RegExp(`^--- ping ${channel} ---\n${rounds - 1} sent, ${rounds - 1} answered, 0 lost\n`));
  await frontend.kill("TERM");
  const { status: end, stderr: said } = await frontend.end();
  assertEquals([end, said.split("\n").slice(-2)], [143, [`evtchn: answered ${rounds} events`, ""]]);
});

test("bursts: some events are one, none is more than was sent, and the last is always seen", async (guest, rig) => {
  const frontend = await guest.start(`
    exec 3<>/dev/xen/evtchn
    export EVTCHN_FD=3
    port=$(evtchn alloc-unbound 0) && mark=$(evtchn alloc-unbound 0) && echo "$port" "$mark"
    # At each mark: how many of the others came before.
    evtchn watch "$port" "$mark" -F "%p" | awk -v port="$port" '$1 == port { n++; next } { print n + 0; fflush() }'`);
  const [port, mark] = (await frontend.stdout.until(/\n/)).split(" ").map(Number);
  const device = rig.open();
  const sender = device.bindInterdomain(guest.domid, port);
  const marker = device.bindInterdomain(guest.domid, mark);
  device.unmask(await receive(device, 2));
  let before = 0;
  for (const sent of [1, 2, 10, 100, 1000, 10_000]) {
    for (let i = 0; i < sent; i++) device.notify(sender);
    // What the first mark finds masked has fired again when the watch comes to the second.
    device.notify(marker);
    await frontend.stdout.until(/\n/);
    device.notify(marker);
    const all = Number(await frontend.stdout.until(/\n/));
    tell(`${sent} sent, ${all - before} seen\n`);
    assert(all - before >= 1 && all - before <= sent, `${sent} sent, ${all - before} seen`);
    before = all;
  }
  assertEquals(await outstanding(guest.domid, port), { pending: false, masked: false });
  await frontend.kill("TERM");
  await frontend.end();
});

/** Xen's own bits of a port, which it tells on its console alone. */
async function outstanding(domain: number, port: number): Promise<{ pending: boolean; masked: boolean }> {
  const sh = `xl debug-keys e && xl dmesg -c | "$@"`;
  const { stdout } = await run(["decode", "--json"], { sh });
  const found = parsed<PortRecord & { pending: boolean; masked: boolean }>(stdout)
    .filter((each) => each.domain === domain && each.port === port);
  assertEquals(found.length, 1, stdout);
  const [{ pending, masked }] = found;
  return { pending, masked };
}

test("list: of dom0 and of the guest, it says what lsevtchn says", async (guest) => {
  const held = await guest.start("exec evtchn alloc-unbound 0");
  const port = Number(await held.stdout.until(/\n/));
  await agree(0);
  const found = (await agree(guest.domid)).filter((each) => each.port === port);
  assertEquals(found.map(({ status, remote_domain }) => [status, remote_domain]), [["unbound", 0]]);
  await held.kill("TERM");
  await held.end();
});

/** What `wiring` of a domain says in dom0, also where an interface is down, of whose ports the bits say so. */
async function wiring(domid: number): Promise<Outcome & { channels: WiredChannelRecord[] }> {
  const outcome = await run(["wiring", `${domid}`, "--no-bits", "--json"]);
  return { ...outcome, channels: parsed(outcome.stdout) };
}

/** Where xenstore has a device; the console and xenstore itself have places of their own. */
const place = (device: string) => /^(console|store)$/.test(device) ? device : `device/${device}`;

test("wiring: every device of the guest is shown with the ports that lsevtchn and xenstore have", async (guest) => {
  const { status, stderr, channels } = await wiring(guest.domid);
  assertEquals([status, stderr], [0, ""]);
  const wired = channels.filter(({ verdict }) => verdict === "ok");
  assertEquals(wired.map(({ device, key }) => `${device} ${key}`), [
    "console port",
    "store port",
    ...[0, 1].flatMap((queue) => ["tx", "rx"].map((way) => `vif/0 queue-${queue}/event-channel-${way}`)),
    ...[0, 1].map((queue) => `vbd/51712 queue-${queue}/event-channel`),
  ]);
  const [theirs, ours] = [await lsevtchn(guest.domid), await lsevtchn(0)].map((lines) =>
    lines.map((line) => line.replace(/ VCPU \d+:/, ""))
  );
  const bound = (port?: number, domain?: number, remote?: number) =>
    `${port}: Interdomain (Connected) - Remote Domain ${domain}, Port ${remote}`;
  for (const { device, key, port, backend_domain, backend_port } of wired) {
    const path = `/local/domain/${guest.domid}/${place(device)}/${key}`;
    assertEquals([path, await dom0("xenstore-read", path)], [path, `${port}`]);
    assert(theirs.includes(bound(port, 0, backend_port)), `${path}: ${theirs.join("\n")}`);
    assert(ours.includes(bound(backend_port, guest.domid, port)), `${path}: ${ours.join("\n")}`);
    assertEquals([path, backend_domain], [path, 0]);
  }
  // Every channel between the two is told of.
  const between = ours.filter((line) => line.includes(`Remote Domain ${guest.domid},`));
  assertEquals(between.length, wired.length, between.join("\n"));
});

test("inspection in the guest: xenstore's side of its own devices, and a line for what it may not see", async (guest) => {
  const own = await guest.run("evtchn wiring --json");
  const ports = (channels: WiredChannelRecord[]) => channels.map(({ device, key, port }) => [device, key, port]);
  assertEquals(ports(parsed(own.stdout)), ports((await wiring(guest.domid)).channels));
  // Linux lets a domain without privileges make no hypercall of its own, unless its module is told so.
  assertEquals(complaints([await guest.run("evtchn list"), await guest.run("evtchn list 0")]), [
    [1, "evtchn: list: Cannot list the ports of this domain: EPERM"],
    [1, "evtchn: list: Cannot list the ports of domain 0: EPERM"],
  ]);
  const why = await guest.run("evtchn why 0:1");
  assertEquals(why.status, 3);
  assertMatch(why.stdout, /^0:1: E[A-Z]+: /);
});

test("inspection in a guest that may make hypercalls: its own ports, and no others", async (guest) => {
  const { status, stderr } = await guest.run(`
    umount /proc/xen && rmmod xenfs xen-privcmd && cd /lib/modules &&
    insmod xen-privcmd.ko unrestricted=1 && insmod xenfs.ko && mount -t xenfs xenfs /proc/xen`);
  assertEquals([status, stderr], [0, ""]);
  const listed = await guest.run("evtchn list --json");
  assertEquals([listed.status, listed.stderr], [0, ""]);
  assertEquals(parsed<PortRecord>(listed.stdout).map(inItsWords), await lsevtchn(guest.domid));
  const wired = await guest.run("evtchn wiring --json");
  assertEquals([wired.status, wired.stderr], [0, ""]);
  assertEquals(complaints([await guest.run("evtchn list 0")]), [
    [1, "evtchn: list: Cannot list the ports of domain 0: EPERM"],
  ]);
});

/** The first line of each, which is to have a hint behind it, and perhaps more on standard output. */
function complaints(outcomes: readonly Outcome[]): [number, string][] {
  return outcomes.map(({ status, stderr }) => {
    assertMatch(stderr, /^evtchn: .*\nhint: .*\n$/);
    return [status, stderr.split("\n")[0]];
  });
}

/** Runs evtchn where /dev/xen/NODE is not there. */
const without = (node: string, ...words: string[]) =>
  run(words, {
    sh: `exec unshare -m sh -c '
      mkdir /tmp/kept && mount --rbind /dev/xen /tmp/kept && mount -t tmpfs none /dev/xen
      for node in evtchn privcmd hypercall xenbus; do
        [ $node = ${node} ] || { : >/dev/xen/$node && mount --bind /tmp/kept/$node /dev/xen/$node; }
      done; exec "$@"' sh "$@"`,
  });

test("inspection in dom0: an ordinary user, no privcmd, a dead xenstored", async (guest) => {
  const domain = `${guest.domid}`;
  const xenstored = Number(await dom0("pidof", "xenstored"));
  const outcomes = [
    await run(["wiring", domain], { uid: NOBODY }),
    await without("privcmd", "wiring", domain),
  ];
  Deno.kill(xenstored, "SIGSTOP");
  let silent: Outcome;
  try {
    silent = await run(["wiring", domain, "--json", "--timeout", "1s"]);
    const listed = await run(["list", domain, "--json", "--timeout", "1s"]); // which needs no xenstore
    assertEquals(parsed<PortRecord>(listed.stdout).map(inItsWords), await lsevtchn(guest.domid));
  } finally {
    Deno.kill(xenstored, "SIGCONT");
  }
  assertEquals(complaints(outcomes), [
    [1, 'evtchn: wiring: Cannot open "/dev/xen/xenbus": EACCES'],
    [1, `evtchn: wiring: Xen's side is unknown: Cannot open "/dev/xen/privcmd": ENOENT`],
  ]);
  // Xen's own side: the console and xenstore, at least.
  const channels = parsed<WiredChannelRecord>(silent.stdout);
  assert(channels.length >= 2, silent.stdout);
  for (const { device, verdict, backend_domain } of channels) {
    assertEquals([device, verdict, backend_domain], ["?", "unknown", 0]);
  }
  assertEquals([silent.status, silent.stderr.split("\n")], [1, [
    "evtchn: wiring: xenstored does not answer, or is slow: names and devices are missing; --timeout gives it more time",
    "",
  ]]);
});

Deno.test("two domains: a console whose daemon is killed has nobody at its other end until the next one", async () => {
  let domid: number;
  {
    await using guest = await Guest.attach();
    domid = guest.domid;
  }
  const xenconsoled = Number(await dom0("pidof", "xenconsoled"));
  const faults = async () => {
    const { status, channels } = await wiring(domid);
    return [status, channels.filter(({ verdict }) => !/^(ok|idle)$/.test(verdict))] as const;
  };
  assertEquals(await faults(), [0, []]);
  Deno.kill(xenconsoled, "SIGKILL");
  const port = await dom0("xenstore-read", `/local/domain/${domid}/console/port`);
  // Its end is closed when the process is gone, a moment after the signal.
  for (;;) {
    if ((await lsevtchn(domid)).some((line) => line.startsWith(`${port}:`) && line.includes("(Waiting"))) break;
  }
  const [status, found] = await faults();
  await dom0("sh", "-c", "xenconsoled --log=guest --log-dir=/var/log/xen/console </dev/null 2>&1 | cat");
  assertEquals([status, found.map(({ device, status, verdict }) => [device, status, verdict])], [3, [[
    "console",
    "unbound",
    "waiting",
  ]]]);
  assertEquals(await faults(), [0, []]);
});

test(
  "the guest is destroyed while dom0 watches: the watch goes on, and each command tells the truth",
  async (guest, rig) => {
    const fd = rig.shellDescriptor();
    const device = LocalDevice.adopt(fd, KERNEL);
    const [{ hearer, sender }] = await quietLoopbacks(device, 1);
    const frontend = await guest.start(
      "exec evtchn run -e 'p = alloc-unbound 0; q = alloc-unbound 0; print $p $q; sleep 35m'",
    );
    const [remote, second] = (await frontend.stdout.until(/\n/)).trim().split(" ");
    const gone = `${guest.domid}:${remote}`;
    const asking = evtchn(
      "run",
      "-e",
      `b = bind-interdomain ${guest.domid}:${second}; v = alloc-unbound self; print $v; status; expect $v within 30m; status`,
    );
    const [waited, ...table] = (await asking.stdout.until(/^\d+\n(.*\n){3}$/)).split("\n");
    const other = rig.open();
    const waker = other.bindInterdomain(0, Number(waited));
    const watch = start(["--fd", `${fd}`, "watch", gone, `${hearer}`, "-n", "2", "-F", "%p %c %n"]);
    const [port, ...first] = (await watch.stdout.until(/\n/)).trim().split(" ");
    assertEquals(first, [gone, "1"]);
    await guest.destroy();
    const left = (await agree(0)).filter((each) => each.remote_domain === guest.domid);
    assertEquals(left.map(({ status }) => status), ["unbound", "unbound"]);
    assert(left.some((each) => `${each.port}` === port), port);
    other.notify(waker);
    const { status: asked, stdout: later } = await asking.end();
    const shown = (lines: readonly string[]) =>
      lines.filter((line) => line.includes(`${guest.domid}:${second}`)).map((line) =>
        line.trim().split(/ {2,}/).slice(2, 4)
      );
    assertEquals([asked, shown(table), shown(later.split("\n"))], [
      0,
      [["interdomain", `domain ${guest.domid} port ${second}`]],
      [["unbound", `domain ${guest.domid}`]],
    ]);
    const refusals = [await run(["list", `${guest.domid}`]), await run(["wiring", `${guest.domid}`])];
    assertEquals(complaints(refusals), [
      [1, `evtchn: list: Cannot list the ports of domain ${guest.domid}: ESRCH`],
      [1, `evtchn: wiring: Cannot find domain ${guest.domid} in xenstore: ENOENT`],
    ]);
    const whys = [await run(["why", gone]), await run(["why", port])];
    assertEquals(whys.map(({ status, stdout }) => [status, stdout.split("\n")[0]]), [
      [3, `${gone}: ESRCH: there is no domain ${guest.domid}`],
      [
        3,
        `${port}: ESRCH: port ${port} waits for domain ${guest.domid} to bind it, and there is no such domain: its peer is gone`,
      ],
    ]);
    const { status, stdout } = await run(["wiring", "--json"]);
    assertEquals([status, stdout], [0, ""]);
    device.notify(Number(port)); // accepted, and heard by nobody
    device.notify(sender);
    assertEquals(await watch.end(), { status: 0, stdout: `${hearer} ${hearer} 2\n`, stderr: "" });
  },
);

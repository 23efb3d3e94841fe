/**
 * Xen's pending and mask bits as they are now, beside what `xl debug-keys e` says of them, and the channels that are
 * stuck for a reason that a test makes.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Dump, parseDump } from "../../lib/decode/dump.ts";
import type { DecodeIrqRecord, DecodeRecord, PortRecord, WiredChannelRecord } from "../../lib/records.ts";
import { run } from "../support/process.ts";
import { dom0, type Guest, guestTests } from "./guest.ts";
import { shellOnDevice } from "./lsevtchn.ts";

/**
 * Registers a test with the guest that may leave no timer, promise, resource or process behind.
 *
 * @param option Of the kernel of a new guest; undefined: the guest that there is.
 */
const test = guestTests("live bits");

/** evtchn in dom0 and in this process: a start takes seconds here. */
async function evtchn(line: string): Promise<{ status: number; output: string }> {
  await using shell = await shellOnDevice();
  return await shell.run(`evtchn ${line}`);
}

const parsed = <T>(lines: string): T[] => lines.split("\n").slice(0, -1).map((line) => JSON.parse(line));

/** What Xen's own tool says. */
async function dumped(): Promise<Dump> {
  await dom0("xl", "debug-keys", "e");
  return parseDump(await dom0("xl", "dmesg"));
}

/** `port pending masked` of each port of a domain. */
const bitsOf = (dump: Dump, domain: number) =>
  new Map<number, string>(
    dump.domains.find((each) => each.domain === domain)!.ports
      .map(({ port, pending, masked }) => [port, `${pending} ${masked}`]),
  );

/** How often a look is made again where a bit moved meanwhile: a host is never quite still. */
const LOOKS = 10;

/** Fails unless `list --pending` says of every port what Xen's tool says before and after. */
async function agree(domain: number): Promise<Map<number, string>> {
  for (let look = 1;; look++) {
    const before = bitsOf(await dumped(), domain);
    const { status, output } = await evtchn(`list --pending --json ${domain}`);
    const after = bitsOf(await dumped(), domain);
    assertEquals(status, 0, output);
    const listed = parsed<PortRecord>(output).map(({ port, pending, masked }) =>
      [port, `${pending} ${masked}`] as const
    );
    // A shell in this process has ports of its own while it is there.
    const still = ([port]: readonly [number, string]) => before.has(port) && before.get(port) === after.get(port);
    const theirs = [...after].filter(still);
    const ours = listed.filter(still);
    assert(theirs.length * 2 > after.size, `most ports of domain ${domain} are still`);
    if (look === LOOKS || JSON.stringify(ours) === JSON.stringify(theirs)) {
      assertEquals<unknown>(ours, theirs);
      return new Map(listed);
    }
  }
}

/** The wiring of the guest, once it is as a test wants it. */
async function wiringWhen(
  guest: Guest,
  wanted: (channels: readonly WiredChannelRecord[]) => boolean,
): Promise<WiredChannelRecord[]> {
  for (let look = 1;; look++) {
    const { output } = await evtchn(`wiring --json ${guest.domid}`);
    const channels = parsed<WiredChannelRecord>(output);
    if (wanted(channels)) return channels;
    assert(look < 5 * LOOKS, output);
  }
}

const stuckAt = (device: string) => (channels: readonly WiredChannelRecord[]) =>
  channels.some((each) => each.device === device && each.verdict === "stuck");

const fine = (channels: readonly WiredChannelRecord[]) =>
  channels.every(({ verdict }) => verdict === "ok" || verdict === "idle");

const oneOf = (channels: readonly WiredChannelRecord[], device: string) =>
  channels.find((each) => each.device === device && each.verdict === "stuck")!;

test("list --pending says of each port of dom0 and of the guest what Xen's tool says", async (guest) => {
  const [own, theirs] = [await agree(0), await agree(guest.domid)];
  // The IPI that Linux polls is masked for ever: there is something to compare.
  for (const bits of [own, theirs]) assert([...bits.values()].some((each) => each.endsWith("true")));
});

test("decode --live is the dump of Xen's tool, and its other readers lose nothing", async () => {
  const before = await dom0("xl", "dmesg");
  const { output } = await evtchn("decode --live --json");
  const after = await dom0("xl", "dmesg");
  const added = after.slice(after.lastIndexOf("'e' pressed") - "(XEN) ".length);
  const kept = after.slice(0, -added.length);
  assert(before.trimEnd().endsWith(kept.trimEnd()), "the rest of the ring is the end of what was there");
  const ports = parseDump(added).domains.flatMap(({ domain, ports }) => ports.map(({ port }) => `${domain}:${port}`));
  assertEquals(parsed<PortRecord>(output).map(({ domain, port }) => `${domain}:${port}`), ports);
});

test("decode --diff between two looks, and the lines of the debug key i", async () => {
  await dom0("xl", "debug-keys", "e");
  await dom0("xl", "debug-keys", "i");
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, await dom0("xl", "dmesg"));
    const records = parsed<DecodeRecord | DecodeIrqRecord>((await run(["decode", "--json", path])).stdout);
    const ports = records.filter((each) => each.op === "decode" && each.status === "pirq");
    const irqs = records.filter((each) => each.op === "decode-irq");
    assertEquals(irqs.map(({ pirq, port }) => [pirq, port]).sort(), ports.map(({ pirq, port }) => [pirq, port]).sort());
    assert(irqs.length > 0);
    const { status, stderr } = await run(["decode", "--diff", path, "--live", "--json"]);
    assertEquals([status === 0 || status === 3, stderr], [true, ""]);
  } finally {
    await Deno.remove(path);
  }
});

test("an event for a paused guest: its console is stuck at the guest's end, until it runs again", async (guest) => {
  await wiringWhen(guest, fine);
  await dom0("xl", "pause", `${guest.domid}`);
  let program;
  try {
    program = await guest.start("echo late"); // written to its console: xenconsoled notifies the guest
    const channels = await wiringWhen(guest, stuckAt("console"));
    const { stuck_end, reason, port } = oneOf(channels, "console");
    assertEquals(stuck_end, "frontend");
    assertMatch(reason!, new RegExp(`^an event waits at port ${port} of domain ${guest.domid}, and vCPU`));
    assertMatch(reason!, /the domain is paused/);
  } finally {
    await dom0("xl", "unpause", `${guest.domid}`);
  }
  assertEquals((await program.end()).stdout, "late\n");
  await wiringWhen(guest, fine);
});

test("a xenconsoled that is stopped, with bytes on the console, is named", async (guest) => {
  const xenconsoled = Number(await dom0("pidof", "xenconsoled"));
  const printing = await guest.start("while :; do echo more; sleep 1; done");
  await printing.stdout.until(/\n/);
  Deno.kill(xenconsoled, "SIGSTOP");
  try {
    const { stuck_end, reason, backend_port } = oneOf(await wiringWhen(guest, stuckAt("console")), "console");
    assertEquals(stuck_end, "backend");
    assertMatch(
      reason!,
      new RegExp(`^an event waits at port ${backend_port} of domain 0, which is masked: xenconsoled`),
    );
    const { status, output } = await evtchn(`wiring -q ${guest.domid}`);
    assertEquals(status, 3, output);
  } finally {
    Deno.kill(xenconsoled, "SIGCONT");
  }
  await printing.kill("TERM");
  await printing.end();
  await wiringWhen(guest, fine);
});

test("a netback whose interface was never brought up is not stuck, with a guest that sends", async (guest) => {
  const vif = `vif${guest.domid}.0`;
  assertEquals((await guest.run("ip link set eth0 up && ip addr add 192.0.2.2/24 dev eth0")).status, 0);
  await guest.run("ping -c 2 -W 1 192.0.2.1"); // nobody answers
  const waiting = (channels: readonly WiredChannelRecord[]) =>
    channels.some(({ device, verdict }) => device === "vif/0" && verdict === "idle");
  const channels = await wiringWhen(guest, waiting);
  assertEquals(channels.filter(({ verdict }) => verdict === "stuck"), []);
  assertMatch(channels.find(({ verdict }) => verdict === "idle")!.reason!, /^the interface in domain 0 is down/);
  await dom0("ip", "link", "set", vif, "up");
  await wiringWhen(guest, (channels) => channels.every(({ verdict }) => verdict === "ok"));
  await guest.run("ip link set eth0 down");
});

test("in the guest: the reason on stderr, and wiring without a word", async (guest) => {
  const { status, stdout, stderr } = await guest.run("evtchn list --pending");
  assertEquals([status, stdout], [1, ""]);
  assertMatch(
    stderr,
    /^evtchn: list: Cannot list the ports of this domain: EPERM\nhint: only the control domain .*\n$/,
  );
  assertEquals((await run(["wiring", "-q", `${guest.domid}`])).stderr, "");
});

test("list --pending of a guest with 2-level events says what Xen's tool says", async (guest) => {
  const { stdout } = await guest.run("cat /proc/cmdline");
  assertMatch(stdout, /xen.fifo_events=0/);
  const dump = await dom0("xl", "debug-keys", "e").then(() => dom0("xl", "dmesg"));
  assertMatch(dump.slice(dump.lastIndexOf(`domain ${guest.domid}:`)), / \[[01]\/[01]\/[01]\]: s=/);
  const bits = await agree(guest.domid);
  assert([...bits.values()].some((each) => each.endsWith("true")));
  await guest.destroy();
}, "xen.fifo_events=0");

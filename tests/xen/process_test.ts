/**
 * `evtchn` as a process of its own on the real driver, with the permissions of its first line: how it ends, and that
 * nothing of it is left.
 *
 * A start takes seconds on an emulated host, so each process here shows several things.
 */
import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { DOMID_SELF, type Port } from "../../lib/types.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import { COMMAND, type Running, start } from "../support/process.ts";
import { DEVICE, errnoOf, KERNEL, quietLoopbacks, receive, test, until } from "./device.ts";

const TBUF = 4;
const DEBUGGER = 6;

/** Somebody who may not open the device. */
const NOBODY = 65534;

/** Milliseconds after which a signal has been ignored. How long it takes is told, not tested: see tests/bench/start.ts. */
const PROMPT = 10_000;

const begin = (...words: string[]) => start(["--device", DEVICE, ...words]);

/** Puts a line among the results. What a test prints on Deno's own streams the reporter keeps to itself. */
function tell(line: string): void {
  Deno.writeTextFileSync("/proc/self/fd/2", `${line}\n`, { append: true });
}

/** Sends a signal and waits for the end, which is prompt and says nothing. */
async function endBy(signal: Deno.Signal, process: Running, status: number, what: string): Promise<void> {
  const sent = performance.now();
  process.process.kill(signal);
  const { code } = await process.process.status;
  const took = performance.now() - sent;
  tell(`${signal} to the end of ${what}: ${took.toFixed(0)} ms`);
  assertEquals([code, await process.stdout.rest(), await process.stderr.rest()], [status, "", ""]);
  assertLess(took, PROMPT);
}

/** What Xen has of a port of domain 0, as its own tool says it. */
async function xenSays(port: Port): Promise<string> {
  const { stdout } = await new Deno.Command("lsevtchn", { args: ["0"], stderr: "null" }).output();
  const line = new RegExp(`^ *${port}: VCPU \\d+: (.*)$`, "m").exec(new TextDecoder().decode(stdout));
  return line?.[1] ?? "free";
}

test("process: SIGINT ends a watch and SIGTERM a holding bind, and their ports are closed", async (rig) => {
  const device = rig.open();
  const watching = begin("watch", "virq:tbuf", "--banner");
  const holding = begin("bind-virq", "debugger");
  await Promise.all([watching.stderr.until(/watching port \d+ \(virq:tbuf\)\n/), holding.stderr.until(/holding port/)]);
  const port = Number((await holding.stdout.until(/\n/)).trim());
  assertEquals(await xenSays(port), `Virtual IRQ ${DEBUGGER}`);
  assertEquals(errnoOf(() => device.bindVirq(TBUF)), "EEXIST");
  assertEquals(errnoOf(() => device.bindVirq(DEBUGGER)), "EEXIST");
  await endBy("SIGINT", watching, 130, "a watch");
  device.bindVirq(TBUF);
  await endBy("SIGTERM", holding, 143, "a holding bind-virq");
  assertEquals(await xenSays(port), "free");
  device.bindVirq(DEBUGGER);
});

test("process: one that is killed leaves no port behind", async (rig) => {
  const device = rig.open();
  const offered = device.allocUnbound(DOMID_SELF);
  const watching = begin("watch", "virq:tbuf", `0:${offered}`, "--banner", "--quiet");
  const banner = await watching.stderr.until(/watching .*\n/);
  const [, peer] = /port (\d+) \(0:/.exec(banner)!;
  assertEquals(await xenSays(offered), `Interdomain (Connected) - Remote Domain 0, Port ${peer}`);
  watching.process.kill("SIGKILL");
  assertEquals((await watching.end()).status, 137);
  assertEquals(await xenSays(Number(peer)), "free");
  assertEquals(await xenSays(offered), "Interdomain (Waiting connection) - Remote Domain 0");
  device.bindInterdomain(DOMID_SELF, offered);
  device.bindVirq(TBUF);
});

test("process: a reader that leaves ends a watch with 141 and no word", async (rig) => {
  const device = rig.open();
  const offered = device.allocUnbound(DOMID_SELF);
  const watching = start(["--device", DEVICE, "--json", "watch", `0:${offered}`], {
    sh: '{ "$@"; echo "status $?" >&2; } | head -n 1',
  });
  const printed = await watching.stdout.until(/\n/);
  assertMatch(printed, /^\{"event":"pending","time":"[^"]+Z","port":\d+,"channel":"0:\d+","seq":1,"initial":true\}\n$/);
  let ended = false;
  const end = watching.end().finally(() => ended = true);
  await until(() => {
    device.notify(offered); // `head` has had its line: one of these is the first that nobody reads
    return ended;
  });
  assertEquals(await end, { status: 0, stdout: "", stderr: "status 141\n" }); // 0 is that of `head`
  assertEquals(await xenSays(offered), "Interdomain (Waiting connection) - Remote Domain 0");
});

test("process: restrict runs a program on the restricted handle and passes its status on", async () => {
  const { status, stdout, stderr } = await begin("restrict", "5", "--", ...COMMAND, "bind-virq", "tbuf").end();
  assertEquals([status, stdout], [1, ""]);
  assertEquals(
    stderr,
    "evtchn: bind-virq: Cannot bind virq:tbuf: EACCES\nhint: this handle is restricted to one domain and may bind no VIRQ\n",
  );
});

test("process: who is not root is told whose the device is", async () => {
  const [program, ...args] = COMMAND;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args, "--device", DEVICE, "bind-virq", "tbuf"],
    uid: NOBODY,
    gid: NOBODY,
  }).output();
  const text = new TextDecoder();
  assertEquals([code, text.decode(stdout)], [1, ""]);
  assertEquals(
    text.decode(stderr),
    `evtchn: bind-virq: Cannot open "${DEVICE}": EACCES\n` +
      "hint: the device belongs to root: run it as root, or give your user the device with a udev rule\n",
  );
});

test("process: two processes work on one descriptor, and the ports outlive the one that is done", async (rig) => {
  const fd = rig.shellDescriptor();
  const device = LocalDevice.adopt(fd, KERNEL);
  const [{ hearer, sender }] = await quietLoopbacks(device, 1);
  const watching = start(["--fd", `${fd}`, "--json", "watch", "-n", "1", "--banner", `${hearer}`, "virq:tbuf"]);
  await watching.stderr.until(/watching port/);
  device.notify(sender);
  const { status, stdout, stderr } = await watching.end();
  assertEquals([status, stderr], [0, ""]);
  assertMatch(stdout, new RegExp(`^\\{"event":"pending",.*"port":${hearer},"channel":"${hearer}","seq":1\\}\n$`));
  device.notify(sender); // its watch let the port fire again
  assertEquals(await receive(device, 1), [hearer]);
  assertEquals(errnoOf(() => rig.open().bindVirq(TBUF)), "EEXIST"); // bound by that process, kept by the handle
  assert(!device.bindings.has(TBUF));
});

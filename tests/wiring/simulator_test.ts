/** The wiring of simulated hosts, whose xenstore is written by simulated drivers and a toolstack. */
import { assert, assertEquals } from "@std/assert";
import { DEVICE_KIND_NAMES, VERDICT_FAULTS } from "../../lib/sim/toolstack/names.ts";
import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { TestHost } from "../support/test_host.ts";
import { test } from "../support/test.ts";

/** Runs a script that ends with `wiring`, and returns its channels of one device. */
async function channels(script: string, device: string) {
  const host = new TestHost();
  const { stdout, stderr } = await host.run(["--simulator", "run", "--json", "-k", "-e", script]);
  assertEquals(stderr, "");
  const records = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  const last = records.findLastIndex(({ op }) => op !== "wiring");
  return records.slice(last + 1).filter((channel) => channel.device === device);
}

for (const kind of DEVICE_KIND_NAMES) {
  test(`a ${kind} of a simulated guest is wired at all its ports`, async () => {
    const host = new TestHost();
    const made = JSON.parse((await host.run(["--simulator", "run", "--json", "-e", `device ${kind} 2`])).stdout);
    const found = await channels(`device ${kind} 2; wiring 2`, made.device);
    assertEquals(found.map(({ port }: { port: number }) => port).sort(), [...made.ports].sort());
    for (const { verdict, status, backend_domain, frontend_state, backend_state } of found) {
      assertEquals([verdict, status, backend_domain], ["ok", "interdomain", 0]);
      assertEquals([frontend_state, backend_state], ["Connected", "Connected"]);
    }
  });

  for (const fault of VERDICT_FAULTS) {
    test(`a ${kind} whose fault is ${fault} is found to be so`, async () => {
      const found = await channels(`device ${kind} 2 7 --fault ${fault}; wiring 2`, `${kind}/7`);
      const verdicts: string[] = found.map(({ verdict }: { verdict: string }) => verdict);
      const told = fault.split("-")[0]; // stuck at either end
      assert(verdicts.includes(told), verdicts.join(" "));
      assertEquals(verdicts.filter((verdict) => verdict !== told && verdict !== "ok"), []);
    });
  }
}

test("all queues are found", async () => {
  assertEquals((await channels("device vif 1 0 --queues 4; wiring 1", "vif/0")).length, 8);
  assertEquals((await channels("device vbd 1 5 --queues 4; wiring 1", "vbd/5")).length, 4);
});

test("a backend in a driver domain is found, and its end too", async () => {
  const script = "device vbd 1 5 --backend 3; wiring 1; destroy 3; wiring 1";
  const [before] = await channels("device vbd 1 5 --backend 3; wiring 1", "vbd/5");
  assertEquals([before.backend_domain, before.verdict], [3, "ok"]);
  const [after] = await channels(script, "vbd/5");
  assertEquals([after.status, after.verdict], ["unbound", "gone"]);
});

test("a guest that was destroyed has no wiring", async () => {
  const { status, stderr } = await new TestHost().run([
    "--simulator",
    "run",
    "-e",
    "device vif 1 0; destroy 1; wiring 1",
  ]);
  assertEquals(status, 1);
  assertEquals(stderr.split("\n")[0], "evtchn: run: -e:1: wiring 1: Cannot find domain 1 in xenstore: ENOENT");
});

test("a port that its frontend closes is closed", async () => {
  const [channel] = await channels(
    "@1 p = alloc-unbound 0; @1 unbind $p; @1 store-write store/port $p; wiring 1",
    "store",
  );
  assertEquals(channel.verdict, "closed");
});

test("a statement that finds a fault fails and still prints the wiring", async () => {
  const host = new TestHost();
  const run = (...words: string[]) =>
    host.run(["--simulator", "run", ...words, "-e", "device vif 1 0 --fault closed; wiring 1; print on"]);
  const stopped = await run();
  assertEquals([stopped.status, stopped.stderr], [
    3,
    "evtchn: run: -e:1: wiring 1: 1 of 4 channels is not as it should be\n",
  ]);
  assert(/^4 channels, 1 fault\n$/m.test(stopped.stdout) && !stopped.stdout.includes("on\n"), stopped.stdout);
  const kept = await run("-k");
  assertEquals(kept.status, 3);
  assert(kept.stdout.endsWith("4 channels, 1 fault\non\n"), kept.stdout);
  const records = (await run("-k", "--json")).stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(records.map(({ op, error, verdict, message }) => [op, error, verdict, message]), [
    ["device", undefined, undefined, undefined],
    ...["ok", "ok", "closed", "ok"].map((verdict) => ["wiring", undefined, verdict, undefined]),
    ["wiring", "fault", undefined, "1 of 4 channels is not as it should be"],
    ["print", undefined, undefined, undefined],
  ]);
});

test("what `why` found in a script is a record, and the fault another", async () => {
  const { status, stdout } = await new TestHost().run(["--simulator", "run", "--json", "-e", "why timer"]);
  const [found, fault] = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals([status, found.op, found.result, found.line], [3, "why", "EEXIST", 1]);
  assertEquals(found.message, "port 1 of this domain holds it (its usual owner: kernel)");
  assertEquals(fault, { op: "why", error: "fault", message: "virq:timer: EEXIST", line: 1 });
});

test("a script runs wiring as the named domain", async () => {
  const host = new TestHost();
  const { status, stdout } = await host.run([
    "--device",
    "sim:linux?privcmd=unrestricted",
    "run",
    "-e",
    "device vif 1 0; @1 wiring; @1 wiring 2",
  ]);
  assertEquals(status, 1);
  assertEquals(stdout.match(/^Domain .*/gm), ["Domain 1 (guest1)"]);
  assert(stdout.endsWith("4 channels, all ok\n"), stdout);
});

test("without privcmd, xenstore's side is shown and the statement fails", async () => {
  const host = new TestHost();
  const { status, stdout, stderr } = await host.run(["-d", "sim:linux?privcmd=no", "run", "-e", "wiring 1"]);
  assertEquals([status, stderr.split("\n")[0]], [
    1,
    'evtchn: run: -e:1: wiring 1: Xen\'s side is unknown: Cannot open "/dev/xen/privcmd": ENOENT',
  ]);
  assert(stdout.endsWith("2 channels, 2 unknown\n"), stdout);
});

test("nothing is left open", async () => {
  const host = new TestHost();
  assertEquals(await runCommandLine(["--simulator", "wiring", "1"], host, VERBS), 0);
  assertEquals(host.left(), []);
  assertEquals(host.listening, 0);
});

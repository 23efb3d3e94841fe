import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Kernel } from "../../lib/host/host.ts";
import { LINUX } from "../../ffi/abi.ts";
import { LocalDevice } from "../../lib/handle/device.ts";
import type { World } from "../../lib/sim/world.ts";
import { runHostile } from "../hostile/machine.ts";
import { assertWellEnded, linesOf } from "../hostile/property.ts";
import { test } from "../support/test.ts";
import { faulty, type Plan } from "./faulty.ts";
import { anyPlan, Ledger } from "./plans.ts";

/** So many turns that what ends by itself has ended, modules being loaded meanwhile. */
const BY_ITSELF = 100_000;

/** The ports of a world that are bound, as `domain:port`. */
function bound({ hypervisor }: World): string[] {
  return [...hypervisor.domids].flatMap((domid) => {
    const domain = hypervisor.domain(domid)!;
    const ports = Array.from({ length: domain.tableSize - 1 }, (_, i) => i + 1);
    return ports.filter((port) => domain.channel(port)?.state !== "free").map((port) => `${domid}:${port}`);
  });
}

/** What a command came to, whatever faults came to it: every port is closed again, and every descriptor. */
async function runThrough(words: readonly string[], plan: Plan, patience = BY_ITSELF) {
  const ledger = new Ledger();
  let before: readonly string[] = [];
  const outcome = await runHostile(words, {
    patience,
    between: ({ syscalls, abi }) => faulty(ledger.wrap(syscalls, abi), plan),
    prepare: (world) => {
      const guest = LocalDevice.open(LINUX.devicePath, { syscalls: world.process(1), abi: LINUX });
      for (let i = 0; i < 3; i++) guest.allocUnbound(0); // 1:9, 1:10, 1:11
      before = bound(world);
    },
    inspect: (worlds) => worlds.forEach((world) => assertEquals(bound(world), before, "ports that were left bound")),
  });
  ledger.assertClosed();
  const records = linesOf(outcome.stdout).map((line) => JSON.parse(line));
  return { ...outcome, ledger, records };
}

/** How many errors were told, as records. */
const errorsOf = (stderr: string) =>
  linesOf(stderr).filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));

test("a verb that binds prints the port or says why not, and leaves nothing open", async () => {
  const commands = ["bind-virq tbuf", "bind-interdomain 1:9", "alloc-unbound 5"].map((each) => each.split(" "));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...commands), fc.boolean(), anyPlan, async (command, hold, plan) => {
      const words = [...command, "--simulator", "--json", ...hold ? [] : ["--hold", "0s"]];
      const { status, stderr, records, ledger } = await runThrough(words, plan, 300);
      assertWellEnded({ status, stderr, stdout: "" }, { json: true });
      assertEquals(records.map(({ port }) => port), ledger.bound);
      assertEquals([status === 1, errorsOf(stderr).length], status === 1 ? [true, 1] : [false, 0]);
    }),
    { numRuns: 400 },
  );
});

test("a notify tells of each event that it sent, and of no other, and ends with one error at the most", async () => {
  const commands = [
    "notify 1:9",
    "notify 1:9 1:10 5:any --count 3",
    "notify 1:9 1:10 1:11 --count 5 --interval 1ms",
    "notify 5:any 5:any virq:tbuf --count 600",
  ].map((each) => each.split(" "));
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...commands), anyPlan, async (command, plan) => {
      const { status, stderr, records, ledger } = await runThrough([...command, "--simulator", "--json"], plan);
      assertEquals(records.map(({ port }) => port), ledger.notified);
      assertEquals(errorsOf(stderr).length, status === 1 ? 1 : 0);
      assert([0, 1, 143].includes(status), String(status));
      refused += status === 1 ? 1 : 0;
    }),
    { numRuns: 400 },
  );
  assert(refused > 0, "no fault came to anything");
});

test("a verb on the shell's handle ends well or with one error, and leaves the handle to the shell", async () => {
  const commands = ["unbind 28", "unmask 27 28", "reset --unmask", "restrict 5", "read", "poll --timeout 1s"];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...commands), anyPlan, async (command, plan) => {
      const ledger = new Ledger();
      const between = ({ syscalls, abi }: Kernel) => faulty(ledger.wrap(syscalls, abi), plan);
      const words = [...command.split(" "), "--fd", "3", "--json"];
      const { status, stderr } = await runHostile(words, { patience: BY_ITSELF, between });
      assertEquals(ledger.open, 0);
      assert([0, 1].includes(status), String(status));
      assertEquals(errorsOf(stderr).length, status);
    }),
    { numRuns: 400 },
  );
});

test("a watch through a command sees what came, tells what it lost, or ends with one error", async () => {
  const words = "watch 1:9 1:10 1:11 --simulator --json --idle-timeout 1s".split(" ");
  await fc.assert(
    fc.asyncProperty(anyPlan, async (plan) => {
      const { status, stderr, records } = await runThrough(words, plan);
      assertEquals(errorsOf(stderr).length, status === 1 ? 1 : 0);
      if (status === 1) return;
      const lost = records.some(({ event }) => event === "overflow");
      const seen = records.filter(({ event, initial }) => event === "pending" && initial).map(({ channel }) => channel);
      if (!lost) assertEquals(seen.toSorted(), ["1:10", "1:11", "1:9"]); // the first events, which binding causes
    }),
    { numRuns: 400 },
  );
});

test("a script that goes on has a result for every statement but a watch, whatever comes to it", async () => {
  const script = [
    "p = alloc-unbound self",
    "q = bind-interdomain self $p",
    "notify $q --count 3",
    "watch $p -n 1 --timeout 1s",
    "unmask $p $q",
    "read 4096",
    "poll",
    "reset --unmask",
    "@/b r = bind-virq tbuf",
    "expect $p 1 within 1s",
    "unbind $q",
    "restrict 1",
    "status",
    "close",
  ];
  await fc.assert(
    fc.asyncProperty(anyPlan, async (plan) => {
      const words = ["run", "--simulator", "--json", "-k", ...script.flatMap((each) => ["-e", each])];
      const { status, stderr, records } = await runThrough(words, plan);
      const results = records.filter(({ op }) => op !== undefined);
      const silent = script.filter((_, i) => !results.some(({ line }) => line === i + 1));
      assertEquals(silent.filter((statement) => !statement.startsWith("watch")), []);
      assertEquals([status, stderr], [results.some(({ error }) => error !== undefined) ? 1 : 0, ""]);
      for (const { error } of results) assert(error === undefined || /^E[A-Z]+$|^usage$/.test(error), error);
    }),
    { numRuns: 300 },
  );
});

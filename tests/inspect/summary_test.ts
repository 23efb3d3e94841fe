/** `list --summary`: ports by state, and no limit that Xen does not tell. @module */

import { assertEquals, assertRejects } from "@std/assert";
import { eventAbis } from "../../lib/decode/event_abi.ts";
import { DeviceError } from "../../lib/errors.ts";
import { type DomainPorts, summarizePorts } from "../../lib/inspect/summary.ts";
import { PLAIN } from "../../lib/render/human.ts";
import { isOver, summaryTable } from "../../lib/render/summary.ts";
import { FakeView } from "../support/fake_view.ts";
import { test } from "../support/test.ts";

/** Domain 0 with a port to domain 1, which has one of each state. */
function host(): FakeView {
  const view = new FakeView().bind(1, 5, 0, 31);
  view.put("/local/domain/0", { name: "Domain-0" }).put("/local/domain/1", { name: "web" });
  view.set(1, 1, { status: "virq", vcpu: 0, virq: 0 }).set(1, 2, { status: "ipi", vcpu: 0 });
  return view.set(1, 3, { status: "pirq", vcpu: 0, pirq: 9 }).set(1, 4, {
    status: "unbound",
    vcpu: 0,
    remoteDomain: 0,
  });
}

async function summary(view: FakeView, domains: number[] = [], abi = false): Promise<(DomainPorts | DeviceError)[]> {
  return await Array.fromAsync(summarizePorts(view, domains, abi));
}

async function limits(view: FakeView, abi = false): Promise<string[]> {
  return (await summary(view, [], abi) as DomainPorts[]).map(({ domain, limit, guess }) =>
    `${domain}: ${limit ?? `${guess}?`}`
  );
}

const DUMP = [
  "(XEN) Event channel information for domain 0:",
  "(XEN) Polling vCPUs: {}",
  "(XEN)     port [p/m/s]",
  "(XEN)        1 [0/0/  -   ]: s=5 n=0 x=0 v=0",
  "(XEN) [2026-11-22 00:00:00] Event channel information for domain 1:",
  "(XEN) [2026-11-22 00:00:00]        1 [0/1/0]: s=5 n=0 x=0 v=0",
  "(XEN) [  100.000000] Event channel information for d2:",
  "(XEN) [  100.000000]       11 [1/1/* 17  ]: s=5 n=0 x=0 v=0",
  "(XEN) Event channel information for domain 3:",
  "",
].join("\n");

test("the ports of each domain are counted by state, with its name", async () => {
  const found = await summary(host()) as DomainPorts[];
  assertEquals(summaryTable(found, undefined, PLAIN, undefined), [
    "DOMAIN  NAME      UNBOUND  INTERDOMAIN  VIRQ  PIRQ  IPI  PORTS  LIMIT  USED",
    "     0  Domain-0        0            1     0     0    0      1  4095?    0%",
    "     1  web             1            1     1     1    1      5  1023?    0%",
  ]);
});

test("the event ABIs have a column where Xen was asked for them, with - for a domain that tells none", async () => {
  const view = host();
  view.dumps.push(DUMP.replace("[0/1/0]", "[0/1]"));
  const lines = summaryTable(await summary(view, [], true) as DomainPorts[], undefined, PLAIN, undefined);
  assertEquals(lines.map((line) => line.slice(line.indexOf("USED") < 0 ? -14 : line.indexOf("LIMIT"))), [
    "LIMIT  USED  ABI",
    "131071    0%  fifo".slice(-14),
    "1023?    0%  -",
  ]);
});

test("a domain that xenstore does not have is there by Xen's list, and a dying one is marked", async () => {
  const view = host().set(7, 1, { status: "ipi", vcpu: 0 });
  view.xenDomains = [0, 1, 7].map((domain) => ({ domain, dying: domain === 7, shutdown: false, paused: false }));
  const lines = summaryTable(await summary(view) as DomainPorts[], undefined, PLAIN, undefined);
  assertEquals(lines.at(-1), "     7                  0            0     0     0    1      1  1023?    0%  dying");
});

test("a limit is known of domain 0 alone, by its event ABI; others have the usual one unless they are beyond it", async () => {
  const view = host().set(2, 1023, { status: "ipi", vcpu: 0 }).set(3, 1024, { status: "ipi", vcpu: 0 });
  view.set(4, 4096, { status: "ipi", vcpu: 0 });
  view.dumps.push(DUMP);
  const guests = ["1: 1023?", "2: 1023?", "3: 4095?", "4: 131071?"];
  assertEquals([await limits(view), await limits(view, true)], [["0: 4095?", ...guests], ["0: 131071", ...guests]]);
  view.set(0, 4096, { status: "ipi", vcpu: 0 });
  assertEquals((await limits(view))[0], "0: 131071");
});

test("the event ABIs are read out of Xen's dump, with any prefix of its console", () => {
  assertEquals([...eventAbis(DUMP)], [[0, "fifo"], [1, "2-level"], [2, "fifo"]]);
  assertEquals(eventAbis("   1 [0/0/1]: s=5\nEvent channel information for domain 99999:\n 1 [0/0/1]: s=5").size, 0);
});

test("a domain is over the limit from that part of its ports on", () => {
  const counts = { unbound: 0, interdomain: 0, virq: 0, pirq: 0, ipi: 0 };
  const using = (used: number): DomainPorts => ({ domain: 1, used, counts, guess: 1000 });
  assertEquals([isOver(using(799), 80), isOver(using(800), 80), isOver(using(1000), undefined)], [false, true, false]);
  assertEquals(summaryTable([using(800)], 80, PLAIN, undefined)[1].endsWith("1000?   80%  over 80%"), true);
});

test("without xenstore and sysctl Xen is asked for each domain; a guest shows itself alone", async () => {
  const view = host();
  view.refuse.store = new DeviceError("xenstore", "ENOENT", "x", "Cannot open x");
  view.refuse.xen = new DeviceError("sysctl", "EPERM", "sysctl", "Cannot list Xen's domains");
  assertEquals((await summary(view) as DomainPorts[]).map(({ domain, fate }) => [domain, fate]), [
    [0, undefined],
    [1, undefined],
  ]);
  await assertRejects(() => summary(view, [], true), DeviceError, "Cannot list Xen's domains: EPERM");
  view.own = 1;
  assertEquals((await summary(view) as DomainPorts[]).map(({ domain }) => domain), [1]);
});

test("a domain that is refused is an error among the others, or the error if it is alone", async () => {
  const view = host();
  const found = await summary(view, [1, 9]);
  assertEquals(found.map((each) => each instanceof Error ? each.message : each.domain), [
    1,
    "Cannot list the ports of domain 9: ESRCH",
  ]);
  await assertRejects(() => summary(view, [9]), DeviceError, "ESRCH");
});

/** `holders` on a simulated host: its daemons, handles that outlive a domain, records and exit statuses. @module */

import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { lookAtHolders } from "../../lib/inspect/holders.ts";
import { type DomainPorts, summarizePorts } from "../../lib/inspect/summary.ts";
import { RemoteDevice } from "../../lib/session/client.ts";
import { withSession } from "../support/sessions.ts";
import { Device } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { TestHost } from "../support/test_host.ts";

const records = (text: string) => text.trimEnd().split("\n").map((line) => JSON.parse(line));

test("holders shows the daemons and other processes, and nothing is wrong", async () => {
  const host = new TestHost();
  const other = new Device(host.world.process(0));
  const lines = (await host.ok("holders")).trimEnd().split("\n");
  assertEquals(lines.map((line) => line.trimStart().split(/  +/).slice(0, 3)), [
    ["PID", "COMMAND", "USER"],
    ["412", "xenstored", "root"],
    ["430", "xenconsoled", "root"],
    [String(other.process.id), "evtchn", "root"],
  ]);
  other.close();
  assertEquals((await host.ok("holders")).includes("evtchn"), false);
});

test("a port to a destroyed domain is found, with status 3, until it is closed", async () => {
  const host = new TestHost();
  const [own, guest] = [new Device(host.world.process(0)), new Device(host.world.process(3))];
  const port = own.allocUnbound(3);
  guest.bindInterdomain(0, port);
  assertEquals((await host.run("holders")).status, 0);
  host.world.destroyDomain(3);
  const { status, stdout } = await host.run("holders");
  assertEquals(status, 3);
  assert(stdout.startsWith(`Domain 3 is gone, and port ${port} here is still bound to it; `), stdout);
  const [first] = records((await host.run("holders --json 3")).stdout);
  assertEquals([first.domain, first.fate, first.ports], [3, "gone", [port]]);
  assertEquals((await host.run("holders 2")).status, 0);
  own.unbind(port);
  assertEquals((await host.run("holders")).status, 0);
  own.close();
});

test("a dying domain is told from one that is gone, in holders and in list --summary", async () => {
  const host = new TestHost();
  const statements = "p = alloc-unbound 3; @3 bind-interdomain 0:$p; destroy 3 --held; holders; list --summary; " +
    "destroy 3; holders";
  const { status, stdout } = await host.run(["run", "-d", "sim:linux", "-k", "-e", statements]);
  const told = ["Domain 3 is dying, ", "     3  .* dying", "Domain 3 is gone, "];
  assertEquals([status, told.map((text) => new RegExp(`^${text}`, "m").test(stdout))], [3, [true, true, true]], stdout);
});

test("holders of a domain tells its ports here with what they are for", async () => {
  const host = new TestHost();
  const [line] = (await host.ok("holders 1")).split("\n");
  assert(/^Domain 1 \(guest1\): ports \d+ \(store\) and \d+ \(console\) here are bound to it; /.test(line), line);
});

test("holders and list --summary work in a script and through a session", async () => {
  const host = new TestHost();
  const statements = "p = alloc-unbound 3; @3 bind-interdomain 0:$p; destroy 3; holders; list --summary 0";
  const { status, stdout } = await host.run(["run", "-d", "sim:linux", "-k", "-e", statements]);
  assertEquals([status, /^Domain 3 is gone, /m.test(stdout), /^ +0 +Domain-0 /m.test(stdout)], [3, true, true], stdout);
  await withSession(async ({ socket }) => {
    const remote = await RemoteDevice.connect(socket, undefined, systemClock());
    const port = await remote.allocUnbound(77);
    const { domains, processes } = await lookAtHolders(remote.view(), [], []);
    assertEquals(domains.map(({ domain, ports }) => [domain, ports.map(({ port }) => port)]), [[77, [port]]]);
    assertEquals(processes.map(({ command }) => command), ["xenstored", "xenconsoled", "evtchn"]);
    const [own] = await Array.fromAsync(summarizePorts(remote.view(), [0], true));
    assertEquals((own as DomainPorts).limit, 4095);
    await remote.close();
  });
});

test("an ordinary user sees no process of root's, with status 1", async () => {
  const host = new TestHost();
  const { status, stderr } = await host.run("-d sim:linux?privileged=no holders");
  assertEquals([status, stderr.split("\n")[0]], [
    1,
    "evtchn: holders: Cannot look at the processes of this domain: EACCES",
  ]);
});

test("why of a VIRQ says which processes may hold it", async () => {
  const host = new TestHost();
  const holder = new Device(host.world.process(0));
  const port = holder.bindVirq(3);
  const { status, stdout } = await host.run("why dom_exc");
  const [first, second] = stdout.split("\n");
  assertEquals([status, first], [
    3,
    `virq:dom_exc: EEXIST: port ${port} of this domain holds it (its usual owner: xenstored)`,
  ]);
  assert(/^held by one of .*xenstored \(412\).* evtchn \(\d+\)$/.test(second), second);
  const [record] = records((await host.run("--json why dom_exc")).stdout);
  assert(record.processes.some(({ pid }: { pid: number }) => pid === holder.process.id), stdout);
  holder.close();
});

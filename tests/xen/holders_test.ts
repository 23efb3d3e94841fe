/**
 * Who holds what on a real Xen: `holders` beside the links in /proc, `list --summary` beside lsevtchn, ports without a
 * device beside the kernel's own files; and a guest that is destroyed while dom0 holds a port of it.
 *
 * The guest starts in the first of these tests that needs it; the last one destroys it.
 */
import { assert, assertEquals } from "@std/assert";
import type { HolderRecord, PortRecord, PortSummaryRecord, ResultRecord, WhyRecord } from "../../lib/records.ts";
import { COMMAND, run } from "../support/process.ts";
import { Rig } from "./device.ts";
import { dom0, Guest } from "./guest.ts";
import { lsevtchn } from "./lsevtchn.ts";

function test(name: string, fn: (rig: Rig) => Promise<void>): void {
  Deno.test({
    name: `holders: ${name}`,
    sanitizeOps: true,
    sanitizeResources: true,
    sanitizeExit: true,
    async fn() {
      using stack = new DisposableStack();
      await fn(stack.adopt(new Rig(), (rig) => rig.close()));
    },
  });
}

/** Puts a text among the results. What a test prints on Deno's own streams the reporter keeps to itself. */
function tell(text: string): void {
  Deno.writeTextFileSync("/proc/self/fd/2", `${text}\n`, { append: true });
}

const parsed = <T>(lines: string): T[] => lines.split("\n").slice(0, -1).map((line) => JSON.parse(line));

type DomainRecord = Extract<ResultRecord, { op: "holders-domain" }>;

/** What /proc has open, as a shell finds it: how many descriptors of each process are the device. */
async function linksInProc(): Promise<Map<number, number>> {
  const links = await dom0("sh", "-c", "ls -l /proc/[0-9]*/fd/* 2>/dev/null; true");
  const counts = new Map<number, number>();
  for (const [, pid] of links.matchAll(/ \/proc\/(\d+)\/fd\/\d+ -> \/dev\/xen\/evtchn$/gm)) {
    counts.set(Number(pid), (counts.get(Number(pid)) ?? 0) + 1);
  }
  return counts;
}

/** How many interrupts have the name of a process's handle. */
async function interruptsOf(command: string): Promise<number> {
  const lines = (await dom0("cat", "/proc/interrupts")).split("\n");
  return lines.filter((line) => line.endsWith(` evtchn:${command}`)).length;
}

test("the processes that have the device open are those of /proc, with command, user, start and interrupts", async (rig) => {
  const devices = [rig.open(), rig.open()];
  devices[0].allocUnbound(0);
  const { status, stdout, stderr } = await run(["holders", "--json"]);
  assertEquals([status, stderr], [0, ""]);
  const found = parsed<HolderRecord>(stdout);
  assertEquals(new Map(found.map(({ pid, handle_count }) => [pid, handle_count])), await linksInProc());
  assertEquals(found.find(({ pid }) => pid === Deno.pid)?.handle_count, 2);
  for (const { pid, command, uid, since, name_port_count } of found) {
    assertEquals([command, uid], [await dom0("cat", `/proc/${pid}/comm`), 0]);
    assertEquals(name_port_count, await interruptsOf(command), command);
    const age = Date.now() - Date.parse(since!);
    assert(age >= 0 && age < 3_600_000, `${command} since ${since}`);
  }
  // xenconsoled opens the device for each guest.
  assert(found.some(({ command }) => command === "xenstored"), stdout);
  tell((await run(["holders"])).stdout);
});

test("an ordinary user is told that root sees more, with status 1", async () => {
  const [program, ...args] = COMMAND;
  const nobody = new Deno.Command(program, { args: [...args, "holders"], uid: 65534, gid: 65534 });
  const { code, stderr } = await nobody.output();
  const [first, second] = new TextDecoder().decode(stderr).split("\n");
  assertEquals([code, first, second.slice(0, 6)], [
    1,
    "evtchn: holders: Cannot look at the processes of this domain: EACCES",
    "hint: ",
  ]);
});

test("why of xenstored's VIRQ names xenstored", async () => {
  const { status, stdout } = await run(["why", "dom_exc", "--json"]);
  const [{ result, processes }] = parsed<WhyRecord>(stdout);
  assertEquals([status, result], [3, "EEXIST"]);
  assert(processes?.some(({ command }) => command === "xenstored"), stdout);
  tell((await run(["why", "dom_exc"])).stdout);
});

test("interrupts of the machine and this kernel's xenstore have their names", async () => {
  const { stdout } = await run(["list", "--json"]);
  const ports = parsed<PortRecord>(stdout);
  const names = new Map<number, string>();
  for (
    const [, irq, name] of (await dom0("cat", "/proc/interrupts")).matchAll(
      /^ *(\d+):.* xen-pirq .*-ioapic\S* +(.*)$/gm,
    )
  ) {
    names.set(Number(irq), name);
  }
  const pirqs = ports.filter(({ status }) => status === "pirq");
  assert(pirqs.length > 0, stdout);
  for (const { pirq, use } of pirqs) assertEquals(use, names.get(pirq!));
  const own = Number(await dom0("cat", "/proc/xen/xsd_port"));
  const store = ports.filter(({ use }) => use === "xenstore of this kernel");
  assertEquals(store.map(({ port, remote_port }) => port === own || remote_port === own), [true, true]);
  tell((await run(["list"])).stdout);
  const { status, stdout: all } = await run(["wiring", "--all"]);
  assertEquals([status, all.includes("xenstore of this kernel")], [0, true], all);
});

test("list --summary counts what lsevtchn lists, of dom0 and of a guest", async () => {
  await using guest = await Guest.attach();
  const { status, stdout, stderr } = await run(["list", "--summary", "--abi", "--json"]);
  assertEquals([status, stderr], [0, ""]);
  const found = parsed<PortSummaryRecord>(stdout);
  assertEquals(found.map(({ domain, fate, event_abi }) => [domain, fate, event_abi]), [
    [0, "alive", "fifo"],
    [guest.domid, "alive", "fifo"],
  ]);
  for (const each of found) {
    const lines = await lsevtchn(each.domain);
    const having = (what: string) => lines.filter((line) => line.includes(`: ${what}`)).length;
    assertEquals(
      [each.port_count, each.unbound_count, each.interdomain_count, each.virq_count, each.pirq_count, each.ipi_count],
      [
        lines.length,
        having("Interdomain (Waiting"),
        having("Interdomain (Connected"),
        having("Virtual IRQ"),
        having("Physical IRQ"),
        having("IPI"),
      ],
      lines.join("\n"),
    );
  }
  assertEquals([found[0].port_limit, found[1].port_limit_guess], [131_071, 1023]);
  tell((await run(["list", "--summary", "--limit", "1%"])).stdout);
});

test("a vchan's server in a guest is named at both ends", async (rig) => {
  await using guest = await Guest.attach();
  const node = "data/vchan/0/test";
  const server = await guest.start(`
    exec 3<>/dev/xen/evtchn
    export EVTCHN_FD=3
    port=$(evtchn alloc-unbound 0) && xenstore-write ${node}/event-channel "$port" && echo offered
    evtchn watch "$port" -n 1 -q`);
  assertEquals(await server.stdout.until(/\n/), "offered\n");
  const offered = Number(await dom0("xenstore-read", `/local/domain/${guest.domid}/${node}/event-channel`));
  const device = rig.open();
  const port = device.bindInterdomain(guest.domid, offered);
  const { stdout } = await run(["list", "0", String(guest.domid), "--json"]);
  const named = parsed<PortRecord>(stdout).filter(({ device }) => device === "vchan/0/test");
  assertEquals(named.map(({ domain, port }) => [domain, port]), [[0, port], [guest.domid, offered]]);
  const { status, stdout: all } = await run(["wiring", "--all", String(guest.domid)]);
  const line = new RegExp(`vchan/0/test +port ${offered} +── dom0 port ${port} +ok`);
  assertEquals([status, line.test(all)], [0, true], all);
  device.notify(port);
  assertEquals((await server.end()).status, 0);
  await dom0("xenstore-rm", `/local/domain/${guest.domid}/data/vchan`);
});

test("a guest that is destroyed while dom0 holds its port is found, until the port is closed", async (rig) => {
  await using guest = await Guest.attach();
  const device = rig.open();
  const port = device.allocUnbound(guest.domid);
  const peer = await guest.start(`exec evtchn bind-interdomain 0 ${port}`);
  assert(/^\d+\n$/.test(await peer.stdout.until(/\n/)));
  const [alive] = parsed<DomainRecord>((await run(["holders", String(guest.domid), "--json"])).stdout);
  assertEquals([alive.fate, alive.ports.includes(port)], ["alive", true]);
  await guest.destroy();
  const { status, stdout } = await run(["holders", "--json"]);
  const [dead, ...others] = parsed<DomainRecord>(stdout).filter(({ op }) => op === "holders-domain");
  assertEquals([status, dead.domain, dead.ports, others], [3, guest.domid, [port], []], stdout);
  assert(dead.fate === "gone" || dead.fate === "dying", stdout);
  assert(dead.processes.some(({ pid }) => pid === Deno.pid), stdout);
  tell((await run(["holders"])).stdout);
  assertEquals((await run(["wiring", "--all", "0"])).status, 3);
  device.unbind(port);
  assertEquals((await run(["holders"])).status, 0);
  await peer.end().catch(() => undefined); // it is lost with the guest
});

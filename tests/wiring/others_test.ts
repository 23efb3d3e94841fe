/** Channels without a device: vchans, Xen's own ends, interrupts, this kernel's xenstore; in `list` and `wiring --all`. @module */

import { assertEquals } from "@std/assert";
import { DeviceError } from "../../lib/errors.ts";
import { askedList, listPorts, type PortList } from "../../lib/inspect/list.ts";
import { PLAIN } from "../../lib/render/human.ts";
import { domainText, portRecords } from "../../lib/render/list.ts";
import { wiringGraph } from "../../lib/render/wiring_graph.ts";
import type { PortStatus } from "../../lib/view/port_status.ts";
import { lookAtWiring } from "../../lib/wiring/look.ts";
import { FakeView } from "../support/fake_view.ts";
import { test } from "../support/test.ts";

const virq: PortStatus = { status: "virq", vcpu: 0, virq: 3 };
const pirq = (number: number): PortStatus => ({ status: "pirq", vcpu: 0, pirq: number });

/** Two guests with a channel of each sort. */
function host(): FakeView {
  const view = new FakeView().set(0, 1, virq).bind(1, 5, 0, 31).bind(1, 6, 2, 7).bind(2, 8, 0, 32).bind(0, 40, 0, 41);
  for (const domain of [0, 1, 2]) view.put(`/local/domain/${domain}`, { name: `d${domain}` });
  view.put("/local/domain/1/console", { port: "5" });
  view.put("/local/domain/1/data/vchan/2/clip", { "event-channel": "6", "ring-ref": "9" });
  return view;
}

const interrupts = (...lines: string[]) => ["           CPU0       ", ...lines, ""].join("\n");
const LINE = "  9:          0  xen-pirq    -ioapic-level  acpi";
const message = (irq: number, name: string) => ` ${irq}:          0  xen-pirq    -msi       ${name}`;

async function uses(view: FakeView, domain = 0): Promise<string[]> {
  const lists = await Array.fromAsync(listPorts(view, askedList(false, [domain])));
  return (lists[0] as PortList).ports.flatMap(({ port, use, claims }) => {
    const name = use ?? claims?.map(({ device }) => device).join(" ");
    return name === undefined ? [] : [`${port}: ${name}`];
  });
}

async function channels(view: FakeView, asked: number[] = []): Promise<string[]> {
  const { domains } = await lookAtWiring(view, asked, true);
  return domains.flatMap(({ channels }) =>
    channels.map(({ claim, port, verdict }) => `${claim.domain}:${port} ${claim.device} ${verdict}`)
  );
}

test("both ends of a vchan are named, and wiring --all draws it once, with a channel that nothing names", async () => {
  const view = host();
  assertEquals(await uses(view, 1), ["5: console", "6: vchan/2/clip"]);
  assertEquals(await uses(view, 2), ["7: vchan/2/clip"]);
  assertEquals(
    await channels(view),
    [
      "0:40 unnamed ok",
      "1:5 console ok",
      "1:6 vchan/2/clip ok",
      "2:8 unnamed ok",
    ],
  );
});

test("a channel to a domain that is not asked for is shown at this end, unless a device there has it", async () => {
  assertEquals(await channels(host(), [0]), ["0:32 unnamed ok", "0:40 unnamed ok"]);
});

test("a vchan that nobody has bound is idle; one whose client is gone, or whose server let go, is not", async () => {
  const verdict = async (status: PortStatus) =>
    (await channels(host().set(1, 6, status), [1])).find((line) => line.includes("vchan"));
  assertEquals([
    await verdict({ status: "unbound", vcpu: 0, remoteDomain: 2 }),
    await verdict({ status: "unbound", vcpu: 0, remoteDomain: 9 }),
    await verdict({ status: "closed", vcpu: 0 }),
  ], ["1:6 vchan/2/clip idle", "1:6 vchan/2/clip gone", "1:6 vchan/2/clip closed"]);
});

test("a guest's claim to a vchan never takes a port from the toolstack's", async () => {
  const view = host().put("/local/domain/1/data/vchan/0/x", { "event-channel": "5" });
  view.put("/local/domain/1/data/vchan/no-domain/x", { "event-channel": "5" });
  assertEquals((await uses(view))[0], "31: console vchan/0/x");
});

test("a port whose other end is Xen's own is a device model's or a monitor's", async () => {
  const view = host();
  view.answers.set("2:8", "EACCES");
  view.ports.get(2)!.delete(8);
  assertEquals(await uses(view), ["31: console", "32: Xen itself: device model or monitor"]);
  assertEquals((await channels(view)).filter((line) => line.startsWith("0:")), [
    "0:32 Xen itself: device model or monitor ok",
    "0:40 unnamed ok",
  ]);
});

test("lines have their names, messages only where no other is possible", async () => {
  const view = host().set(0, 2, pirq(9)).set(0, 3, pirq(120));
  view.texts.set("/proc/interrupts", interrupts(LINE, message(55, "ahci[0000:00:1f.2]")));
  assertEquals((await uses(view)).slice(0, 2), ["2: acpi", "3: ahci[0000:00:1f.2]"]);
  view.set(0, 4, pirq(119));
  assertEquals((await uses(view)).slice(0, 2), ["2: acpi", "31: console"]);
  view.texts.set("/proc/interrupts", interrupts(LINE, message(55, "ahci"), message(56, "eth0")));
  assertEquals((await uses(view)).slice(1, 3), ["3: one of ahci, eth0", "4: one of ahci, eth0"]);
  assertEquals((await channels(view, [0])).slice(0, 1), ["0:2 pirq/9 acpi ok"]);
  const { edges } = wiringGraph(await lookAtWiring(view, [0], true), false);
  assertEquals(edges.every(({ fault }) => !fault), true);
});

test("another domain's interrupts have no names here, and none is known without /proc/interrupts", async () => {
  const view = host().set(0, 2, pirq(9)).set(1, 2, pirq(9));
  assertEquals((await uses(view))[0], "31: console");
  view.texts.set("/proc/interrupts", interrupts(LINE));
  assertEquals([(await uses(view, 0))[0], (await uses(view, 1))[0]], ["2: acpi", "5: console"]);
});

test("the kernel's own channel to xenstored is named at both ends by its port in xenfs", async () => {
  const view = host();
  view.texts.set("/proc/xen/xsd_port", "41");
  assertEquals(await uses(view), ["31: console", "40: xenstore of this kernel", "41: xenstore of this kernel"]);
  assertEquals((await channels(view, [0])).at(-1), "0:40 xenstore of this kernel ok");
});

test("a device's text and an interrupt's record have the name, escaped", async () => {
  const view = host().set(0, 2, pirq(9));
  view.texts.set("/proc/interrupts", interrupts(LINE.replace("acpi", "a\x1b[2Jb")));
  const [list] = await Array.fromAsync(listPorts(view, askedList(false, [0]))) as PortList[];
  assertEquals(/interrupt 9 +a\\x1b\[2Jb$/m.test(domainText(list, false, PLAIN)), true);
  assertEquals(portRecords(list)[1].use, "a\x1b[2Jb");
});

test("without Xen's port tables a vchan is shown by its node alone", async () => {
  const view = host();
  view.refuse.tables = new DeviceError("privcmd", "ENOENT", "x", "Cannot open x");
  assertEquals((await channels(view)).filter((line) => line.includes("vchan")), ["1:6 vchan/2/clip unknown"]);
});

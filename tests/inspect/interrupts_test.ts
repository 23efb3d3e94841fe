/** /proc/interrupts, as real kernels print it, and as nobody should. */
import { assertEquals } from "@std/assert";
import { parseInterrupts } from "../../lib/inspect/interrupts.ts";
import { test } from "../support/test.ts";

/** Of Linux 6.1 on Xen 4.17 with two processors. */
const real = (name: string) => Deno.readTextFile(new URL(`kernel/${name}`, import.meta.url));

const HEADING = "           CPU0       CPU1       \n";

test("domain 0's file has the interrupts of its channels, with the count of each processor", async () => {
  const { processors, channels } = parseInterrupts(await real("interrupts_dom0.txt"));
  assertEquals(processors, [0, 1]);
  assertEquals(channels.map(({ irq, name, counts }) => `${irq} ${name} ${counts.join(" ")}`), [
    "36 xenbus 0 945",
    "37 xen-pcpu 0 0",
    "38 mce 0 0",
    "39 hvc_console 0 0",
    "40 evtchn:xenstored 0 0",
    "41 evtchn:xenstored 1 262",
    "42 evtchn:xenstored 208 0",
    "43 evtchn:xenconsoled 1 2",
    "44 vif1.0-q0-tx 1 0",
    "45 vif1.0-q0-rx 1 0",
    "46 vif1.0-q1-tx 0 0",
    "47 vif1.0-q1-rx 0 0",
    "48 blkif-backend 1 0",
    "49 blkif-backend 1 3",
    "50 vif1.1-q0-tx 1 0",
    "51 vif1.1-q0-rx 1 0",
    "52 vif1.1-q1-tx 0 0",
    "53 vif1.1-q1-rx 0 0",
  ]);
});

test("a guest's file is read as well: timers and interrupts between its processors are left out", async () => {
  const { channels } = parseInterrupts(await real("interrupts_guest.txt"));
  assertEquals(channels.map(({ irq, name }) => `${irq} ${name}`), [
    "12 xenbus",
    "13 hvc_console",
    "14 vif0-q0-tx",
    "15 vif0-q0-rx",
    "16 vif0-q1-tx",
    "17 vif0-q1-rx",
    "18 blkif",
    "19 blkif",
    "20 vif1-q0-tx",
    "21 vif1-q0-rx",
    "22 vif1-q1-tx",
    "23 vif1-q1-rx",
  ]);
});

test("processors that are offline leave holes in the numbers", () => {
  const text = "           CPU0       CPU3       CPU12      \n" +
    " 40:          1          2 4294967295  xen-dyn-lateeoi    -event     blkif-backend\n";
  assertEquals(parseInterrupts(text), {
    processors: [0, 3, 12],
    channels: [{ irq: 40, name: "blkif-backend", counts: [1, 2, 4294967295] }],
  });
});

test("the name of a process may be anything, and is no other's line", () => {
  const line = (name: string) => ` 40:          1          0  xen-dyn-lateeoi    -event     evtchn:${name}\n`;
  const names = ["vif1.0-q0-tx", "a b", "", "-event", "\x1b[2J", "é", "\n 1: 1 xen-dyn"];
  for (const name of names) {
    const { channels } = parseInterrupts(HEADING + line(name));
    assertEquals(channels.map((each) => each.name), [`evtchn:${name}`.split("\n")[0]], JSON.stringify(name));
  }
});

test("what is no interrupt of a channel is left out, however it is broken", () => {
  const lines = [
    "",
    ":",
    " 40",
    " 40:",
    " 40:          1",
    " 40:          1  xen-dyn    -event     short",
    " 40:          1          x  xen-dyn    -event     word",
    " 40:         -1          0  xen-dyn    -event     minus",
    " -1:          1          0  xen-dyn    -event     number",
    "NMI:          0          0   Non-maskable interrupts",
    " 24:          1          0  xen-percpu    -virq      timer0",
    "  1:          1          0  xen-pirq    -ioapic-edge  i8042",
    "  2:          1          0  IO-APIC   2-edge      timer",
  ];
  assertEquals(parseInterrupts(HEADING + lines.join("\n")).channels, []);
  assertEquals(parseInterrupts(""), { processors: [], channels: [] });
});

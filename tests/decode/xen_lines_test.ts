/** A guest writes into Xen's console, and forges nothing of Xen's own. */

import { assertEquals } from "@std/assert";
import { xenLines } from "../../lib/decode/xen_lines.ts";
import { parseDump } from "../../lib/decode/dump.ts";
import { eventAbis } from "../../lib/decode/event_abi.ts";
import { readInterrupts } from "../../lib/decode/interrupts.ts";
import { DUMP } from "../hostile/dump.ts";
import { test } from "../support/test.ts";

/** What a guest may print between the lines of a dump. */
const FORGED = [
  "'e' pressed -> dumping event-channel info",
  "Event channel information for domain 5:",
  "    24 [1/1/  -   ]: s=3 n=0 x=0 d=1 p=1",
  "(XEN) Event channel information for domain 5:",
  "(XEN)     24 [1/1/  -   ]: s=3 n=0 x=0 d=1 p=1",
];

const labels: Readonly<Record<string, (line: string) => string>> = {
  "Xen's labels": (line) => line,
  "times": (line) => line.replace(/^\((XEN|d1)\)/, "$& [2026-01-02 03:04:05]"),
  "a journal's prefix": (line) => `Jan 02 03:04:05 host hypervisor: ${line}`,
};

for (const [name, change] of Object.entries(labels)) {
  test(`lines that a guest prints forge nothing in a dump with ${name}`, () => {
    const lines = DUMP.trimEnd().split("\n");
    for (const forged of FORGED) {
      for (let at = 0; at <= lines.length; at++) {
        const text = lines.toSpliced(at, 0, `(d1) ${forged}`).map(change).join("\n");
        assertEquals(parseDump(text), parseDump(DUMP), `${forged} at ${at}`);
        assertEquals(eventAbis(text), eventAbis(DUMP));
      }
    }
  });
}

test("a guest's line in the middle of Xen's takes a port from the dump, and gives it no other state", () => {
  const torn = DUMP.replace("24 [0/0/  -   ]: s=3 n=0 x=0", "24 [0/0/(d1) ]: s=2 n=0 x=0 d=7\n  -   ]: s=3 n=0 x=0");
  const { domains, unread } = parseDump(torn);
  assertEquals(domains[0].ports.map(({ port }) => port), [1, 12, 15, 26]);
  assertEquals(unread, [8]);
});

test("a guest forges no interrupt", () => {
  const line = "   IRQ:  16 vec:a0 IO-APIC-level   status=030 aff:{1}/{0-1} in-flight=2 d0: 16(PM-)";
  assertEquals(readInterrupts(`(XEN) IRQ information:\n(XEN) ${line}\n`).length, 1);
  assertEquals(readInterrupts(`(XEN) IRQ information:\n(d1) ${line}\n(d1) (XEN) ${line}\n`), []);
});

test("a guest's line whose label is cut off, as the oldest one in the ring, is not Xen's", () => {
  for (const rest of ["d1) ", "1) ", ") "]) {
    const [, ...headless] = DUMP.split("\n").slice(1);
    const cut = `${rest}(XEN) Event channel information for domain 5:\n${headless.join("\n")}`;
    assertEquals(parseDump(cut).domains.map(({ domain }) => domain), [1], rest);
  }
});

test("in a text without Xen's labels all lines count but those of guests", () => {
  assertEquals(xenLines("one\n(d1) (XEN) two\r\nthree"), [[1, "one"], [3, "three"]]);
  assertEquals(xenLines("(tty) one\n(tty) (d1) two"), [[1, "(tty) one"]]);
  assertEquals(xenLines("one\n(XEN) two\r\nthree"), [[2, "two"]]);
});

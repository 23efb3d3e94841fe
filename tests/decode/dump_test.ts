/** Reading a dump of event channels, and finding stuck ports in it. @module */

import { assertEquals, assertThrows } from "@std/assert";
import { type Dump, parseDump } from "../../lib/decode/dump.ts";
import { findStuck } from "../../lib/decode/stuck.ts";
import { UsageError } from "../../lib/errors.ts";
import { DUMP, DUMPS } from "../hostile/dump.ts";
import { assertHolds } from "../hostile/kind.ts";
import { test } from "../support/test.ts";

const quiet = { pending: false, masked: false, xen: false };

test("each line of a dump becomes a port", () => {
  assertEquals(parseDump(DUMP), {
    domains: [
      {
        domain: 0,
        ports: [
          { port: 1, status: "virq", virq: 0, vcpu: 0, ...quiet },
          { port: 12, status: "ipi", vcpu: 1, ...quiet, pending: true, masked: true },
          { port: 15, status: "pirq", pirq: 9, vcpu: 1, ...quiet },
          { port: 24, status: "interdomain", remoteDomain: 1, remotePort: 1, vcpu: 0, ...quiet },
          { port: 26, status: "unbound", remoteDomain: 1, vcpu: 0, ...quiet, masked: true },
        ],
      },
      { domain: 1, ports: [{ port: 1, status: "interdomain", remoteDomain: 0, remotePort: 24, vcpu: 0, ...quiet }] },
    ],
    earlier: 0,
    headless: [],
    whole: true,
    unread: [],
  });
});

/** Changes of each line that leave the dump the same. */
const PASTES: Readonly<Record<string, (line: string) => string>> = {
  "without Xen's prefix": (line) => line.replace("(XEN) ", ""),
  "with Xen's time stamps": (line) => line.replace("(XEN)", "(XEN) [2026-01-02 03:04:05]"),
  "with uptimes": (line) => line.replace("(XEN)", "(XEN) [    5.123456]"),
  "out of a journal": (line) => `Jan 02 03:04:05 host hypervisor: ${line}`,
  "with Windows' line ends": (line) => line + "\r",
  "of a security module": (line) => /: s=/.test(line) ? line + " Z=system_u:object_r:event_t" : line,
  "of 2-level events": (line) => line.replace(/\/ {2}- {3}\]|\/B 14 {2}\]/, "/0]"),
  "of an old release": (line) => line.replace(/\/ {2}- {3}\]|\/B 14 {2}\]/, "]").replace(" x=0", ""),
  "of a newer release": (line) => line.replace("for domain ", "for d"),
};

for (const [name, change] of Object.entries(PASTES)) {
  test(`a dump ${name} is the same dump`, () => {
    assertEquals(parseDump(DUMP.split("\n").map(change).join("\n")), parseDump(DUMP));
  });
}

test("the last of several dumps is read", () => {
  const later = DUMP.replace("[0/1/", "[1/1/");
  assertEquals(parseDump(DUMP + later), { ...parseDump(later), earlier: 1 });
  const keyless = (text: string) => text.replace(/^.*dumping.*\n/, "");
  assertEquals(parseDump(keyless(DUMP) + keyless(later)), { ...parseDump(later), earlier: 1 });
});

test("lines before the first heading are counted and left out", () => {
  const [cut, ...rest] = DUMP.split(/(?<=\n)/).slice(5);
  assertEquals(cut.includes("s=6"), true);
  const dump = parseDump([cut, ...rest].join(""));
  assertEquals(dump.headless.length, 4);
  assertEquals(dump.domains.map(({ domain }) => domain), [1]);
});

test("lines that start like a port's line and cannot be read are reported", () => {
  for (const state of ["s=2 n=0 x=0", "s=3 n=0 x=0 d=1", "s=4 n=0 x=0", "s=5 n=0 x=0", "s=9 n=0 x=0", "no state"]) {
    assertEquals(parseDump(DUMP + `(XEN)    7 [0/0/  -   ]: ${state}\n`).unread, [14], state);
  }
});

test("a text without a dump is refused", () => {
  assertThrows(() => parseDump(""), UsageError, "there is no dump of event channels in it");
  assertThrows(() => parseDump("(XEN) 7 [0/0/0]: s=6 n=0 x=0"), UsageError, "it says of no port whose it is");
});

test("a long line of what guests can write is read in linear time", () => {
  assertThrows(() => parseDump(" 1 [0/0/".repeat(131_072)), UsageError, "there is no dump of event channels in it");
});

test("numbers that no port or domain has are not read as one", () => {
  const digits = "9".repeat(400);
  const { domains, unread, headless } = parseDump(
    [
      "Event channel information for domain 1:",
      `    1 [0/0/  -   ]: s=3 n=0 x=0 d=${digits} p=1`,
      "    2 [0/0/  -   ]: s=5 n=0 x=0 v=4294967296",
      `    3 [0/0/  -   ]: s=6 n=${digits} x=0`,
      "9999999999 [0/0/  -   ]: s=6 n=0 x=0",
      "Event channel information for domain 99999:",
      "    4 [0/0/  -   ]: s=6 n=0 x=0",
    ].join("\n"),
  );
  assertEquals([domains, unread, headless.map(({ port }) => port)], [[{ domain: 1, ports: [] }], [2, 3, 4, 5], [4]]);
});

test("any dump is shown, or refused with an error", async () => {
  await assertHolds(DUMPS, 300);
});

/** The findings of a dump with one port of domain 0 and, if given, one of domain 1. */
function words(line: string, other?: string): (string | undefined)[] {
  const heading = (domain: number) => `Event channel information for domain ${domain}:\n`;
  const dump: Dump = parseDump(`${heading(0)}${line}\n${other === undefined ? "" : heading(1) + other}`);
  return findStuck(dump).map(({ what }) => what);
}

test("a pending event on a masked port is stuck at its consumer", () => {
  assertEquals(words("5 [1/1/ - ]: s=5 n=0 x=0 v=3"), [
    "an event waits and the port is masked: its consumer was told of the last one and has not unmasked since",
  ]);
});

test("a pending event on an unmasked port is stuck at the vCPU", () => {
  assertEquals(words("5 [1/0/ - ]: s=5 n=3 x=0 v=3"), [
    "an event waits and the port is not masked: vCPU 3 has not taken it yet; it hangs, or was just about to",
  ]);
});

test("a masked IPI and a port that Xen itself serves are not stuck", () => {
  assertEquals(words("5 [1/1/ - ]: s=6 n=0 x=0"), []);
  assertEquals(words("5 [1/1/ - ]: s=3 n=0 x=1 d=4 p=9"), []);
});

test("a masked port without an event is not stuck", () => {
  assertEquals(words("5 [0/1/ - ]: s=5 n=0 x=0 v=3"), []);
});

test("a channel whose other end does not lead back is reported", () => {
  const end = "5 [0/0/ - ]: s=3 n=0 x=0 d=1 p=1";
  assertEquals(words(end, "1 [0/0/ - ]: s=3 n=0 x=0 d=0 p=5"), []);
  assertEquals(words(end, "1 [0/0/ - ]: s=2 n=0 x=0 d=0"), ["port 1 of domain 1 does not lead back to it"]);
});

test("a port for a missing domain is reported if the dump shows all domains", () => {
  const waiting = "5 [0/0/ - ]: s=2 n=0 x=0 d=7";
  assertEquals(words(waiting), []);
  assertEquals(words(waiting, ""), ["domain 7, which it is for, is not in the dump: it is gone"]);
});

/** Dumps of Xen's event channels, which `decode` reads: of several releases, changed and damaged. @module */

import fc from "fast-check";
import { bytesOf, damaged } from "./damage.ts";
import type { Kind } from "./kind.ts";
import { runHostile } from "./machine.ts";
import { asks, assertWellEnded } from "./property.ts";
import { anything } from "./words.ts";

/** As Xen 4.17 prints it: a host with one guest, its ports with FIFO events. */
export const DUMP = `(XEN) 'e' pressed -> dumping event-channel info
(XEN) Event channel information for domain 0:
(XEN) Polling vCPUs: {}
(XEN)     port [p/m/s]
(XEN)        1 [0/0/  -   ]: s=5 n=0 x=0 v=0
(XEN)       12 [1/1/  -   ]: s=6 n=1 x=0
(XEN)       15 [0/0/  -   ]: s=4 n=1 x=0 p=9 i=9
(XEN)       24 [0/0/  -   ]: s=3 n=0 x=0 d=1 p=1
(XEN)       26 [0/1/  -   ]: s=2 n=0 x=0 d=1
(XEN) Event channel information for domain 1:
(XEN) Polling vCPUs: {}
(XEN)     port [p/m/s]
(XEN)        1 [0/0/B 14  ]: s=3 n=0 x=0 d=0 p=24
`;

const number = fc.oneof(
  { weight: 3, arbitrary: fc.nat(40) },
  fc.constantFrom(4095, 32751, 32752, 4294967295, 4294967296),
);
const bit = fc.constantFrom("0", "1");

const port = fc.record({
  port: number,
  pending: bit,
  masked: bit,
  word: fc.constantFrom("/  -   ", "/B 14  ", "/0", ""),
  state: fc.integer({ min: 0, max: 7 }),
  vcpu: number,
  xen: fc.constantFrom("", " x=0", " x=1"),
  rest: fc.array(fc.tuple(fc.constantFrom("d", "p", "v", "i", "Z"), number).map(([key, value]) => ` ${key}=${value}`), {
    maxLength: 4,
  }).map((all) => all.join("")),
}).map((of) => `${of.port} [${of.pending}/${of.masked}${of.word}]: s=${of.state} n=${of.vcpu}${of.xen}${of.rest}`);

const heading = fc.tuple(fc.constantFrom("domain ", "d"), number).map(([what, domain]) =>
  `Event channel information for ${what}${domain}:`
);

const interrupt = fc.record({
  irq: number,
  type: fc.constantFrom("vec:60 IO-APIC-level  ", "affinity:1 vec:60 type=PCI-MSI", "vec:60 \u001b[31m"),
  flight: number,
  guests: fc.array(fc.tuple(fc.constantFrom("d", ""), number, number, fc.constantFrom("---", "PM-", "??M", "P")), {
    maxLength: 3,
  }),
}).map(({ irq, type, flight, guests }) =>
  `   IRQ:${irq} ${type} status=030 in-flight=${flight} ` +
  guests.map(([d, domain, pirq, bits]) => `${d}${domain}:${pirq}(${bits})`).join(",")
);

const line = fc.oneof(
  { weight: 6, arbitrary: port },
  { weight: 2, arbitrary: interrupt },
  { weight: 2, arbitrary: heading },
  fc.constantFrom("'e' pressed -> dumping event-channel info", "Polling vCPUs: {}", "    port [p/m/s]"),
  anything,
);

const text = fc.tuple(
  fc.constantFrom("", "(XEN) ", "(XEN) [2026-01-02 03:04:05] ", "Jan 02 03:04:05 host hypervisor: "),
  fc.boolean(),
  fc.array(line, { maxLength: 40 }),
  fc.constantFrom("\n", "\r\n"),
).map(([start, whole, lines, end]) =>
  [...whole ? ["Event channel information for domain 0:"] : [], ...lines].map((line) => start + line).join(end)
);

export const DUMPS: Kind<{ dump: string; flags: readonly string[] }> = {
  name: "dumps",
  input: fc.record({
    dump: fc.oneof({ weight: 2, arbitrary: damaged(text) }, { weight: 1, arbitrary: damaged(fc.constant(DUMP)) }),
    flags: fc.constantFrom([], ["--json"], ["--color=always"]),
  }),
  async check({ dump, flags }) {
    const words = ["decode", ...flags];
    const given = { input: bytesOf(dump) };
    const outcome = await runHostile(words, given);
    assertWellEnded(outcome, { ...asks(words, given), verbatim: false });
    return outcome.status !== 2;
  },
};

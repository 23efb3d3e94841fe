import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CHARACTER } from "../support/characters.ts";
import { channelName } from "../../lib/channel.ts";
import { UsageError } from "../../lib/errors.ts";
import { Named } from "../../lib/named.ts";
import {
  parseChannel,
  parseCount,
  parseDomain,
  parseDomainName,
  parseDomid,
  parseNamedChannel,
  parsePeriod,
  parsePort,
  parseU32,
  parseVirq,
} from "../../lib/parse.ts";
import { type Channel, DOMID_SELF } from "../../lib/types.ts";
import { test } from "../support/test.ts";

const U32_MAX = 0xFFFF_FFFF;

/** Not numbers. */
const NO_NUMBERS = [
  "",
  " ",
  " 7",
  "7 ",
  "7\n",
  "+7",
  "-7",
  "-0",
  "1e3",
  "7.0",
  "7.",
  ".7",
  "0x",
  "0x1.0",
  "0xg",
  "x7",
  "0b1",
  "0o7",
  "7n",
  "7_000",
  "1,000",
  "Infinity",
  "NaN",
  "٣",
  "７",
  "null",
  "4294967296",
  "0x100000000",
  "99999999999999999999999",
];

const refuses = (parse: (text: string) => unknown, text: string, says: string) =>
  assertThrows(() => parse(text), UsageError, says);

test("numbers are decimal or hexadecimal", () => {
  const numbers: readonly [string, number][] = [
    ["0", 0],
    ["7", 7],
    ["007", 7],
    ["0x10", 16],
    ["0XfF", 255],
    ["4294967295", U32_MAX],
    ["0xffffffff", U32_MAX],
    ["0x00000000ffffffff", U32_MAX],
  ];
  for (const [text, number] of numbers) assertEquals(parseU32(text), number, text);
});

test("words that only look like numbers are refused", () => {
  for (const text of NO_NUMBERS) {
    assertEquals(parseU32(text), undefined, JSON.stringify(text));
    for (const parse of [parsePort, parseDomid, parseVirq, parseChannel, (word: string) => parseCount(word)]) {
      assertThrows(() => parse(text), UsageError);
    }
  }
});

test("every u32 is a port, decimal or hexadecimal", () => {
  fc.assert(fc.property(fc.nat(U32_MAX), (number) => {
    assertEquals(parsePort(String(number)), number);
    assertEquals(parsePort(`0x${number.toString(16)}`), number);
    assertEquals(parsePort(`0X${number.toString(16).toUpperCase()}`), number);
  }));
});

test("a domain is 0 to 0x7FEF, or self", () => {
  assertEquals(["0", "5", "32751", "0x7FEF"].map(parseDomid), [0, 5, 0x7FEF, 0x7FEF]);
  assertEquals(["self", "SELF", "Self"].map(parseDomid), [DOMID_SELF, DOMID_SELF, DOMID_SELF]);
  for (const text of ["32752", "0x7FF0", "65535", "65536", "selfish"]) {
    refuses(parseDomid, text, `Cannot use "${text}" as a domain: expected 0 to 32751 (0x7FEF) or "self"`);
  }
});

test("a VIRQ is a number or a name in any case, with or without VIRQ_ or virq:", () => {
  for (const text of ["dom_exc", "DOM_EXC", "dom-exc", "VIRQ_DOM_EXC", "virq_dom-exc", "virq:dom_exc", "3", "0x3"]) {
    assertEquals(parseVirq(text), 3, text);
  }
  assertEquals(parseVirq("21"), 21);
  assertEquals(parseVirq("4294967295"), U32_MAX);
  for (const text of ["virq", "virq:", "virq_", "dom exc", "domexc", "toString", "__proto__", "24x"]) {
    refuses(parseVirq, text, `Cannot use "${text}" as a VIRQ`);
  }
});

test("a channel has four forms", () => {
  const channels: readonly [string, Channel][] = [
    ["7", { kind: "port", port: 7 }],
    ["0x7", { kind: "port", port: 7 }],
    ["4294967295", { kind: "port", port: U32_MAX }],
    ["virq:dom_exc", { kind: "virq", virq: 3 }],
    ["VIRQ:DOM-EXC", { kind: "virq", virq: 3 }],
    ["virq:99", { kind: "virq", virq: 99 }],
    ["5:12", { kind: "interdomain", domain: 5, port: 12 }],
    ["0x5:0xC", { kind: "interdomain", domain: 5, port: 12 }],
    ["self:12", { kind: "interdomain", domain: DOMID_SELF, port: 12 }],
    ["5:any", { kind: "unbound", domain: 5 }],
    ["Self:ANY", { kind: "unbound", domain: DOMID_SELF }],
  ];
  for (const [text, channel] of channels) assertEquals(parseChannel(text), channel, text);
});

test("a domain's name may stand for its number, and holds the place until it is looked up", () => {
  const named: readonly [text: string, name: string, channel: Channel][] = [
    ["web:12", "web", { kind: "interdomain", domain: 5, port: 12 }],
    ["Web Server:ANY", "Web Server", { kind: "unbound", domain: 5 }],
    ["a:b:12", "a:b", { kind: "interdomain", domain: 5, port: 12 }],
    ["selfish:any", "selfish", { kind: "unbound", domain: 5 }],
    ["\u00fcber.example-1:0xc", "\u00fcber.example-1", { kind: "interdomain", domain: 5, port: 12 }],
  ];
  for (const [text, name, channel] of named) {
    const parsed = parseNamedChannel(text);
    assert(parsed instanceof Named, text);
    assertEquals([parsed.name, parsed.resolve(5)], [name, channel]);
    const domain = parseDomain(name);
    assert(domain instanceof Named, name);
    assertEquals([domain.name, domain.resolve(5), parseDomainName(name)], [name, 5, name]);
  }
  for (const text of ["7", "5:12", "self:any", "virq:dom_exc"]) {
    assertEquals(parseNamedChannel(text), parseChannel(text));
  }
  refuses(parseNamedChannel, "web:x", 'Cannot use "x" as a port');
  refuses(parseNamedChannel, "web", 'Cannot use "web" as a channel');
  refuses(parseNamedChannel, "virq:web:12", 'Cannot use "web:12" as a VIRQ');
  for (const text of ["", "5web", "-web", "+web", " web", "self", "Self", "a\nb", "x".repeat(256)]) {
    refuses(parseDomainName, text, `Cannot use "${text}" as a name`);
    if (!/^self$/i.test(text)) refuses(parseDomain, text, `Cannot use "${text}" as a domain`);
  }
});

test("a wrong channel is refused with the part that is wrong", () => {
  refuses(parseChannel, "dom_exc", 'Cannot use "dom_exc" as a channel: expected PORT, virq:NAME, DOMAIN:PORT');
  refuses(parseChannel, "32752:12", 'Cannot use "32752" as a domain');
  refuses(parseChannel, ":12", 'Cannot use "" as a domain');
  refuses(parseChannel, "5:", 'Cannot use "" as a port');
  refuses(parseChannel, "5:12:7", 'Cannot use "12:7" as a port');
  refuses(parseChannel, "5:any ", 'Cannot use "any " as a port');
  refuses(parseChannel, "virq:nothing", 'Cannot use "nothing" as a VIRQ');
});

test("the name of a VIRQ alone is refused with a hint how to write it", () => {
  const { hint } = assertThrows(() => parseChannel("DOM_EXC"), UsageError);
  assertEquals(hint, "a VIRQ is written virq:dom_exc");
  assertEquals(assertThrows(() => parseChannel("nothing"), UsageError).hint, undefined);
});

const domain = fc.oneof(fc.nat(0x7FEF), fc.constant(DOMID_SELF));
const port = fc.nat(U32_MAX);
const channel: fc.Arbitrary<Channel> = fc.oneof(
  port.map((port): Channel => ({ kind: "port", port })),
  fc.nat(U32_MAX).map((virq): Channel => ({ kind: "virq", virq })),
  fc.nat(23).map((virq): Channel => ({ kind: "virq", virq })),
  fc.tuple(domain, port).map(([domain, port]): Channel => ({ kind: "interdomain", domain, port })),
  domain.map((domain): Channel => ({ kind: "unbound", domain })),
);

test("parseChannel reverses channelName", () => {
  fc.assert(fc.property(channel, (channel) => assertEquals(parseChannel(channelName(channel)), channel)));
});

test("any text is parsed or refused with a UsageError", () => {
  const typed = fc.oneof(
    fc.string({ unit: CHARACTER }),
    fc.string({ unit: fc.constantFrom(..."0123456789abxX:_-+.eEvirqVIRQselfany ") }),
  );
  const parsers = [parsePort, parseDomid, parseVirq, parseChannel, parsePeriod, (text: string) => parseCount(text)];
  fc.assert(
    fc.property(typed, (text) => {
      for (const parse of parsers) {
        try {
          parse(text);
        } catch (error) {
          assert(error instanceof UsageError, `${parse.name}(${JSON.stringify(text)}): ${error}`);
          assert(error.message.startsWith("Cannot use "), error.message);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test("a period is a whole number and a unit", () => {
  const periods: readonly [string, number][] = [
    ["0s", 0],
    ["250ms", 250],
    ["5s", 5000],
    ["2m", 120_000],
    ["1us", 0.001],
    ["1500us", 1.5],
    ["2147483647ms", 0x7FFF_FFFF],
  ];
  for (const [text, milliseconds] of periods) assertEquals(parsePeriod(text), milliseconds, text);
});

test("a period without unit, or with more than a whole number, is refused", () => {
  for (const text of ["", "5", "s", "ms", "1.5s", "-1s", "+1s", "1e3ms", "0x1s", "1 s", "1S", "1min", "1h", "1sm"]) {
    refuses(parsePeriod, text, "expected a whole number and a unit (us, ms, s, m), such as 250ms");
  }
});

test("a period that is too long for a timer is refused", () => {
  for (const text of ["2147483648ms", "35792m", "999999999999999m"]) {
    refuses(parsePeriod, text, "expected at most 24 days");
  }
});

test("a count has a minimum", () => {
  assertEquals(parseCount("1"), 1);
  assertEquals(parseCount("0x10"), 16);
  assertEquals(parseCount("0", 0), 0);
  refuses((text) => parseCount(text), "0", 'Cannot use "0" as a count: expected a whole number from 1');
});

/** The outputs of tools, as they are on real hosts: xenstore-ls, lsevtchn, xl list. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { sectionOf } from "../../lib/snapshot/bare.ts";
import { lsevtchnLines, parseLsevtchn } from "../../lib/snapshot/lsevtchn.ts";
import { parseXenstoreLs, quotedValue, type StoreNode, unquoted } from "../../lib/snapshot/xenstore_ls.ts";
import { domainLines, parseDomainLines, parseXlList } from "../../lib/snapshot/xl_list.ts";
import type { TableEntry } from "../../lib/view/port_status.ts";
import { test } from "../support/test.ts";

/** A node's value by its path; null: there is no such node. */
function valueOf(root: StoreNode, path: string): string | undefined | null {
  let node: StoreNode | undefined = root;
  for (const name of path.slice(1).split("/")) node = node?.children.get(name);
  return node === undefined ? null : node.value;
}

test("xenstore-ls: values are what they were before sanitise_value quoted them", () => {
  for (
    const [line, value] of [
      ['/a = "plain"', "plain"],
      ['/a = ""', ""],
      ['/a = "say "hi""', 'say "hi"'],
      ['/a = "a\\tb\\nc\\rd\\\\e"', "a\tb\nc\rd\\e"],
      ['/a = "\\001\\007\\x08\\x7f\\x1b[31m"', "\x01\x07\x08\x7f\x1b[31m"],
      ['/a = "\\xc3\\xa9"', "é"], // UTF-8
      ['/a = "\\xe9"', "é"], // Latin-1
      ['/a = "\\000"', "\0"],
      ['/a = "\\q\\x4"', "\\q\\x4"], // no escape of sanitise_value
      ['/a = "x"   (n0,r1)"', 'x"   (n0,r1)'],
      ['/a = "\\\\x41"', "\\x41"],
    ] as const
  ) assertEquals(valueOf(parseXenstoreLs(`${line}\n`, false), "/a"), value, line);
});

test("xenstore-ls -p: permissions stand behind the last quote, and what looks like them in a value stays there", () => {
  const text = [
    '/local = ""   (n0)',
    '/local/domain/1/name = "web" . . . . .  (n0,r1)',
    '/local/domain/1/data/x = "a"   (n0)"   (n1,b2)',
    "/local/domain/1/secret:",
    "  (n0)",
    "xenstore-ls: could not access permissions for x",
    'no path = "x"',
    '/broken = "x',
    '/bro ken = "x"',
    '/odd = "x" and more',
    '/a//b = "x"',
    '/a/ = "x"',
    '/ = "x"',
  ].join("\n");
  const root = parseXenstoreLs(text, false);
  const paths = [
    "/local",
    "/local/domain/1/name",
    "/local/domain/1/data/x",
    "/local/domain/1/secret",
    "/broken",
    "/odd",
  ];
  assertEquals(paths.map((path) => valueOf(root, path)), ["", "web", 'a"   (n0)', undefined, null, null]);
  assertEquals([...root.children.keys()], ["local"]);
});

test("any value comes back from its quoted form", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (value) => {
    const quoted = quotedValue(value);
    assertEquals(/^[ -~]*$/.test(quoted), true, quoted);
    assertEquals(unquoted(quoted), value);
    assertEquals(valueOf(parseXenstoreLs(`/a/b = "${quoted}"\n`, false), "/a/b"), value);
  }));
});

test("a node of a cut text is cut from the top down to the last line, and no other", () => {
  const root = parseXenstoreLs('/a/b = "1"\n/a/c/d = "2"\n', true);
  const cut = (path: readonly string[]) => path.reduce((node, name) => node.children.get(name)!, root).cut === true;
  assertEquals([[], ["a"], ["a", "b"], ["a", "c"], ["a", "c", "d"]].map(cut), [true, true, false, true, true]);
});

/** What lsevtchn of Xen 4.17 prints in dom0. */
const LSEVTCHN = `   1: VCPU 0: Virtual IRQ 0
   4: VCPU 1: IPI
  17: VCPU 0: Physical IRQ 9
  23: VCPU 1: Interdomain (Connected) - Remote Domain 1, Port 1
  26: VCPU 0: Interdomain (Waiting connection) - Remote Domain 1
`;

test("lsevtchn: every kind of line is read, and nothing else", () => {
  assertEquals(parseLsevtchn(`${LSEVTCHN}lsevtchn: failed\n  99: VCPU 0: Unknown\n 5: VCPU 0: IPI x\n`), [
    { port: 1, vcpu: 0, status: "virq", virq: 0 },
    { port: 4, vcpu: 1, status: "ipi" },
    { port: 17, vcpu: 0, status: "pirq", pirq: 9 },
    { port: 23, vcpu: 1, status: "interdomain", remoteDomain: 1, remotePort: 1 },
    { port: 26, vcpu: 0, status: "unbound", remoteDomain: 1 },
  ]);
});

test("lsevtchn: what is written so is read again", () => {
  assertEquals([...lsevtchnLines(parseLsevtchn(LSEVTCHN))].join("\n") + "\n", LSEVTCHN);
  const u32 = fc.nat(0xFFFF_FFFF);
  const entry = fc.oneof(
    fc.record({ port: u32, vcpu: u32, status: fc.constant("ipi") }),
    fc.record({ port: u32, vcpu: u32, status: fc.constant("virq"), virq: u32 }),
    fc.record({ port: u32, vcpu: u32, status: fc.constant("pirq"), pirq: u32 }),
    fc.record({ port: u32, vcpu: u32, status: fc.constant("unbound"), remoteDomain: fc.nat(0x7FF0) }),
    fc.record({
      port: u32,
      vcpu: u32,
      status: fc.constant("interdomain"),
      remoteDomain: fc.nat(0x7FF0),
      remotePort: u32,
    }),
  ) as fc.Arbitrary<TableEntry>;
  fc.assert(fc.property(fc.array(entry), (entries) => {
    assertEquals(parseLsevtchn([...lsevtchnLines(entries)].join("\n")), entries);
  }));
});

/** What xl of Xen 4.17 prints; a name may be anything. */
const XL_LIST = `Name                                        ID   Mem VCPUs\tState\tTime(s)
Domain-0                                     0  2048     2     r-----     123.4
web                                          1   384     1     -b----       2.5
9   9   9   -b----   1.0                     7   384     1     --p---       0.0
(null)                                      12     0     1     --ps-d       9.9
crashed                                     13   384     1     ----c-       9.9
`;

test("xl list: domains are read behind their names, whatever these are", () => {
  const plain = { dying: false, shutdown: false, paused: false };
  assertEquals(parseXlList(`ERROR: something\n${XL_LIST}\nlast line\n`), [
    { ...plain, domain: 0 },
    { ...plain, domain: 1 },
    { ...plain, domain: 7, paused: true },
    { domain: 12, dying: true, shutdown: true, paused: true },
    { ...plain, domain: 13 },
  ]);
  assertEquals(parseXlList("ERROR: Can't find hypervisor information in sysfs!\n"), undefined);
});

test("the domains that collect writes are read again", () => {
  const domains = [
    { domain: 0, dying: false, shutdown: false, paused: false, maxVcpu: 3 },
    { domain: 5, dying: true, shutdown: true, paused: false },
    { domain: 6, dying: false, shutdown: false, paused: true, maxVcpu: 0 },
  ];
  assertEquals(parseDomainLines([...domainLines(domains)].join("\n")), domains);
  assertEquals(parseDomainLines("x\n32752 dying\n-1\n7 vcpu=x\n"), [{
    domain: 7,
    dying: false,
    shutdown: false,
    paused: false,
  }]);
});

test("a bare output is recognised by what it looks like, and lsevtchn's domain by its file's name", () => {
  const interrupts = "            CPU0       CPU1\n  24:          1          0  xen-pirq   9-ioapic-level  acpi\n";
  const dump = "(XEN) Event channel information for domain 0:\n";
  for (
    const [name, text, section] of [
      ["x", XL_LIST, "command xl list"],
      ["x", '/tool = ""\n/tool/xenstored = ""\n', "command xenstore-ls -f"],
      ["x", interrupts, "file /proc/interrupts"],
      ["x", dump, "dump e"],
      ["x", LSEVTCHN, "command lsevtchn 0"],
      ["lsevtchn-5.txt", LSEVTCHN, "command lsevtchn 5"],
      ["out/lsevtchn 12", LSEVTCHN, "command lsevtchn 12"],
      ["x", "hello\n", undefined],
      ["x", "", undefined],
    ] as const
  ) assertEquals(sectionOf({ name, text }), section, name);
});

import { assertEquals } from "@std/assert";
import { diffDumps } from "../../lib/decode/diff.ts";
import { parseDump } from "../../lib/decode/dump.ts";
import { test } from "../support/test.ts";

const dumped = (domain: number, ...lines: string[]) =>
  [`Event channel information for domain ${domain}:`, ...lines.map((line) => `    ${line} n=0 x=0`), ""].join("\n");

/** Lines are `PORT [bits]: s=STATE`, the vCPU and what follows are added. */
const changes = (old: string, now: string) =>
  diffDumps(parseDump(old), parseDump(now)).map(({ domain, port, change }) => `${domain}:${port} ${change}`);

test("each kind of change is told, and what stayed pending", () => {
  const old = dumped(0, "1 [0/0/0]: s=6", "2 [1/1/0]: s=6", "3 [1/0/0]: s=6", "4 [0/0/0]: s=6", "5 [1/0/0]: s=6");
  const now = dumped(0, "1 [0/0/0]: s=6", "2 [1/1/0]: s=6", "3 [1/1/0]: s=6", "5 [1/0/0]: s=6", "6 [0/0/0]: s=6");
  assertEquals(changes(old, now), ["0:3 bits", "0:4 gone", "0:5 stays", "0:6 new"]); // 2: a kernel polls such an IPI
  assertEquals(changes(old, old), ["0:3 stays", "0:5 stays"]);
});

test("a port that is bound to something else is told as that, whatever its bits; its vCPU is no change", () => {
  const line = (rest: string) => `Event channel information for domain 0:\n    7 ${rest}\n`;
  const was = line("[1/1/0]: s=3 n=0 x=0 d=1 p=9");
  assertEquals(changes(was, line("[1/1/0]: s=3 n=0 x=0 d=1 p=10")), ["0:7 bound"]);
  assertEquals(changes(was, line("[0/0/0]: s=2 n=0 x=0 d=1")), ["0:7 bound"]);
  assertEquals(changes(was, line("[1/1/0]: s=3 n=5 x=0 d=1 p=9")), ["0:7 stays"]);
});

test("a domain that came or went has new ports, or ports that are gone, unless a dump is cut", () => {
  const [zero, one] = [dumped(0, "1 [0/0/0]: s=6"), dumped(1, "1 [0/0/0]: s=6")];
  assertEquals([changes(zero, zero + one), changes(zero + one, zero)], [["1:1 new"], ["1:1 gone"]]);
  assertEquals([changes(one, zero + one), changes(zero + one, one)], [[], []]);
});

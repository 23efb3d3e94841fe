import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../support/test.ts";
import { parseLcov } from "./lcov.ts";
import { gapsOf, reportOf, staleReasons } from "./report.ts";

const LCOV = [
  "SF:lib/a.ts",
  "BRDA:2,1,0,0",
  "BRDA:2,1,1,4",
  "BRF:2",
  "BRH:1",
  "DA:1,3",
  "DA:2,3",
  "DA:3,0",
  "LH:2",
  "LF:3",
  "end_of_record",
  "SF:ffi/b.ts",
  "DA:1,1",
  "LH:1",
  "LF:1",
  "end_of_record",
].join("\n");

const SOURCE = "one\n  if (two)\n  three();\n";

test("a coverage report has totals, what is not covered and why, and reasons that fit nothing", () => {
  const files = parseLcov(LCOV);
  const reasons = [
    { file: "lib/a.ts", lines: ["three()", "four()"], why: "it is so" },
    { file: "ffi/b.ts", why: "gone" },
  ];
  const gaps = gapsOf(files, () => SOURCE, reasons);
  assertEquals(gaps.map(({ line, branch, why }) => [line, branch, why]), [[2, true, undefined], [
    3,
    false,
    "it is so",
  ]]);
  const stale = staleReasons(reasons, gaps);
  assertEquals(stale, ["lib/a.ts: four()", "ffi/b.ts"]);
  const { text, holds } = reportOf(files, gaps, stale);
  assertEquals(holds, false);
  assertStringIncludes(text, "75.0 % (3/4)");
  assertStringIncludes(text, "lib/a.ts: it is so");
  assertStringIncludes(text, "lib/a.ts:2 (a branch): if (two)");
  assertStringIncludes(text, "coverage: FAILS");
});

test("files that are all covered hold the bars", () => {
  const files = parseLcov(LCOV).slice(1);
  assertEquals(reportOf(files, [], []).holds, true);
});

test("a closing bracket is not covered for the reason of what it closes", () => {
  const source = "if (a) {\n  b();\n}\nc();\n}\n";
  const files = parseLcov("SF:lib/a.ts\nDA:1,0\nDA:2,0\nDA:3,0\nDA:4,0\nDA:5,0\nLH:0\nLF:5\nend_of_record\n");
  const gaps = gapsOf(files, () => source, [{ file: "lib/a.ts", lines: ["b()"], why: "it is so" }]);
  assertEquals(gaps.map(({ why }) => why), [undefined, "it is so", "it is so", undefined, undefined]);
});

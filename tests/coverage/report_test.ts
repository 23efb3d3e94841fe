import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../support/test.ts";
import { parseLcov } from "./lcov.ts";
import { reportOf } from "./report.ts";

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

test("a coverage report has totals, what is not covered, and the files below their bar", () => {
  const { text, holds } = reportOf(parseLcov(LCOV), {});
  assertEquals(holds, false);
  assertStringIncludes(text, "75.0 % (3/4)");
  assertStringIncludes(text, "lib/a.ts: 2 3\n");
  assertStringIncludes(text, "files below their bar:\n  lib/a.ts");
  assertStringIncludes(text, "coverage: FAILS");
});

test("files that are all covered hold the bar", () => {
  assertEquals(reportOf(parseLcov(LCOV).slice(1), {}).holds, true);
});

test("a file may have a lower bar, which the report names once it is not needed", () => {
  const files = parseLcov(LCOV);
  assertEquals(reportOf(files, { "lib/a.ts": { lines: 60, branches: 50, why: "" } }).holds, true);
  assertEquals(reportOf(files, { "lib/a.ts": { lines: 60, why: "" } }).holds, false);
  const needless = { "ffi/b.ts": { lines: 60, why: "" }, "lib/gone.ts": { lines: 60, why: "" } };
  assertStringIncludes(reportOf(files, needless).text, "lower bars that are not needed:\n  ffi/b.ts\n  lib/gone.ts\n");
});

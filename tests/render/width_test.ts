import { assertEquals } from "@std/assert";
import { columnsOf, cutTo, padTo } from "../../lib/render/width.ts";
import { test } from "../support/test.ts";

test("a text is cut to columns, of which a wide character fills two, and ends in dots", () => {
  assertEquals([cutTo("abcdef", 6), cutTo("abcdefg", 6), cutTo("\u4e00\u4e8c\u4e09\u56db", 6)], [
    "abcdef",
    "abc...",
    "\u4e00...",
  ]);
  assertEquals([2, 0, -1].map((columns) => cutTo("abcdef", columns)), ["..", "", ""]);
});

test("a wide character is not cut in two, and a text is padded to its columns", () => {
  assertEquals(cutTo("\u4e00\u4e8c\u4e09\u56db", 7), "\u4e00\u4e8c...");
  assertEquals([columnsOf("\u4e00\u2500"), padTo("\u4e00", 4), padTo("abcdef", 4)], [3, "\u4e00  ", "abcdef"]);
});

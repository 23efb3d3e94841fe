import { assertEquals, assertThrows } from "@std/assert";
import { test } from "../support/test.ts";
import { screenSvg } from "./screen.ts";
import { drawTop, TOP_PICTURE } from "./top.ts";

test("the picture of top is what it draws: `deno run -RW tests/pictures/top.ts` draws it anew", async () => {
  assertEquals(Deno.readTextFileSync(TOP_PICTURE), await drawTop());
});

test("a screen is drawn cell by cell: text where its column is, bars as bars, nothing that is markup", () => {
  const svg = screenSvg("a<b", ["ab \x1b[36mc&d\x1b[39m  █▄"], 10).split("\n").slice(4, -2);
  assertEquals(svg, [
    '<text x="14" y="43" textLength="16" fill="#d8dee9">ab</text>',
    '<text x="38" y="43" textLength="24" fill="#88d0e0">c&amp;d</text>',
    '<rect x="78" y="31" width="7" height="16" fill="#d8dee9"/>',
    '<rect x="86" y="39" width="7" height="8" fill="#d8dee9"/>',
  ]);
  assertThrows(() => screenSvg("x", ["\x1b[31mred"], 10), SyntaxError, "No such colour: 31");
});

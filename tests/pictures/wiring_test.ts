import { assert, assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { drawWiring, WIRING_PICTURE } from "./wiring.ts";

test("the picture of a wiring is what it draws: `deno run -A tests/pictures/wiring.ts` draws it anew", async () => {
  assertEquals(Deno.readTextFileSync(WIRING_PICTURE), await drawWiring());
});

test("the picture has one device that is broken, and says so; its edges are lines to a text and from it", async () => {
  const svg = await drawWiring();
  const edges = svg.split('<g id="edge').slice(1);
  const broken = edges.filter((edge) => edge.includes("stroke-dasharray"));
  assertEquals([edges.length, broken.length], [2 * 7, 2]);
  assert(svg.includes(">tx 9 ── nothing: unbound<") && svg.includes(">2 queues, 4 channels<"), svg);
});

test("every text is in a font of one width, in which its box was measured", async () => {
  const fonts = new Set((await drawWiring()).match(/font-family="[^"]*"/g));
  assertEquals([...fonts], ['font-family="Courier,monospace"']);
});

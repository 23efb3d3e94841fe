import { assert, assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { drawWiring, WIRING_PICTURE } from "./wiring.ts";

test("the picture of a wiring is what it draws: `deno run -A tests/pictures/wiring.ts` draws it anew", async () => {
  assertEquals(Deno.readTextFileSync(WIRING_PICTURE), await drawWiring());
});

test("the picture has one channel that is broken, and says so", async () => {
  const svg = await drawWiring();
  const edges = svg.split('<g id="edge').slice(1);
  const broken = edges.filter((edge) => edge.includes("stroke-dasharray"));
  assertEquals([edges.length, broken.length], [9, 1]);
  assert(broken[0].includes(">event&#45;channel&#45;tx<") && broken[0].includes(">9 ── nothing: unbound<"), broken[0]);
});

import fc from "fast-check";
import { test } from "../support/test.ts";
import { hostileGuest } from "./store.ts";
import { assertHarmless, assertHarmlessWatched, LOOKS, SVG } from "./store_property.ts";

test("whatever a guest writes to xenstore, it acts on no terminal and changes nothing that is said of others", async () => {
  await fc.assert(fc.asyncProperty(hostileGuest(12), (guest) => assertHarmless(guest)), { numRuns: 25 });
});

test("whatever a guest writes, its picture is one too, and so is that of a guest that fills its quota", async () => {
  const small = fc.sample(hostileGuest(12), { numRuns: 3, seed: 1 });
  const large = fc.sample(hostileGuest(1000), { numRuns: 20, seed: 1 }).find(({ nodes }) => nodes.length > 1000);
  for (const guest of [...small, large!]) await assertHarmless(guest, [...LOOKS, SVG]);
});

test("whatever a guest writes while wiring is watched, the lines are its own and no more than it wrote", async () => {
  const form = fc.constantFrom("" as const, "--json" as const);
  await fc.assert(fc.asyncProperty(hostileGuest(12), form, assertHarmlessWatched), { numRuns: 30 });
});

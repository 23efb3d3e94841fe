import fc from "fast-check";
import { test } from "../support/test.ts";
import { hostileGuest } from "./store.ts";
import { assertHarmless, assertHarmlessWatched } from "./store_property.ts";

test("whatever a guest writes to xenstore, it acts on no terminal and changes nothing that is said of others", async () => {
  await fc.assert(fc.asyncProperty(hostileGuest(12), (guest) => assertHarmless(guest)), { numRuns: 60 });
});

test("whatever a guest writes while wiring is watched, the lines are its own and no more than it wrote", async () => {
  const form = fc.constantFrom("" as const, "--json" as const);
  await fc.assert(fc.asyncProperty(hostileGuest(12), form, assertHarmlessWatched), { numRuns: 60 });
});

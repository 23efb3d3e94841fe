import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { test } from "../support/test.ts";
import { type Kind, tryInputs } from "./kind.ts";

/** Understands even numbers, and fails from 1000 on. */
const NUMBERS: Kind<number> = {
  name: "numbers",
  input: fc.nat(),
  check: (number) =>
    number < 1000 ? Promise.resolve(number % 2 === 0) : Promise.reject(new Error(`${number} is too large`)),
};

test("an input that fails is shrunk, and found again by its seed and its path", async () => {
  const told: string[] = [];
  const listener = { begins: (input: number) => void told.push(`${input}`), failed: () => void told.push("failed") };
  const { details } = await tryInputs(NUMBERS, { seed: 7, numRuns: 100 }, listener);
  assertEquals([details.failed, details.counterexample], [true, [1000]]);
  const first = told.indexOf("failed");
  assertEquals(details.counterexamplePath?.split(":")[0], told[first - 1]);
  const again = { seed: 7, path: details.counterexamplePath!, numRuns: 1, endOnFailure: true };
  assertEquals((await tryInputs(NUMBERS, again)).details.counterexample, [1000]);
});

test("inputs that are understood are counted", async () => {
  const { details, understood } = await tryInputs({ ...NUMBERS, input: fc.nat(999) }, { seed: 7, numRuns: 200 });
  assertEquals([details.failed, details.numRuns], [false, 200]);
  assert(understood > 50 && understood < 150, `${understood} of 200 even numbers`);
});

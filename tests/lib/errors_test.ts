import { assertEquals } from "@std/assert";
import { errnoOf } from "../../lib/errors.ts";
import { test } from "../support/test.ts";

test("an error of Deno's own has an errno, another has none", () => {
  const coded = (code: unknown) => errnoOf(Object.assign(new Error("no"), { code }));
  assertEquals([coded("EPIPE"), coded("ERR_OTHER"), coded(7), errnoOf(new Error("no")), errnoOf("no")], [
    "EPIPE",
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

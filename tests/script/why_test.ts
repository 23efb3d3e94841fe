import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { failure, lines } from "../support/scripts.ts";

test("a why statement succeeds if the bind would, and else fails with the reason", async () => {
  assertEquals(await lines("why virq:tbuf"), ["virq:tbuf: ok: nobody holds it: it was bound and let go again"]);
  assertEquals(await failure("why virq:timer", 3), "1: why virq:timer: virq:timer: EEXIST");
});

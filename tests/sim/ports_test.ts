import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { FreePorts } from "../../lib/sim/xen/ports.ts";
import { test } from "../support/test.ts";

for (const limit of [1, 31, 32, 33, 1024, 1025, 4096, 131072]) {
  test(`${limit} ports are given out in order, and then none`, () => {
    const free = new FreePorts(limit);
    for (let port = 0; port < limit; port++) assertEquals(free.take(), port);
    assertEquals(free.take(), undefined);
    free.give(limit - 1);
    assertEquals(free.take(), limit - 1);
  });
}

test("the lowest free port is always next, whatever was given back", () => {
  fc.assert(fc.property(fc.array(fc.option(fc.nat(1100))), (turns) => {
    const limit = 1090;
    const free = new FreePorts(limit);
    const model = new Set<number>(Array.from({ length: limit }, (_, port) => port));
    for (let port = 0; port < limit - 5; port++) model.delete(free.take()!);
    for (const back of turns) {
      if (back === null) {
        const lowest = model.size === 0 ? undefined : Math.min(...model);
        assertEquals(free.take(), lowest);
        model.delete(lowest!);
      } else if (back < limit && !model.has(back)) {
        free.give(back);
        model.add(back);
      }
    }
  }));
});

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ConsoleRing } from "../../lib/sim/xen/conring.ts";
import { test } from "../support/test.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

function readAll(ring: ConsoleRing, index?: number, clear = false, room = 64): [text: string, index: number] {
  const into = new Uint8Array(room);
  const read = ring.read(index, clear, into);
  return [new TextDecoder().decode(into.subarray(0, read.count)), read.index];
}

test("the ring keeps the newest text, and an index that it has no more is its oldest byte", () => {
  const ring = new ConsoleRing(8);
  ring.write(bytesOf("abcdef"));
  assertEquals([readAll(ring), readAll(ring, 2), readAll(ring, 6)], [["abcdef", 6], ["cdef", 6], ["", 6]]);
  ring.write(bytesOf("ghij"));
  assertEquals([readAll(ring), readAll(ring, 1), readAll(ring, 7)], [["cdefghij", 10], ["cdefghij", 10], ["hij", 10]]);
  assertEquals(readAll(ring, 99), ["cdefghij", 10]);
  ring.write(bytesOf("0123456789ABC"));
  assertEquals(readAll(ring), ["56789ABC", 23]);
  assertEquals(readAll(ring, 15, false, 3), ["567", 18]);
  assertEquals([readAll(ring, undefined, true), readAll(ring)], [["56789ABC", 23], ["", 23]]);
});

test("whatever is written, a reader that comes often enough gets all of it, and one that comes late the end", () => {
  fc.assert(fc.property(fc.array(fc.string({ maxLength: 12 }), { maxLength: 20 }), (texts) => {
    const ring = new ConsoleRing(16);
    let [written, often, index] = ["", "", 0];
    for (const text of texts.map((each) => each.replaceAll(/[^ -~]/g, "?"))) {
      ring.write(bytesOf(text));
      written += text;
      const [read, next] = readAll(ring, index);
      [often, index] = [often + read, next];
    }
    assertEquals([often, readAll(ring)[0]], [written, written.slice(-16)]);
  }));
});

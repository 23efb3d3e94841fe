import { assert, assertEquals } from "@std/assert";
import { getU32 } from "../../ffi/endian.ts";
import { FIRST_RING_SIZE, Ring, wholePorts } from "../../lib/sim/ring.ts";
import { test } from "../support/test.ts";

/** Takes out at most `count` ports. */
function take(ring: Ring, count: number): number[] {
  const bytes = new Uint8Array(count * 4);
  const taken = ring.take(bytes, bytes.length);
  return Array.from({ length: taken / 4 }, (_, i) => getU32(bytes, i * 4));
}

function push(ring: Ring, ...ports: number[]): boolean[] {
  return ports.map((port) => ring.push(port));
}

const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

test("ports come out in the order in which they went in", () => {
  const ring = new Ring(4);
  push(ring, 7, 9, 8);
  assertEquals(take(ring, 4), [7, 9, 8]);
  assertEquals(ring.length, 0);
});

test("only a push into an empty ring wakes (drivers/xen/evtchn.c:177)", () => {
  const ring = new Ring(4);
  assertEquals(push(ring, 1, 2), [true, false]);
  take(ring, 1);
  assertEquals(push(ring, 3), [false]);
  take(ring, 4);
  assertEquals(push(ring, 4), [true]);
});

test("a read across the ring's end takes both chunks (drivers/xen/evtchn.c:230)", () => {
  const ring = new Ring(4);
  push(ring, 1, 2, 3);
  take(ring, 3);
  push(ring, 4, 5, 6);
  assertEquals(take(ring, 4), [4, 5, 6]);
});

for (const count of [1, 2, 3]) {
  test(`a read of ${count} of 4 ports that wrap after the second leaves the rest (drivers/xen/evtchn.c:240)`, () => {
    const ring = new Ring(4);
    push(ring, 0, 0);
    take(ring, 2);
    push(ring, 1, 2, 3, 4);
    assertEquals(take(ring, count), [1, 2, 3, 4].slice(0, count));
    assertEquals(take(ring, 4), [1, 2, 3, 4].slice(count));
  });
}

test("a full ring loses only the port that is pushed next (drivers/xen/evtchn.c:183)", () => {
  const ring = new Ring(4);
  push(ring, 1, 2, 3, 4);
  assert(!ring.overflowed);
  assertEquals(push(ring, 5), [false]);
  assert(ring.overflowed);
  assertEquals(take(ring, 8), [1, 2, 3, 4]);
});

test("a ring without slots overflows at once", () => {
  const ring = new Ring(0);
  push(ring, 1);
  assert(ring.overflowed);
});

test("a ring begins with 64 slots and doubles (drivers/xen/evtchn.c:320)", () => {
  const ring = new Ring(0);
  const sizes = range(0, 4).map(() => {
    ring.grow();
    return ring.size;
  });
  assertEquals(sizes, [FIRST_RING_SIZE, 128, 256, 512]);
});

test("growing keeps the ports in order, wherever the ring begins and however full it is (drivers/xen/evtchn.c:349)", () => {
  for (let start = 0; start < 16; start++) {
    for (let held = 0; held <= 8; held++) {
      const ring = new Ring(8, start);
      push(ring, ...range(100, held));
      ring.grow();
      assertEquals(ring.size, 16);
      push(ring, ...range(100 + held, 16 - held));
      assert(!ring.overflowed);
      assertEquals(take(ring, 16), range(100, 16), `from ${start}, ${held} held`);
    }
  }
});

test("indices wrap at 2^32", () => {
  const ring = new Ring(64, 2 ** 32 - 10);
  push(ring, ...range(1, 64));
  assertEquals(ring.length, 64);
  push(ring, 65);
  assert(ring.overflowed);
  assertEquals(take(ring, 20), range(1, 20));
  assertEquals(ring.length, 44);
  assertEquals(take(ring, 64), range(21, 44));
  assertEquals(push(ring, 70), [true]);
});

test("growing keeps a ring whose indices are on either side of 2^32", () => {
  const ring = new Ring(8, 2 ** 32 - 3);
  push(ring, ...range(1, 8));
  ring.grow();
  push(ring, ...range(9, 8));
  assertEquals(take(ring, 16), range(1, 16));
});

test("a reset empties the ring and clears the overflow (drivers/xen/evtchn.c:587)", () => {
  const ring = new Ring(2);
  push(ring, 1, 2, 3);
  ring.reset();
  assert(!ring.overflowed);
  assertEquals(ring.length, 0);
  assertEquals(push(ring, 4), [true]);
  assertEquals(take(ring, 2), [4]);
});

test("counts are rounded down to whole ports and up to a page (drivers/xen/evtchn.c:198)", () => {
  assertEquals([0, 3, 4, 7, 8, 4095, 4096, 4097, 9000].map(wholePorts), [0, 0, 4, 4, 8, 4092, 4096, 4096, 4096]);
});

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import * as native from "../../ffi/endian.ts";
import { test } from "../support/test.ts";

type Endian = typeof native;

/** The module as it loads on a big-endian machine: it detects the order with one Uint32Array. */
async function bigEndian(): Promise<Endian> {
  const original = globalThis.Uint32Array;
  const lookalike = function () {
    return { buffer: new Uint8Array([0, 0, 0, 1]).buffer };
  };
  globalThis.Uint32Array = lookalike as unknown as Uint32ArrayConstructor;
  try {
    return await import("../../ffi/endian.ts?big-endian") as Endian;
  } finally {
    globalThis.Uint32Array = original;
  }
}

/** Compares the module with a DataView. */
function agreesWithDataView(endian: Endian, little: boolean): void {
  fc.assert(fc.property(fc.nat(0xFFFF_FFFF), fc.nat(4), (value, offset) => {
    const bytes = new Uint8Array(9).fill(0xEE);
    const expected = new Uint8Array(9).fill(0xEE);
    const view = new DataView(expected.buffer);
    endian.setU32(bytes, offset, value);
    view.setUint32(offset, value, little);
    assertEquals(bytes, expected);
    assertEquals(endian.getU32(bytes, offset), value);
    endian.setU16(bytes, offset, value & 0xFFFF);
    view.setUint16(offset, value & 0xFFFF, little);
    assertEquals(bytes, expected);
    assertEquals(endian.getU16(bytes, offset), value & 0xFFFF);
  }));
}

test("ports are in the byte order of this machine", () => {
  assertEquals(native.LITTLE_ENDIAN, new Uint8Array(new Uint16Array([1]).buffer)[0] === 1);
  agreesWithDataView(native, native.LITTLE_ENDIAN);
});

test("on a big-endian machine ports are big-endian", async () => {
  const big = await bigEndian();
  assertEquals(big.LITTLE_ENDIAN, false);
  agreesWithDataView(big, false);
});

test("a port with the highest bit is not negative", () => {
  const bytes = new Uint8Array(4);
  native.setU32(bytes, 0, 0xFFFF_FFFF);
  assertEquals(native.getU32(bytes, 0), 0xFFFF_FFFF);
});

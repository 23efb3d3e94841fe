import { assertEquals, assertStrictEquals } from "@std/assert";
import { type IoctlName, ioctlOf, LINUX, pack, unpack } from "../../ffi/abi.ts";
import { LITTLE_ENDIAN } from "../../ffi/endian.ts";
import { ioc } from "../../ffi/ioctl.ts";
import { test } from "../support/test.ts";

/** Converts the bytes of a field from little-endian to the order of this machine. */
function field(...bytes: number[]): number[] {
  return LITTLE_ENDIAN ? bytes : bytes.toReversed();
}

/** The struct of an ioctl. Bytes that pack does not write stay 0xEE. */
function packed(name: IoctlName, ...values: number[]): number[] {
  const into = new Uint8Array(12).fill(0xEE);
  pack(LINUX.ioctls[name], values, into);
  return [...into];
}

const REST = (count: number) => new Array(count).fill(0xEE);

test("Linux's request numbers are those of its header", () => {
  const numbers = Object.fromEntries(Object.entries(LINUX.ioctls).map(([name, { request }]) => [name, request]));
  assertEquals(numbers, {
    BIND_VIRQ: 0x0004_4500,
    BIND_INTERDOMAIN: 0x0008_4501,
    BIND_UNBOUND_PORT: 0x0004_4502,
    UNBIND: 0x0004_4503,
    NOTIFY: 0x0004_4504,
    RESET: 0x0000_4505,
    RESTRICT_DOMID: 0x0002_4506,
    BIND_STATIC: 0x0004_4507,
  });
});

test("a request number with both direction bits is not negative", () => {
  assertEquals(ioc(3, "E", 4, 12), 0xC00C_4504);
  assertEquals(ioc(2, "T", 0x30, 4), 0x8004_5430); // TIOCGPTN, asm-generic/ioctls.h
});

test("Linux's device is /dev/xen/evtchn", () => assertEquals(LINUX.devicePath, "/dev/xen/evtchn"));

test("the size of a struct is the sum of its fields", () => {
  const sizes = Object.fromEntries(Object.entries(LINUX.ioctls).map(([name, { size }]) => [name, size]));
  assertEquals(sizes, {
    BIND_VIRQ: 4,
    BIND_INTERDOMAIN: 8,
    BIND_UNBOUND_PORT: 4,
    UNBIND: 4,
    NOTIFY: 4,
    RESET: 0,
    RESTRICT_DOMID: 2,
    BIND_STATIC: 4,
  });
});

test("each struct is packed without changing the bytes after it", () => {
  assertEquals(packed("BIND_VIRQ", 0x11223344), [...field(0x44, 0x33, 0x22, 0x11), ...REST(8)]);
  assertEquals(packed("BIND_INTERDOMAIN", 5, 0xFFFFFFFE), [
    ...field(5, 0, 0, 0),
    ...field(0xFE, 0xFF, 0xFF, 0xFF),
    ...REST(4),
  ]);
  assertEquals(packed("BIND_UNBOUND_PORT", 0x7FF0), [...field(0xF0, 0x7F, 0, 0), ...REST(8)]);
  assertEquals(packed("UNBIND", 4096), [...field(0, 0x10, 0, 0), ...REST(8)]);
  assertEquals(packed("NOTIFY", 7), [...field(7, 0, 0, 0), ...REST(8)]);
  assertEquals(packed("RESET"), REST(12));
  assertEquals(packed("RESTRICT_DOMID", 0x7FEF), [...field(0xEF, 0x7F), ...REST(10)]);
  assertEquals(packed("BIND_STATIC", 9), [...field(9, 0, 0, 0), ...REST(8)]);
});

test("unpack reverses pack", () => {
  for (const ioctl of Object.values(LINUX.ioctls)) {
    const values = ioctl.fields.map(({ bytes }, i) => (bytes === 2 ? 0xFEDC : 0xFEDC_BA98) - i);
    const bytes = new Uint8Array(ioctl.size);
    pack(ioctl, values, bytes);
    assertEquals(unpack(ioctl, bytes), values, ioctl.name);
  }
});

test("an ioctl is found by its request number; other numbers are not", () => {
  for (const ioctl of Object.values(LINUX.ioctls)) assertStrictEquals(ioctlOf(LINUX, ioctl.request), ioctl);
  assertEquals(ioctlOf(LINUX, 0x4508), undefined);
  assertEquals(ioctlOf(LINUX, 0), undefined);
});

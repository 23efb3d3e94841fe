import { assertEquals, assertStrictEquals } from "@std/assert";
import { type Abi, abiOf, ioctlOf, LINUX, pack, unpack } from "../../ffi/abi.ts";
import { bsdIoc, FREEBSD, NETBSD } from "../../ffi/abi_bsd.ts";
import { ILLUMOS, sunIoc } from "../../ffi/abi_illumos.ts";
import { LITTLE_ENDIAN } from "../../ffi/endian.ts";
import { Poll } from "../../ffi/syscalls.ts";
import { test } from "../support/test.ts";

/** Every request number, and the size of every struct, by name. */
function tableOf(abi: Abi): Record<string, [request: number, size: number]> {
  return Object.fromEntries(Object.values(abi.ioctls).map(({ name, request, size }) => [name, [request, size]]));
}

/** The struct of an ioctl, low byte first. Bytes that pack does not write stay 0xEE. */
function packed(abi: Abi, name: keyof Abi["ioctls"], ...values: number[]): number[] {
  const into = new Uint8Array(16).fill(0xEE);
  const ioctl = abi.ioctls[name]!;
  pack(ioctl, values, into);
  if (LITTLE_ENDIAN) return [...into];
  const swapped = [...into];
  for (let at = 0; at < ioctl.size; at += 4) swapped.splice(at, 4, ...swapped.slice(at, at + 4).toReversed());
  return swapped;
}

const REST = (count: number) => new Array(count).fill(0xEE);

test("illumos's request numbers are 'E' << 8 | nr, and there is no RESET, RESTRICT_DOMID or BIND_STATIC", () => {
  assertEquals(tableOf(ILLUMOS), {
    BIND_VIRQ: [0x4500, 4],
    BIND_INTERDOMAIN: [0x4501, 8],
    BIND_UNBOUND_PORT: [0x4502, 4],
    UNBIND: [0x4503, 4],
    NOTIFY: [0x4504, 4],
  });
  assertEquals(sunIoc("T", 104), 0x5468); // TIOCGWINSZ, usr/src/uts/common/sys/termios.h
});

for (const abi of [FREEBSD, NETBSD]) {
  test(`${abi.os}'s request numbers have direction and size, and there is no RESTRICT_DOMID and no BIND_STATIC`, () => {
    assertEquals(tableOf(abi), {
      BIND_VIRQ: [0xC008_4504, 8],
      BIND_INTERDOMAIN: [0xC00C_4505, 12],
      BIND_UNBOUND_PORT: [0xC008_4506, 8],
      UNBIND: [0x8004_4507, 4],
      NOTIFY: [0x8004_4508, 4],
      RESET: [0x2000_4509, 0],
    });
  });

  test(`${abi.os}'s binds return the port in the last field of the struct`, () => {
    const offsets = Object.values(abi.ioctls).map(({ name, portOffset }) => [name, portOffset]);
    assertEquals(Object.fromEntries(offsets), {
      BIND_VIRQ: 4,
      BIND_INTERDOMAIN: 8,
      BIND_UNBOUND_PORT: 4,
      UNBIND: -1,
      NOTIFY: -1,
      RESET: -1,
    });
    assertEquals(packed(abi, "BIND_VIRQ", 0x11223344), [0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0, ...REST(8)]);
    assertEquals(packed(abi, "BIND_INTERDOMAIN", 5, 0xFFFFFFFE), [
      ...[5, 0, 0, 0],
      ...[0xFE, 0xFF, 0xFF, 0xFF],
      ...[0, 0, 0, 0],
      ...REST(4),
    ]);
    assertEquals(packed(abi, "BIND_UNBOUND_PORT", 0x7FF0), [0xF0, 0x7F, 0, 0, 0, 0, 0, 0, ...REST(8)]);
    assertEquals(packed(abi, "UNBIND", 4096), [0, 0x10, 0, 0, ...REST(12)]);
    assertEquals(packed(abi, "NOTIFY", 7), [7, 0, 0, 0, ...REST(12)]);
  });
}

test("the BSDs' _IOC computes the numbers of other ioctls", () => {
  assertEquals(bsdIoc(0x4000_0000, "t", 104, 8), 0x4008_7468); // TIOCGWINSZ, sys/ttycom.h
  assertEquals(bsdIoc(0x8000_0000, "f", 126, 4), 0x8004_667E); // FIONBIO, sys/filio.h
});

test("illumos's structs are Linux's, and its ioctls return the port", () => {
  for (const ioctl of Object.values(ILLUMOS.ioctls)) {
    assertEquals([ioctl.fields, ioctl.size, ioctl.portOffset], [
      LINUX.ioctls[ioctl.name].fields,
      LINUX.ioctls[ioctl.name].size,
      -1,
    ]);
  }
});

test("the paths of the devices", () => {
  assertEquals([LINUX, ILLUMOS, FREEBSD, NETBSD].map(({ devicePath }) => devicePath), [
    "/dev/xen/evtchn",
    "/dev/xen/evtchn",
    "/dev/xen/evtchn",
    "/dev/xenevt",
  ]);
});

test("POLLWRNORM differs from POLLOUT only on Linux", () => {
  assertEquals([LINUX, ILLUMOS, FREEBSD, NETBSD].map(({ pollWriteNormal }) => pollWriteNormal), [
    Poll.WRNORM,
    Poll.OUT,
    Poll.OUT,
    Poll.OUT,
  ]);
});

test("on every system unpack reverses pack, and each ioctl is found by its request number", () => {
  for (const abi of [LINUX, ILLUMOS, FREEBSD, NETBSD]) {
    for (const ioctl of Object.values(abi.ioctls)) {
      const values = ioctl.fields.map(({ bytes, filled }, i) => filled ? 0 : (bytes === 2 ? 0xFEDC : 0xFEDC_BA98) - i);
      const bytes = new Uint8Array(ioctl.size);
      pack(ioctl, values, bytes);
      assertEquals(unpack(ioctl, bytes), values, `${abi.os} ${ioctl.name}`);
      assertStrictEquals(ioctlOf(abi, ioctl.request), ioctl);
    }
  }
});

test("a device is found by Deno.build.os", async () => {
  const found = await Promise.all(["linux", "illumos", "solaris", "freebsd", "netbsd", "darwin", "windows"].map(abiOf));
  assertEquals(found, [LINUX, ILLUMOS, ILLUMOS, FREEBSD, NETBSD, undefined, undefined]);
});

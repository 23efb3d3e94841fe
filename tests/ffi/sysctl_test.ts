import { assertEquals } from "@std/assert";
import { getU32 } from "../../ffi/endian.ts";
import {
  packDebugKeys,
  packDomainQuery,
  packReadConsole,
  SYSCTL_BYTES,
  unpackConsoleRead,
  unpackDomainCount,
  unpackDomainInfo,
  unpackSysctl,
} from "../../ffi/sysctl.ts";
import { test } from "../support/test.ts";

/** The words of a question, u32 each, as on a real Xen 4.17 (x86) they were accepted. */
function words(pack: (into: Uint8Array) => void): number[] {
  const bytes = new Uint8Array(SYSCTL_BYTES).fill(0xFF);
  pack(bytes);
  return Array.from({ length: 8 }, (_, i) => getU32(bytes, i * 4));
}

test("the questions are laid out as in xen/include/public/sysctl.h, and all else is zero", () => {
  const buffer = 0x7F00_0000_1000n;
  assertEquals(words((into) => packReadConsole(0x15, { index: 7, buffer, room: 9 }, into)), [
    ...[1, 0x15, 0x100, 7],
    ...[0x1000, 0x7F00, 9, 0],
  ]);
  assertEquals(words((into) => packDebugKeys(0x13, buffer, 1, into)), [7, 0x13, 0x1000, 0x7F00, 1, 0, 0, 0]);
  assertEquals(words((into) => packDomainQuery(0x16, { first: 3, max: 2, buffer }, into)), [
    ...[6, 0x16, 3, 2],
    ...[0x1000, 0x7F00, 0, 0],
  ]);
});

test("Xen reads what was packed", () => {
  const bytes = new Uint8Array(SYSCTL_BYTES);
  packReadConsole(0x15, { index: 7, buffer: 4096n, room: 9 }, bytes);
  assertEquals(unpackSysctl(bytes), {
    version: 0x15,
    command: "readconsole",
    clear: false,
    incremental: true,
    index: 7,
    buffer: 4096n,
    room: 9,
  });
  assertEquals(unpackConsoleRead(bytes), { index: 7, count: 9 });
  packDebugKeys(0x15, 4096n, 1, bytes);
  assertEquals(unpackSysctl(bytes), { version: 0x15, command: "debug_keys", keys: 4096n, count: 1 });
  packDomainQuery(0x15, { first: 3, max: 2, buffer: 4096n }, bytes);
  assertEquals(unpackSysctl(bytes), { version: 0x15, command: "getdomaininfolist", first: 3, max: 2, buffer: 4096n });
  assertEquals(unpackDomainCount(bytes), 0);
  assertEquals(unpackSysctl(new Uint8Array(SYSCTL_BYTES)), { version: 0, command: 0 });
});

test("a domain is read from the start of its struct", () => {
  const bytes = new Uint8Array(112);
  bytes.set([1, 0], 0);
  bytes.set([5, 0, 0, 0], 4);
  bytes.set([3, 0, 0, 0], 68);
  assertEquals(unpackDomainInfo(bytes), { domain: 1, flags: 5, maxVcpuId: 3 });
});

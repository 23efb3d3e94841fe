import { assertEquals } from "@std/assert";
import { constants } from "node:os";
import { errnoName } from "../../ffi/errno.ts";
import { freebsdErrnoName, illumosErrnoName, netbsdErrnoName } from "../../ffi/errno_others.ts";
import { LIBCS } from "../../ffi/libc_others.ts";
import { test } from "../support/test.ts";

/** Names that share a number with another one, such as EWOULDBLOCK and EAGAIN. */
const ALIASES = ["EWOULDBLOCK", "EDEADLOCK", "ENOTSUP", "EOPNOTSUPP"];

test("errnos have the names of this system", () => {
  for (const [name, number] of Object.entries(constants.errno)) {
    if (!ALIASES.includes(name)) assertEquals(errnoName(number), name);
  }
});

test("the errnos of the driver have names", () => {
  const numbers = [1, 2, 3, 4, 9, 11, 12, 13, 14, 16, 17, 19, 22, 25, 27, 28, 38, 107];
  assertEquals(numbers.map(errnoName), [
    "EPERM",
    "ENOENT",
    "ESRCH",
    "EINTR",
    "EBADF",
    "EAGAIN",
    "ENOMEM",
    "EACCES",
    "EFAULT",
    "EBUSY",
    "EEXIST",
    "ENODEV",
    "EINVAL",
    "ENOTTY",
    "EFBIG",
    "ENOSPC",
    "ENOSYS",
    "ENOTCONN",
  ]);
});

test("an errno that Linux does not define is E and its number", () => {
  assertEquals(errnoName(41), "E41");
  assertEquals(errnoName(512), "E512"); // ERESTARTSYS, internal to the kernel
});

/** The errnos of the drivers and of Xen, with their numbers on illumos, FreeBSD and NetBSD. */
const ANSWERS: Readonly<Record<string, readonly [illumos: number, freebsd: number, netbsd: number]>> = {
  EPERM: [1, 1, 1],
  ENOENT: [2, 2, 2],
  ESRCH: [3, 3, 3],
  EINTR: [4, 4, 4],
  EIO: [5, 5, 5],
  ENXIO: [6, 6, 6],
  EBADF: [9, 9, 9],
  EAGAIN: [11, 35, 35],
  ENOMEM: [12, 12, 12],
  EACCES: [13, 13, 13],
  EFAULT: [14, 14, 14],
  EBUSY: [16, 16, 16],
  EEXIST: [17, 17, 17],
  ENODEV: [19, 19, 19],
  EISDIR: [21, 21, 21],
  EINVAL: [22, 22, 22],
  EMFILE: [24, 24, 24],
  ENOTTY: [25, 25, 25],
  EFBIG: [27, 27, 27],
  ENOSPC: [28, 28, 28],
  EMSGSIZE: [97, 40, 40],
  EDEADLK: [45, 11, 11],
  ENOSYS: [89, 78, 78],
  ENOTCONN: [134, 57, 57],
};

test("illumos, FreeBSD and NetBSD name the errnos of their drivers", () => {
  for (const [name, [illumos, freebsd, netbsd]] of Object.entries(ANSWERS)) {
    assertEquals([illumosErrnoName(illumos), freebsdErrnoName(freebsd), netbsdErrnoName(netbsd)], [name, name, name]);
  }
});

test("above 84 the BSDs differ", () => {
  assertEquals([85, 86, 87, 88, 98].map(freebsdErrnoName), ["ECANCELED", "EILSEQ", "ENOATTR", "EDOOFUS", "E98"]);
  assertEquals([85, 86, 87, 88, 99].map(netbsdErrnoName), ["EILSEQ", "ENOTSUP", "ECANCELED", "EBADMSG", "E99"]);
  assertEquals([75, 100, 152].map(illumosErrnoName), ["E75", "E100", "E152"]);
});

test("no table has a name twice", () => {
  for (const name of [illumosErrnoName, freebsdErrnoName, netbsdErrnoName]) {
    const names = Array.from({ length: 200 }, (_, number) => name(number)).filter((each) => !/\d/.test(each));
    assertEquals(names.length, new Set(names).size);
  }
});

test("the flags of open(2) and eventfd(2) on each system", () => {
  const flags = Object.entries(LIBCS).map(([os, { O_NONBLOCK, O_CLOEXEC, EFD_NONBLOCK, EFD_CLOEXEC }]) => [
    os,
    [O_NONBLOCK, O_CLOEXEC, EFD_NONBLOCK, EFD_CLOEXEC],
  ]);
  assertEquals(Object.fromEntries(flags), {
    illumos: [0x80, 0x80_0000, 0o4000, 0o200_0000],
    freebsd: [0x4, 0x10_0000, 0x4, 0x10_0000],
    netbsd: [0x4, 0x40_0000, 0x4, 0x40_0000],
  });
});

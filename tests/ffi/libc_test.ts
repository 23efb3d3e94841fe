import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Memory, Poll } from "../../ffi/syscalls.ts";
import { test } from "../support/test.ts";
import { pipe, sys } from "../support/descriptors.ts";

const FLAGS = { nonblock: true, cloexec: true };
const NOTHING = new Uint8Array(0);

/** A descriptor that is above any limit, so it is not open. */
const NO_FD = 0x7FFF_0000;

test("opening fails with an errno that depends on the path", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/file`, "");
    await Deno.symlink("loop", `${folder}/loop`);
    assertEquals(sys.open(`${folder}/none`, FLAGS), "ENOENT");
    assertEquals(sys.open("", FLAGS), "ENOENT");
    assertEquals(sys.open(folder, FLAGS), "EISDIR");
    assertEquals(sys.open(`${folder}/file/x`, FLAGS), "ENOTDIR");
    assertEquals(sys.open(`${folder}/loop`, FLAGS), "ELOOP");
    assertEquals(sys.open(`${folder}/${"x".repeat(300)}`, FLAGS), "ENAMETOOLONG");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("a path with non-ASCII characters is opened", async () => {
  const path = await Deno.makeTempFile({ prefix: "évènement-通知-" });
  const fd = sys.open(path, FLAGS);
  try {
    assert(typeof fd === "number", `open: ${fd}`);
    assertEquals(await Deno.readLink(`/proc/self/fd/${fd}`), path);
  } finally {
    sys.close(fd as number);
    await Deno.remove(path);
  }
});

test("every call on a descriptor that is not open is EBADF, and poll says POLLNVAL", async () => {
  assertEquals(sys.close(NO_FD), "EBADF");
  assertEquals(sys.dup(NO_FD), "EBADF");
  assertEquals(sys.blocks(NO_FD), "EBADF");
  assertEquals(sys.ioctl(NO_FD, 0x4505, NOTHING), "EBADF");
  assertEquals(sys.read(NO_FD, new Uint8Array(4)), "EBADF");
  assertEquals(sys.write(NO_FD, new Uint8Array(4)), "EBADF");
  assertEquals(sys.pollNow(NO_FD, Poll.IN), Poll.NVAL);
  assertEquals(await sys.poll(NO_FD, Poll.IN, -1), Poll.NVAL);
});

test("an unknown ioctl is ENOTTY, with and without an argument", () => {
  const fd = sys.open("/dev/null", FLAGS) as number;
  assertEquals(sys.ioctl(fd, 0x0004_4504, new Uint8Array(4)), "ENOTTY");
  assertEquals(sys.ioctl(fd, 0x0000_4505, NOTHING), "ENOTTY");
  assertEquals(sys.close(fd), 0);
});

test("read returns the bytes of write unchanged", () => {
  using ends = pipe();
  assertEquals(sys.write(ends.writer, new Uint8Array([1, 2, 3, 255, 0])), 5);
  const buffer = new Uint8Array(8).fill(0xEE);
  assertEquals(sys.read(ends.reader, buffer), 5);
  assertEquals([...buffer], [1, 2, 3, 255, 0, 0xEE, 0xEE, 0xEE]);
  assertEquals(sys.read(ends.reader, buffer), "EAGAIN");
});

test("read into a subarray writes only there", () => {
  using ends = pipe();
  sys.write(ends.writer, new Uint8Array([1, 2]));
  const whole = new Uint8Array(6);
  assertEquals(sys.read(ends.reader, whole.subarray(2, 4)), 2);
  assertEquals([...whole], [0, 0, 1, 2, 0, 0]);
});

test("blocks() is true without O_NONBLOCK", () => {
  using waiting = pipe(false);
  using other = pipe(true);
  assertEquals(sys.blocks(waiting.reader), true);
  assertEquals(sys.blocks(other.reader), false);
});

test("open sets O_NONBLOCK and O_CLOEXEC; dup clears O_CLOEXEC", async () => {
  const fd = sys.open("/dev/null", FLAGS) as number;
  const copy = sys.dup(fd) as number;
  try {
    assertEquals(sys.blocks(fd), false);
    assertEquals((await descriptorFlags(fd)) & 0o2000000, 0o2000000); // O_CLOEXEC, in the octal of fdinfo
    assertEquals((await descriptorFlags(copy)) & 0o2000000, 0);
  } finally {
    sys.close(fd);
    sys.close(copy);
  }
});

async function descriptorFlags(fd: number): Promise<number> {
  const info = await Deno.readTextFile(`/proc/self/fdinfo/${fd}`);
  return parseInt(/flags:\s*(\d+)/.exec(info)![1], 8);
}

test("pollNow returns the current events", () => {
  using ends = pipe();
  assertEquals(sys.pollNow(ends.reader, Poll.IN | Poll.RDNORM), 0);
  sys.write(ends.writer, new Uint8Array(1));
  assertEquals(sys.pollNow(ends.reader, Poll.IN | Poll.RDNORM), Poll.IN | Poll.RDNORM);
  assertEquals(sys.pollNow(ends.writer, Poll.OUT | Poll.WRNORM), Poll.OUT | Poll.WRNORM);
  assertEquals(sys.pollNow(ends.reader, 0), 0);
});

/** Calls that fail, each with another errno. */
const FAILURES: readonly (readonly [() => unknown, string])[] = [
  [() => sys.open("/nowhere/at/all", FLAGS), "ENOENT"],
  [() => sys.open("/", FLAGS), "EISDIR"],
  [() => sys.open("/dev/null/x", FLAGS), "ENOTDIR"],
  [() => sys.close(NO_FD), "EBADF"],
  [() => sys.open("/" + "x".repeat(300), FLAGS), "ENAMETOOLONG"],
];

test("errno belongs to the failed call while polls wait on other threads and memory is short", async () => {
  using ends = pipe();
  const abort = new AbortController();
  const waiting = Array.from({ length: 16 }, () => sys.poll(ends.reader, Poll.IN, -1, abort.signal));
  const descriptor = sys.open("/dev/null", FLAGS) as number;
  const failures = [...FAILURES, [() => sys.ioctl(descriptor, 1, NOTHING), "ENOTTY"] as const];
  const garbage: Uint8Array[] = [];
  try {
    for (let round = 0; round < 3000; round++) {
      const [call, errno] = failures[round % failures.length];
      assertEquals(call(), errno);
      garbage[round % 64] = new Uint8Array(20_000 + round);
      // Short polls end on other threads, which set errno there, while calls fail on this one.
      if (round % 50 === 0) await sys.poll(ends.reader, Poll.IN, 1);
    }
  } finally {
    abort.abort();
    sys.close(descriptor);
  }
  assertEquals(await Promise.all(waiting), new Array(16).fill("EINTR"));
});

test("a failed call after a successful one has its own errno", () => {
  const buffer = new Uint8Array(4);
  using ends = pipe();
  assertEquals(sys.open("/nowhere/at/all", FLAGS), "ENOENT");
  assertEquals(sys.write(ends.writer, buffer), 4);
  assertEquals(sys.read(ends.reader, buffer), 4);
  assertEquals(sys.read(ends.reader, buffer), "EAGAIN");
});

/** A file of `bytes` bytes, 0 1 2 ..., opened by libc. */
async function withFile(bytes: number, work: (fd: number, path: string) => Promise<void> | void): Promise<void> {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, Uint8Array.from({ length: bytes }, (_, i) => i));
  const fd = sys.open(path, FLAGS) as number;
  try {
    await work(fd, path);
  } finally {
    sys.close(fd);
    await Deno.remove(path);
  }
}

test("mapped memory is read and written in the file", () =>
  withFile(4096, async (fd, path) => {
    const memory = sys.map(fd, 4096);
    assert(typeof memory !== "string", `map: ${memory}`);
    const bytes = new Uint8Array(4);
    memory.read(254, bytes);
    assertEquals([...bytes, memory.address % 4096n], [254, 255, 0, 1, 0n]);
    memory.write(4092, Uint8Array.of(9, 8, 7, 6));
    assertEquals([...(await Deno.readFile(path)).subarray(4090)], [250, 251, 9, 8, 7, 6]);
    memory.unmap();
    const maps = await Deno.readTextFile("/proc/self/maps");
    assert(!maps.includes(path), "it is still mapped");
  }));

test("access outside a mapping is a RangeError", () =>
  withFile(4096, (fd) => {
    const memory = sys.map(fd, 4096) as Memory;
    for (const [offset, bytes] of [[-1, 1], [4096, 1], [4090, 7], [0, 4097]]) {
      const message = `Cannot reach ${bytes} bytes at ${offset}: there are 4096`;
      assertThrows(() => memory.read(offset, new Uint8Array(bytes)), RangeError, message);
      assertThrows(() => memory.write(offset, new Uint8Array(bytes)), RangeError, message);
    }
    memory.unmap();
  }));

test("a failed mmap returns its errno", () => {
  using ends = pipe();
  assertEquals([sys.map(NO_FD, 4096), sys.map(ends.reader, 4096)], ["EBADF", "EACCES"]);
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { getU32 } from "../../ffi/endian.ts";
import { failed, Poll, type Result, type Syscalls } from "../../ffi/syscalls.ts";
import { DeviceError } from "../../lib/errors.ts";
import { openStore } from "../../lib/xenstore/mod.ts";
import { Xenbus } from "../../lib/xenstore/xenbus.ts";
import { XS } from "../../lib/xenstore/wire.ts";
import { TestClock } from "../support/test_clock.ts";
import { createWorld, settle } from "../support/simulated.ts";
import { test } from "../support/test.ts";

/**
 * A kernel that holds requests back until `answerAll`. It fails the test if a handle is used in a way that Linux's
 * driver does not support: two requests at once, or a watch beside a request.
 */
class SlowKernel {
  readonly world = createWorld();
  readonly process = this.world.process(0);
  readonly syscalls: Syscalls;
  /** Requests by descriptor. */
  readonly held = new Map<number, Uint8Array>();
  readonly opened: number[] = [];
  /** The most handles that can be opened. */
  limit = Infinity;

  constructor() {
    const { process } = this;
    this.syscalls = {
      open: (path: string, flags) => {
        if (this.opened.length >= this.limit) return "EMFILE";
        const fd = process.open(path, flags);
        if (!failed(fd)) this.opened.push(fd);
        return fd;
      },
      write: (fd: number, bytes: Uint8Array): Result => {
        assert(!this.held.has(fd), `a second request on handle ${fd}`);
        const type = getU32(bytes, 0);
        if (type === XS.WATCH || type === XS.UNWATCH) return process.write(fd, bytes);
        this.held.set(fd, bytes.slice());
        return bytes.length;
      },
      read: (fd, buffer) => process.read(fd, buffer),
      poll: (fd, events, timeout, signal) => process.poll(fd, events, timeout, signal),
      close: (fd) => process.close(fd),
      pollNow: (fd, events) => process.pollNow(fd, events),
      blocks: (fd) => process.blocks(fd),
      dup: (fd) => process.dup(fd),
      ioctl: (fd, request, arg) => process.ioctl(fd, request, arg),
      entries: () => "ENOTDIR",
      readlink: () => "EINVAL",
      map: (fd, bytes) => process.map(fd, bytes),
    };
  }

  /** Lets xenstored answer until no request is held back. */
  async answerAll(): Promise<void> {
    for (;;) {
      await settle();
      const [next] = this.held;
      if (next === undefined) return;
      this.held.delete(next[0]);
      this.process.write(...next);
    }
  }
}

test("each request in flight uses its own handle, 32 at most", async () => {
  const kernel = new SlowKernel();
  const store = await openStore(kernel.syscalls, new TestClock());
  const numbers = Array.from({ length: 200 }, (_, i) => String(i));
  for (const i of numbers) kernel.world.writeStore(0, `/n/${i}`, i);
  const read = Promise.all(numbers.map((i) => store.read(`/n/${i}`)));
  await settle();
  assertEquals([kernel.held.size, kernel.opened.length], [32, 32]);
  await kernel.answerAll();
  assertEquals([await read, kernel.opened.length], [numbers, 32]);
  await store.close();
});

test("without more handles, requests wait for the only one", async () => {
  const kernel = new SlowKernel();
  kernel.limit = 1;
  const store = await openStore(kernel.syscalls, new TestClock());
  const read = Promise.all(["domid", "name", "no"].map((path) => store.read(path)));
  await settle();
  assertEquals(kernel.held.size, 1);
  await kernel.answerAll();
  assertEquals(await read, ["0", "Domain-0", undefined]);
  await store.close();
});

test("watches have their own handle, and events come between answers", async () => {
  const kernel = new SlowKernel();
  const store = await openStore(kernel.syscalls, new TestClock());
  const end = new AbortController();
  const changes = store.watch("/x", end.signal)[Symbol.asyncIterator]();
  const first = changes.next();
  await kernel.answerAll();
  assertEquals((await first).value, "/x");
  const [second, read] = [changes.next(), store.read("domid")];
  kernel.world.writeStore(0, "/x/1", "");
  await kernel.answerAll();
  assertEquals([(await second).value, await read], ["/x/1", "0"]);
  end.abort();
  await kernel.answerAll();
  await store.close();
});

test("closing closes every handle, also with requests and a watch in flight", async () => {
  const kernel = new SlowKernel();
  const store = await openStore(kernel.syscalls, new TestClock());
  const changes = store.watch("/x", new AbortController().signal)[Symbol.asyncIterator]();
  const first = changes.next();
  await kernel.answerAll();
  await first;
  const ends = Promise.allSettled([store.read("a"), store.read("b"), changes.next()]);
  await settle();
  await store.close();
  assertEquals((await ends).map(({ status }) => status), ["rejected", "rejected", "fulfilled"]);
  for (const fd of kernel.opened) assertEquals(kernel.process.close(fd), "EBADF");
});

test("a request that write(2) refuses fails alone, and its handle is used again", async () => {
  const kernel = new SlowKernel();
  const refusals: Result[] = ["ENOMEM", 3];
  const write = (fd: number, bytes: Uint8Array) => refusals.shift() ?? kernel.syscalls.write(fd, bytes);
  const store = await openStore({ ...kernel.syscalls, write }, new TestClock());
  assertEquals(await errnoOf(store.read("domid")), "ENOMEM");
  assertEquals(await errnoOf(store.read("domid")), "EIO"); // a part of it went out
  const read = store.read("domid");
  await kernel.answerAll();
  assertEquals([await read, kernel.opened.length], ["0", 1]);
  await store.close();
});

test("a watch without its own handle fails with EMFILE", async () => {
  const kernel = new SlowKernel();
  kernel.limit = 1;
  const store = await openStore(kernel.syscalls, new TestClock());
  const changes = store.watch("/x", new AbortController().signal)[Symbol.asyncIterator]();
  const refused = assertRejects(() => changes.next(), DeviceError);
  await kernel.answerAll();
  assertEquals((await refused).message, 'Cannot watch "/x" in xenstore: EMFILE');
  await store.close();
});

/** Results of a read, and the errno that ends the connection then. */
const BROKEN_READS: readonly (readonly [what: string, read: Result, errno: string])[] = [
  ["an error", "EIO", "EIO"],
  ["an end", 0, "EPIPE"],
  ["less than a header", 8, "EPROTO"],
  ["a header without its payload", 16, "EPROTO"],
];

for (const [what, result, errno] of BROKEN_READS) {
  test(`a read that gives ${what} ends the connection: ${errno}`, async () => {
    const kernel = new SlowKernel();
    const read = (_fd: number, buffer: Uint8Array) => {
      buffer.fill(1, 0, 16);
      return result;
    };
    const store = await openStore({ ...kernel.syscalls, read }, new TestClock());
    assertEquals([await errnoOf(store.read("a")), await errnoOf(store.read("b"))], [errno, errno]);
    await store.close();
  });
}

for (const [bits, errno] of [[Poll.HUP, "EIO"], ["ENOMEM", "ENOMEM"]] as const) {
  test(`a device of which poll(2) says ${bits} is not waited for: ${errno}`, async () => {
    const kernel = new SlowKernel();
    const store = await openStore({ ...kernel.syscalls, poll: () => Promise.resolve(bits) }, new TestClock());
    assertEquals(await errnoOf(store.read("a")), errno);
    await store.close();
  });
}

test("a closed device receives ECANCELED", async () => {
  const bus = Xenbus.open(new SlowKernel().syscalls) as Xenbus;
  await bus.close();
  assertEquals(await bus.receive(), "ECANCELED");
});

async function errnoOf(work: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => work, DeviceError)).errno;
}

import { assert, assertEquals, assertRejects } from "@std/assert";
import { failed, Poll, type Result, type Syscalls } from "../../ffi/syscalls.ts";
import { DeviceError } from "../../lib/errors.ts";
import type { WorldOptions } from "../../lib/sim/world.ts";
import { XENBUS_PATH } from "../../lib/sim/linux/xenbus.ts";
import { openStore } from "../../lib/xenstore/mod.ts";
import { decodeText, encodeText, MessageReader, packMessage, XS } from "../../lib/xenstore/wire.ts";
import { TestClock } from "../support/test_clock.ts";
import { test } from "../support/test.ts";
import { createWorld } from "../support/simulated.ts";

/** An open xenbus device, message by message. */
class Bus {
  readonly syscalls: Syscalls;
  readonly fd: number;
  readonly #reader = new MessageReader();

  constructor(domain = 0, options: WorldOptions = {}, readonly world = createWorld(options)) {
    this.syscalls = world.process(domain);
    this.fd = this.syscalls.open(XENBUS_PATH, { nonblock: true, cloexec: true }) as number;
  }

  ask(type: number, ...strings: readonly string[]): Result {
    return this.write(packMessage({ type, id: 5, transaction: 0, payload: encodeText(strings.join("")) }));
  }

  write = (bytes: Uint8Array) => this.syscalls.write(this.fd, bytes);
  poll = () => this.syscalls.pollNow(this.fd, Poll.IN);

  /** All messages that can be read, in reads of so many bytes. */
  answers(size = 65536): [type: number, id: number, payload: string][] {
    const all: [number, number, string][] = [];
    const buffer = new Uint8Array(size);
    for (let read; !failed(read = this.syscalls.read(this.fd, buffer));) {
      for (const { type, id, payload } of this.#reader.take(buffer.subarray(0, read))) {
        all.push([type, id, decodeText(payload)]);
      }
    }
    return all;
  }
}

const opened = (world = createWorld(), domain = 0) =>
  openStore(world.process(domain), new TestClock(), { sockets: [] });

test("a request is answered with its type and id, and an error by its name", () => {
  const bus = new Bus();
  assertEquals([bus.poll(), bus.answers()], [0, []]);
  assertEquals(bus.ask(XS.READ, "domid\0"), 22);
  assertEquals(bus.poll(), Poll.IN);
  bus.ask(XS.READ, "no\0");
  bus.ask(XS.READ, "two\0strings\0");
  bus.ask(XS.READ);
  bus.ask(99, "x\0");
  assertEquals(bus.answers(3), [
    [XS.READ, 5, "0"],
    [XS.ERROR, 5, "ENOENT\0"],
    [XS.ERROR, 5, "EINVAL\0"],
    [XS.ERROR, 5, "EINVAL\0"],
    [XS.ERROR, 5, "ENOSYS\0"],
  ]);
  assertEquals(bus.poll(), 0);
});

test("a request may come in pieces; what follows it in one write is lost, as on Linux", () => {
  const bus = new Bus();
  const request = packMessage({ type: XS.READ, id: 1, transaction: 0, payload: encodeText("domid\0") });
  for (const end of [7, 16, 20]) {
    assertEquals(
      bus.write(request.subarray(end === 7 ? 0 : end === 16 ? 7 : 16, end)),
      end === 7 ? 7 : end === 16 ? 9 : 4,
    );
  }
  assertEquals(bus.answers(), []);
  bus.write(request.subarray(20));
  assertEquals(bus.answers(), [[XS.READ, 1, "0"]]);
  bus.write(new Uint8Array([...request, ...request]));
  assertEquals(bus.answers(), [[XS.READ, 1, "0"]]);
});

test("the driver takes 4096 bytes of a request, its header included", () => {
  const bus = new Bus();
  const write = (bytes: number) =>
    bus.write(packMessage({ type: XS.READ, id: 1, transaction: 0, payload: new Uint8Array(bytes) }));
  assertEquals([write(4080), write(4081)], [4096, "EINVAL"]);
  const claims = packMessage({ type: XS.READ, id: 1, transaction: 0, payload: new Uint8Array(4081) }).subarray(0, 16);
  assertEquals(bus.write(claims), "E2BIG");
  assertEquals(bus.answers().length, 1);
  bus.ask(XS.READ, "domid\0");
  assertEquals(bus.answers(), [[XS.READ, 5, "0"]]);
});

test("a watch is answered before its first event; a refusal is write(2)'s error and has no answer", () => {
  const bus = new Bus();
  bus.ask(XS.WATCH, "/tool\0", "t\0");
  assertEquals(bus.answers(), [[XS.WATCH, 5, "OK\0"], [XS.WATCH_EVENT, 0, "/tool\0t\0"]]);
  assertEquals([bus.ask(XS.WATCH, "/a b\0", "t\0"), bus.answers()], ["EINVAL", []]);
});

/** Payloads that are invalid for their type. */
const MALFORMED: readonly (readonly [type: keyof typeof XS, payload: string])[] = [
  ["READ", "no end"],
  ["DIRECTORY", "two\0strings\0"],
  ["DIRECTORY_PART", "/tool\0"],
  ["WRITE", "no end"],
  ["RM", "two\0strings\0"],
  ["UNWATCH", "/tool\0"],
  ["GET_DOMAIN_PATH", ""],
];

for (const [type, payload] of MALFORMED) {
  test(`${type} of ${JSON.stringify(payload)} is EINVAL`, () => {
    const bus = new Bus();
    bus.ask(XS[type], payload);
    assertEquals(bus.answers(), [[XS.ERROR, 5, "EINVAL\0"]]);
  });
}

test("a watch without a token is refused by write(2)", () => {
  assertEquals(new Bus().ask(XS.WATCH, "/tool\0"), "EINVAL");
});

test("a missing node, folder by parts or transaction is ENOENT", () => {
  const bus = new Bus();
  bus.ask(XS.RM, "/no/no\0");
  bus.ask(XS.DIRECTORY_PART, "/no\0", "0\0");
  bus.write(packMessage({ type: XS.READ, id: 5, transaction: 9, payload: encodeText("domid\0") }));
  assertEquals(bus.answers(), new Array(3).fill([XS.ERROR, 5, "ENOENT\0"]));
});

test("a folder by parts ends with an empty name; a domid that is no number is domain 0", () => {
  const bus = new Bus();
  bus.ask(XS.DIRECTORY_PART, "/local\0", "0\0");
  bus.ask(XS.DIRECTORY_PART, "/local\0", "12\0");
  bus.ask(XS.GET_DOMAIN_PATH, "3\0");
  bus.ask(XS.GET_DOMAIN_PATH, "x\0");
  assertEquals(bus.answers().map(([, , payload]) => payload.replace(/^[0-9]+\0/, "")), [
    "domain\0pool\0\0",
    "\0",
    "/local/domain/3\0",
    "/local/domain/0\0",
  ]);
});

test("an answer that does not fit into a message is E2BIG", () => {
  const bus = new Bus();
  for (let i = 0; i < 9; i++) bus.world.writeStore(0, `/long/${i}${"x".repeat(500)}`, "");
  bus.ask(XS.DIRECTORY, "/long\0");
  assertEquals(bus.answers(), [[XS.ERROR, 5, "E2BIG\0"]]);
});

test("xenstored's special events are watched by name", () => {
  const bus = new Bus();
  bus.ask(XS.WATCH, "@releaseDomain\0", "t\0");
  bus.answers();
  bus.world.destroyDomain(1);
  assertEquals(bus.answers(), [[XS.WATCH_EVENT, 0, "@releaseDomain\0t\0"]]);
});

test("a guest gets an event when a node is removed from its folder", () => {
  const bus = new Bus(1);
  bus.world.writeStore(1, "data/x", "1");
  bus.ask(XS.WATCH, "data\0", "t\0");
  bus.answers();
  assertEquals(bus.world.removeStore(1, "data/x"), 0);
  assertEquals(bus.answers(), [[XS.WATCH_EVENT, 0, "data/x\0t\0"]]);
});

test("the device has no ioctl; with a dead xenstored a watch would never end: EDEADLK", () => {
  const bus = new Bus();
  assertEquals(bus.syscalls.ioctl(bus.fd, 1, new Uint8Array(4)), "ENOTTY");
  const dead = new Bus(0, { xenstored: "dead" });
  assertEquals(dead.ask(XS.WATCH, "/tool\0", "t\0"), "EDEADLK");
});

test("an event wakes a waiting poll; a closed handle gets no more events", async () => {
  const bus = new Bus();
  bus.ask(XS.WATCH, "/tool\0", "t\0");
  bus.answers();
  const waiting = bus.syscalls.poll(bus.fd, Poll.IN, -1);
  bus.world.writeStore(0, "/tool/x", "1");
  assertEquals(await waiting, Poll.IN);
  assertEquals(bus.answers(), [[XS.WATCH_EVENT, 0, "/tool/x\0t\0"]]);
  bus.syscalls.close(bus.fd);
  assertEquals(bus.world.writeStore(0, "/tool/x", "2"), 0);
});

test("the client and the simulated xenstored agree: values, folders of any size, changes", async () => {
  const world = createWorld();
  const store = await opened(world);
  const names = Array.from({ length: 1500 }, (_, i) => `name-${i}`);
  for (const name of names) world.writeStore(0, `/big/${name}`, name);
  assertEquals(await store.directory("/big"), names);
  assertEquals(await Promise.all(names.map((name) => store.read(`/big/${name}`))), names);
  assertEquals([await store.directory("/big/name-3"), await store.directory("/no"), await store.read("/no")], [
    [],
    undefined,
    undefined,
  ]);
  for (let length = 4070; length <= 4110; length++) { // around the size of one message
    const folder = `/f${length}`;
    const most = Array.from({ length: 8 }, (_, i) => `${i}${"x".repeat(498)}`);
    const last = "y".repeat(length - 8 * 500 - 1);
    for (const name of [...most, last]) world.writeStore(0, `${folder}/${name}`, "");
    assertEquals(await store.directory(folder), [...most, last]);
  }
  await store.close();
});

test("a watch reports what others write, until it is aborted", async () => {
  const world = createWorld();
  const store = await opened(world);
  const end = new AbortController();
  const seen: string[] = [];
  for await (const path of store.watch("/local/domain/1", end.signal)) {
    seen.push(path);
    if (seen.length === 1) world.writeStore(1, "data/x", "1");
    else if (seen.length === 2) end.abort();
  }
  assertEquals(seen, ["/local/domain/1", "/local/domain/1/data/x"]);
  await store.close();
});

test("a guest sees its own folder by a relative path, and no other's", async () => {
  const store = await opened(createWorld(), 3);
  assertEquals([await store.read("domid"), await store.read("console/port")], ["3", "2"]);
  const error = await assertRejects(() => store.read("/local/domain/2/name"), DeviceError);
  assertEquals([error.errno, error.message], ["EACCES", 'Cannot read "/local/domain/2/name" in xenstore: EACCES']);
  await store.close();
});

test("a dead xenstored is given up after five seconds, by reads and by a watch", async () => {
  const clock = new TestClock();
  const store = await openStore(createWorld({ xenstored: "dead", clock }).process(0), clock, { sockets: [] });
  const ends = [
    assertRejects(() => store.read("domid"), DeviceError),
    assertRejects(() => store.watch("/", new AbortController().signal)[Symbol.asyncIterator]().next(), DeviceError),
  ];
  await clock.asleep();
  clock.advance(5000);
  for (const error of await Promise.all(ends)) {
    assertEquals(
      error.message,
      'Cannot talk to xenstore through "/dev/xen/xenbus", xenstored does not answer: ETIMEDOUT',
    );
    assert(error.hint?.includes("xenstored"));
  }
  await store.close();
});

test("without a device, or without root, xenstore cannot be opened, and the hint says why", async () => {
  for (
    const [options, privileged, errno, hint] of [
      [{ xenstored: "no" }, true, "ENOENT", "xenstored"],
      [{}, false, "EACCES", "root"],
    ] as const
  ) {
    const process = createWorld(options).process(0, privileged);
    const error = await assertRejects(() => openStore(process, new TestClock()), DeviceError);
    assertEquals([error.errno, error.message], [errno, `Cannot open "/dev/xen/xenbus": ${errno}`]);
    assert(error.hint?.includes(hint), error.hint);
  }
});

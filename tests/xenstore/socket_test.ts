/** Xenstore over a real socket in a temporary folder, served by a simulated xenstored. @module */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Syscalls } from "../../ffi/syscalls.ts";
import { DeviceError } from "../../lib/errors.ts";
import type { World } from "../../lib/sim/world.ts";
import { XenstoredConnection } from "../../lib/sim/xenstore/xenstored.ts";
import { openStore } from "../../lib/xenstore/mod.ts";
import { openSocket } from "../../lib/xenstore/socket.ts";
import { type Message, MessageReader, packMessage } from "../../lib/xenstore/wire.ts";
import { XENBUS_PATHS } from "../../lib/xenstore/xenbus.ts";
import { sys } from "../support/descriptors.ts";
import { TestClock } from "../support/test_clock.ts";
import { test } from "../support/test.ts";
import { inFolder } from "../support/folder.ts";
import { createWorld } from "../support/simulated.ts";

/** This machine without the kernel's device, which evtchn prefers to a socket. */
const noDevice: Syscalls = {
  ...sys,
  open: (path, flags) => XENBUS_PATHS.includes(path) ? "ENOENT" : sys.open(path, flags),
};

const connect = (...sockets: string[]) => openStore(noDevice, new TestClock(), { sockets });

const errnoOf = async (work: Promise<unknown>) => (await assertRejects(() => work, DeviceError)).errno;

/** Runs `work` while `serve` answers its one connection, and waits for both. */
function served(serve: (conn: Deno.Conn) => Promise<void>, work: (socket: string) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    const path = `${folder}/socket`;
    using listener = Deno.listen({ transport: "unix", path });
    const serving = (async () => {
      using conn = await listener.accept();
      await serve(conn);
    })();
    await work(path);
    await serving;
  });
}

/** The sizes of reads and writes, in turn. */
const ODD_PIECES = [1, 7, 3, 16, 2, 17, 5];

/** Serves a simulated store in odd pieces until the client closes the connection. */
function xenstored(world: World): (conn: Deno.Conn) => Promise<void> {
  return async (conn) => {
    const answers: Message[] = [];
    const connection = new XenstoredConnection(world.store!, 0, (message) => void answers.push(message));
    const reader = new MessageReader();
    for (let turn = 0;; turn++) {
      const buffer = new Uint8Array(ODD_PIECES[turn % ODD_PIECES.length]);
      const count = await conn.read(buffer);
      if (count === null) break;
      for (const request of reader.take(buffer.subarray(0, count))) connection.take(request);
      for (const answer of answers.splice(0)) await writeInPieces(conn, packMessage(answer));
    }
    connection.end();
  };
}

async function writeInPieces(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let turn = 0; bytes.length > 0; turn++) {
    const piece = bytes.subarray(0, ODD_PIECES[turn % ODD_PIECES.length]);
    bytes = bytes.subarray(await conn.write(piece));
  }
}

/** Reads one request. */
async function takeRequest(conn: Deno.Conn): Promise<Message> {
  const reader = new MessageReader();
  const buffer = new Uint8Array(4096);
  for (;;) {
    const count = await conn.read(buffer);
    assert(count !== null, "the client has left");
    const [request] = reader.take(buffer.subarray(0, count));
    if (request !== undefined) return request;
  }
}

test("without the kernel's device, xenstored's socket is used; answers may come in pieces of any size", () => {
  const world = createWorld();
  return served(xenstored(world), async (socket) => {
    const store = await connect(`${socket}-of-another-place`, socket);
    const paths = Array.from({ length: 200 }, (_, i) => `/test/${i}`);
    for (const path of paths) world.writeStore(0, path, `value of ${path}`);
    assertEquals(await Promise.all(paths.map((path) => store.read(path))), paths.map((path) => `value of ${path}`));
    assertEquals((await store.directory("/test"))?.length, 200);
    world.removeStore(0, "/test/7");
    assertEquals(await store.read("/test/7"), undefined);
    await store.close();
  });
});

test("a watch over the socket yields changed paths", () => {
  const world = createWorld();
  return served(xenstored(world), async (socket) => {
    const store = await connect(socket);
    const changes = store.watch("/tool", new AbortController().signal)[Symbol.asyncIterator]();
    assertEquals((await changes.next()).value, "/tool");
    world.writeStore(0, "/tool/x", "1");
    assertEquals(await store.read("/tool/x"), "1"); // `xenstored` above sends events only after a request
    assertEquals((await changes.next()).value, "/tool/x");
    const last = changes.next();
    await store.close();
    assertEquals((await last).done, true);
  });
});

test("if xenstored ends within an answer, this and later requests fail", () =>
  served(async (conn) => {
    const { type, id } = await takeRequest(conn);
    const answer = packMessage({ type, id, transaction: 0, payload: new Uint8Array(20) });
    await conn.write(answer.subarray(0, 21));
  }, async (socket) => {
    const store = await connect(socket);
    const error = await assertRejects(() => store.read("a"), DeviceError);
    assertEquals(error.message, `Cannot talk to xenstore through "${socket}", the connection was lost: ECONNRESET`);
    assertEquals(await errnoOf(store.read("b")), "ECONNRESET");
    await store.close();
  }));

test("if xenstored ends with a request half read, the connection is reset", () =>
  served(async (conn) => {
    await conn.read(new Uint8Array(1));
  }, async (socket) => {
    const transport = await openSocket(socket);
    assert(typeof transport !== "string");
    assertEquals(transport.send(new Uint8Array(16)), undefined);
    assertEquals([await transport.receive(), transport.send(new Uint8Array(16))], ["ECONNRESET", "ECONNRESET"]);
    await transport.close();
  }));

test("a failed write ends the connection; later calls return its errno", () => {
  const gone = Promise.withResolvers<void>();
  return served((conn) => {
    conn.close();
    gone.resolve();
    return gone.promise;
  }, async (socket) => {
    const transport = await openSocket(socket);
    assert(typeof transport !== "string");
    await gone.promise;
    assertEquals(transport.send(new Uint8Array(16)), undefined);
    while (transport.send(new Uint8Array(16)) === undefined) await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals([transport.send(new Uint8Array(16)), await transport.receive()], ["EPIPE", "EPIPE"]);
    await transport.close();
  });
});

test("closing ends a waiting receive and drops unsent messages", () =>
  served(async (conn) => {
    while (await conn.read(new Uint8Array(65536)) !== null);
  }, async (socket) => {
    const transport = await openSocket(socket);
    assert(typeof transport !== "string");
    const received = transport.receive();
    transport.send(new Uint8Array(16));
    await transport.close();
    assertEquals(await received, "ECANCELED");
    assertEquals(transport.send(new Uint8Array(16)), "ECANCELED");
    await transport.close();
  }));

test("a socket without a listener is refused, with a hint about xenstored", () =>
  inFolder(async (folder) => {
    const socket = `${folder}/socket`;
    using listener = Deno.listen({ transport: "unix", path: `${folder}/listener` });
    await Deno.link(`${folder}/listener`, socket); // which Deno does not remove with the listener
    listener.close();
    const error = await assertRejects(() => connect(socket), DeviceError);
    assertEquals(error.message, `Cannot open "${socket}": ECONNREFUSED`);
    assert(error.hint?.includes("xenstored"), error.hint);
  }));

test("a path that is not a socket is skipped: the error names the device", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/socket`, "");
    const error = await assertRejects(() => connect(`${folder}/socket`, `${folder}/none`), DeviceError);
    assertEquals(error.message, 'Cannot open "/dev/xen/xenbus": ENOENT');
  }));

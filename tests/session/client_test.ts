import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError, UsageError } from "../../lib/errors.ts";
import { RemoteDevice } from "../../lib/session/client.ts";
import { encode, VERSION } from "../../lib/session/protocol.ts";
import { test } from "../support/test.ts";
import { TestClock } from "../support/test_clock.ts";
import { bytes, never, simulatedSource, withListener, withSession } from "../support/sessions.ts";

/** What connecting to a server that says only that comes to. */
async function refused(says: string): Promise<string> {
  let message = "";
  await withListener(async (conn) => void await conn.write(bytes(says)), async (socket) => {
    const error = await assertRejects(() => RemoteDevice.connect(socket), DeviceError);
    message = error.message.replace(socket, "SOCKET");
  });
  return message;
}

test("a server of another version, or of something else, is refused before anything is asked", async () => {
  const hello = (value: unknown) => JSON.stringify(value) + "\n";
  const other = { protocol: "evtchn-session", version: VERSION + 1 };
  assertEquals(await refused(hello(other)), 'Cannot reach the session at "SOCKET": EPROTONOSUPPORT');
  for (const says of ["220 mail.example\r\n", hello({ version: 1 }), hello([]), "\xFF\n", "x".repeat(100) + "\n"]) {
    assertEquals(await refused(says), 'Cannot reach the session at "SOCKET": EPROTO');
  }
  assertEquals(await refused(""), 'Cannot reach the session at "SOCKET": ECONNRESET');
  assertEquals(
    await refused(encode({ id: null, error: { error: "limit", message: "too many" } })),
    'Cannot reach the session at "SOCKET": EAGAIN',
  );
});

/** A server that says that to everybody, and nothing more. */
async function withSilence(says: Uint8Array, work: (socket: string) => Promise<void>): Promise<void> {
  await withListener(async (conn) => {
    await conn.write(says);
    while (await conn.read(new Uint8Array(1000)) !== null);
  }, work);
}

/** Lets time pass in small steps, as timers that follow each other need. */
async function pass(clock: TestClock, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 500) {
    clock.advance(500);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Connects to a server that says hello, reads one request, says that, and hangs up. */
function answered(says: string, work: (device: RemoteDevice, socket: string) => Promise<void>): Promise<void> {
  return withListener(async (conn) => {
    await conn.write(bytes(encode({ protocol: "evtchn-session", version: VERSION })));
    await conn.read(new Uint8Array(1000));
    await conn.write(bytes(says));
  }, async (socket) => {
    const device = await RemoteDevice.connect(socket);
    await work(device, socket);
    await device.close();
  });
}

test("a connection that is lost ends what waits for it, with an error that says so", async () => {
  await answered("", async (device, socket) => {
    const calls = [device.notify(7), device.status(), device.poll(1, -1)];
    for (const call of calls) {
      const { errno, message, hint } = await assertRejects(() => call as Promise<unknown>, DeviceError);
      assertEquals([errno, message], ["ECONNRESET", `Lost the session at "${socket}": ECONNRESET`]);
      assertEquals(hint, "its process ended, and every port that it held is closed");
    }
    await assertRejects(() => device.reset(), DeviceError, "ECONNRESET");
  });
});

test("a connection that is lost in the middle of a watch ends it, after what had come", async () => {
  const event = { port: 7, channel: "5:12", seq: 1 };
  const says = encode({ id: 1, result: null }) + encode({ id: 1, time: 5, events: [event] }) + '{"id":1,"ti';
  await answered(says, async (device) => {
    const watch = await device.subscribe({});
    const delivery = await watch.next(never());
    assertEquals(delivery?.kind === "events" && delivery.events, [{
      ...event,
      channel: { kind: "interdomain", domain: 5, port: 12 },
      name: "5:12",
      initial: false,
      stale: false,
    }]);
    await assertRejects(() => watch.next(never()), DeviceError, "Lost the session");
  });
});

test("a server that breaks the protocol is not believed", async () => {
  for (const says of ["nonsense\n", "[1]\n"]) {
    await answered(says, async (device) => {
      await assertRejects(() => device.notify(7), DeviceError, "Cannot go on with the session");
    });
  }
  await answered('{"id":1,"error":7}\n', async (device) => {
    await assertRejects(() => device.notify(7), DeviceError, "EPROTO");
  });
});

test("a session that is silent is given up after 5 s, unless what is asked for may take longer", () => {
  const hello = bytes(encode({ protocol: "evtchn-session", version: VERSION }));
  return withSilence(hello, async (socket) => {
    const clock = new TestClock();
    const device = await RemoteDevice.connect(socket, undefined, clock);
    const waits = [device.poll(1, -1), device.view().ownDomain()].map((each) => Promise.resolve(each));
    let ended = 0;
    for (const wait of waits) wait.catch(() => {}).finally(() => ended++);
    await pass(clock, 60_000);
    assertEquals(ended, 0);
    await device.close();
    const other = await RemoteDevice.connect(socket, undefined, clock);
    const status = assertRejects(() => other.status(), DeviceError);
    void other.poll(1, -1).catch(() => {});
    await pass(clock, 5000);
    const { errno, hint } = await status;
    assertEquals([errno, hint], [
      "ETIMEDOUT",
      "its process is stopped or stuck, or what listens there is no session of evtchn",
    ]);
    await assertRejects(() => other.notify(7), DeviceError, "ETIMEDOUT");
    await other.close();
  });
});

test("a session's handle cannot be handed on to a program", () =>
  withSession(async (session) => {
    const device = await session.connect();
    await assertRejects(() => Promise.try(() => device.inheritable()), UsageError, "Cannot hand on a session's handle");
  }));

test("what a client has closed answers nothing more", () =>
  withSession(async (session) => {
    const device = await session.connect();
    await device.close();
    await device.close();
    await assertRejects(() => device.status(), DeviceError, "ECONNABORTED");
  }));

test("a poll that is ended before it begins asks nothing", () =>
  withSession(async (session) => {
    const device = await session.connect();
    assertEquals(await device.poll(1, -1, AbortSignal.abort()), "EINTR");
  }));

test("what a poll in the session fails with is thrown to who asked", async () => {
  const source = await simulatedSource();
  source.own.poll = () => Promise.reject(new DeviceError("poll", "EBADF", "handle", "Cannot poll it"));
  await withSession(async (session) => {
    const device = await session.connect();
    await assertRejects(() => Promise.resolve(device.poll(1, -1)), DeviceError, "Cannot poll it: EBADF");
  }, source);
});

test("a channel's name that means none is no answer", async () => {
  for (const channel of ["virq:", "nonsense", "99999999:1"]) {
    const status = { port: 1, channel, kind: "virq", masked: false, events: 0 };
    await answered(encode({ id: 1, result: [status] }), async (device) => {
      await assertRejects(() => device.status(), DeviceError, "EPROTO");
    });
  }
});

test("a session that does not know its own domain says so", () =>
  answered(encode({ id: 1, result: null }), async (device) => {
    assertEquals(await device.view().ownDomain(), undefined);
  }));

test("a watch of more channels than are kept in mind names each event's own", async () => {
  const names = Array.from({ length: 5000 }, (_, i) => `5:${i + 1}`);
  const frames = Array.from({ length: 100 }, (_, i) =>
    encode({
      id: 1,
      time: 5,
      events: names.slice(i * 50, i * 50 + 50).map((channel) => ({ port: 7, channel, seq: 1 })),
    }));
  await answered(encode({ id: 1, result: null }) + frames.join(""), async (device) => {
    const watch = await device.subscribe({});
    const seen: string[] = [];
    while (seen.length < names.length) {
      const delivery = await watch.next(never());
      if (delivery?.kind === "events") seen.push(...delivery.events.map(({ name }) => name));
    }
    assertEquals(seen, names);
    await assertRejects(() => watch.next(never()), DeviceError, "Lost the session");
  });
});

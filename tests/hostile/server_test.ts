import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { DeviceError } from "../../lib/errors.ts";
import { RemoteDevice } from "../../lib/session/client.ts";
import { ANSWER_LIMIT, BATCH_LIMIT, encode, PROTOCOL, VERSION } from "../../lib/session/protocol.ts";
import { bytes, never, withListener } from "../support/sessions.ts";
import { test } from "../support/test.ts";
import { runHostile } from "./machine.ts";
import { assertWellEnded } from "./property.ts";
import { anything } from "./words.ts";

const HELLO = encode({ protocol: PROTOCOL, version: VERSION, system: "linux" });

const EVENT = { port: 7, channel: "5:12", seq: 1 };

/** Values of the kinds that answers have, and of others. */
const value = fc.oneof(
  fc.constantFrom(null, 0, 7, -1, 0.5, 2 ** 32, "EAGAIN", "E", "x\n\x1b[1m", true, [], {}, [7, 28], [-1], [null]),
  fc.constantFrom({ port: 7, channel: "5:12" }, { port: "7", channel: "5:12" }, { port: 7, channel: "a b" }),
  fc.constantFrom([{ port: 7, channel: "5:12", kind: "interdomain", masked: false, events: 0 }], [{ port: 7 }]),
  fc.constantFrom({ error: "ENOTCONN", message: "Cannot" }, { error: "usage", message: "x\ny", hint: "h\x1b" }),
  fc.constantFrom({ error: "limit", message: "m" }, { error: 1, message: { toString: 1 } }, {
    error: "x",
    message: [],
  }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A frame that a server may say to the request of that id; 0 stands for the id of the request. */
const frame = fc.oneof(
  fc.record({ id: fc.constant(0), result: value }),
  fc.record({ id: fc.constant(0), error: value }),
  fc.record({
    id: fc.constantFrom(0, 0, 0, 99, null),
    time: fc.oneof(fc.constantFrom(5, 1767322445678901, 1e300, -1, null, "x"), fc.jsonValue()),
    events: fc.oneof(
      fc.array(fc.record({ ...constants(EVENT), initial: fc.constantFrom(true, false), x: value }), { maxLength: 3 }),
      fc.array(value, { maxLength: 3 }),
      value,
    ),
  }, { requiredKeys: ["id"] }),
  fc.record({ id: fc.constant(0), time: fc.constantFrom(5, "5"), overflow: fc.constantFrom(true, 1) }),
  fc.record({ id: fc.constant(0), end: fc.oneof(fc.constantFrom("limit", "cancelled", "stopped"), value) }),
  fc.record({ result: value }),
);

function constants<T extends object>(of: T) {
  return Object.fromEntries(Object.entries(of).map(([name, each]) => [name, fc.constant(each)]));
}

const line = fc.oneof(
  { weight: 6, arbitrary: frame.map((each) => JSON.stringify(each)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: anything },
);

/** Says hello, and to each request those lines; then hangs up. */
function liar(hello: string, lines: readonly string[], requests: number) {
  return async (conn: Deno.Conn) => {
    await conn.write(bytes(hello));
    const buffer = new Uint8Array(100_000);
    for (let seen = 0; seen < requests;) {
      const count = await conn.read(buffer);
      if (count === null) return;
      for (const request of new TextDecoder().decode(buffer.subarray(0, count)).split("\n").slice(0, -1)) {
        seen++;
        const { id } = JSON.parse(request);
        for (const each of lines) await conn.write(bytes(each.replace('"id":0', `"id":${id}`) + "\n"));
      }
    }
  };
}

/** All that can be asked of a session. */
const ASK: readonly ((device: RemoteDevice) => unknown)[] = [
  (device) => device.bindVirq(7),
  (device) => device.bindInterdomain(5, 12),
  (device) => device.unbind(7),
  (device) => device.unmask([7]),
  (device) => device.reset(),
  (device) => device.read(),
  (device) => device.poll(1, 5),
  (device) => device.status(),
  (device) => device.findOrBind("notify", { kind: "interdomain", domain: 5, port: 12 }),
  async (device) => {
    const watch = await device.subscribe({});
    for (let delivery = await watch.next(never()); delivery; delivery = await watch.next(never())) {
      assert(Number.isSafeInteger(delivery.time));
      if (delivery.kind !== "events") continue;
      for (const { port, seq, channel } of delivery.events) assert(port >= 0 && seq >= 0 && "kind" in channel);
    }
  },
  (device) => device.stop(),
];

test("whatever a server says, what was asked of it ends, with a value of its kind or with an error", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ASK), fc.array(line, { maxLength: 5 }), async (ask, lines) => {
      await withListener(liar(HELLO, lines, 1), async (socket) => {
        const device = await RemoteDevice.connect(socket);
        const error = await Promise.try(() => ask(device)).then(() => undefined, (error) => error);
        if (error !== undefined) assert(["DeviceError", "UsageError"].includes(error.name), String(error));
        await device.close();
      });
    }),
    { numRuns: 1000 },
  );
});

test("whatever a server says, a command ends with a documented status and errors that are sentences", async () => {
  const commands = [
    "bind-virq tbuf",
    "notify 5:12 --count 2",
    "watch 5:12 -n 2 --banner",
    "watch -t elapsed",
    "status",
    "read",
    "poll --timeout 1s",
    "session stop",
    "unmask 7",
    "run -e status -e watch",
  ];
  const hello = fc.oneof({ weight: 5, arbitrary: fc.constant(HELLO) }, anything, frame.map((each) => json(each)));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...commands),
      fc.boolean(),
      hello,
      fc.array(line, { maxLength: 4 }),
      fc.nat(1), // to say nothing at all is for the test below: a signal ends that
      async (command, json, hello, lines, requests) => {
        await withListener(liar(hello, lines, requests), async (socket) => {
          const words = [...command.split(" "), "--session", socket, ...json ? ["--json"] : []];
          assertWellEnded(await runHostile(words, { patience: 5000, sockets: true }), { json });
        });
      },
    ),
    { numRuns: 600 },
  );
});

const json = (value: unknown) => JSON.stringify(value) + "\n";

test("a server that never ends its line is hung up on", async () => {
  const part = new Uint8Array(1 << 20).fill(0x61);
  const flood = async (conn: Deno.Conn) => {
    await conn.write(bytes(HELLO));
    for (let written = 0; written <= ANSWER_LIMIT;) written += await conn.write(part);
  };
  await withListener(flood, async (socket) => {
    const device = await RemoteDevice.connect(socket);
    await assertRejects(() => device.status(), DeviceError, "EPROTO");
    await device.close();
  });
});

test("a batch that is larger than the protocol has it is not believed", async () => {
  const frames = (events: number) =>
    liar(
      HELLO,
      [{ id: 0, result: null }, { id: 0, time: 5, events: Array(events).fill(EVENT) }].map((each) =>
        JSON.stringify(each)
      ),
      1,
    );
  for (const [events, taken] of [[BATCH_LIMIT, true], [BATCH_LIMIT + 1, false]] as const) {
    await withListener(frames(events), async (socket) => {
      const device = await RemoteDevice.connect(socket);
      const watch = await device.subscribe({});
      const first = await watch.next(never()).then((delivery) => delivery?.kind, ({ errno }) => errno);
      assertEquals(first, taken ? "events" : "EPROTO");
      await device.close();
    });
  }
});

test("a server that takes a connection and says nothing is given up on in time", async () => {
  for (const says of ["", HELLO.slice(0, 10)]) {
    await withListener(liar(says, [], 1), async (socket) => {
      const { status, stderr } = await runHostile(["status", "--session", socket], { sockets: true });
      const hint = "hint: its process is stopped or stuck, or what listens there is no session of evtchn";
      const message = `evtchn: status: Cannot reach the session at "${socket}": ETIMEDOUT`;
      assertEquals([status, stderr], [1, `${message}\n${hint}\n`]);
    });
  }
});

test("a signal ends a command whose session never answers", async () => {
  const silent = (conn: Deno.Conn) => liar(HELLO, [], Infinity)(conn);
  await withListener(silent, async (socket) => {
    for (const command of ["notify 7", "bind-virq tbuf", "watch", "watch 5:12", "poll --timeout 1s", "replay -"]) {
      const input = json({ event: "pending", time: "2026-01-02T03:04:05.678901Z", port: 7, channel: "7", seq: 1 });
      const words = [...command.split(" "), "--session", socket];
      const { status, stderr } = await runHostile(words, { patience: 300, signal: "SIGTERM", input, sockets: true });
      assertEquals([status, stderr], [143, ""], command);
    }
  });
});

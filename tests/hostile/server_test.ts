import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError } from "../../lib/errors.ts";
import { RemoteDevice } from "../../lib/session/client.ts";
import { ANSWER_LIMIT, BATCH_LIMIT } from "../../lib/session/protocol.ts";
import { bytes, never, withListener } from "../support/sessions.ts";
import { test } from "../support/test.ts";
import { assertHolds } from "./kind.ts";
import { runHostile } from "./machine.ts";
import { EVENT, HELLO, liar, SERVERS, SOUND } from "./server.ts";

test("whatever a server says, what was asked of it ends, with a value of its kind or with an error", async () => {
  await assertHolds(SERVERS, 300);
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
    liar({
      hello: HELLO,
      answers: [
        [{ id: 0, result: null }, { id: 0, time: 5, events: Array(events).fill(EVENT) }].map((each) => ({
          line: JSON.stringify(each),
        })),
      ],
      requests: 1,
    });
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
    await withListener(liar({ hello: says, answers: [], requests: 1 }), async (socket) => {
      const { status, stderr } = await runHostile(["status", "--session", socket], { sockets: true });
      const hint = "hint: its process is stopped or stuck, or what listens there is no session of evtchn";
      const message = `evtchn: status: Cannot reach the session at "${socket}": ETIMEDOUT`;
      assertEquals([status, stderr], [1, `${message}\n${hint}\n`]);
    });
  }
});

test("a channel of a kind that there is none of is not believed: its name could act on the terminal", async () => {
  for (const kind of ["interd\x7fmain", "\x1b[2J", "", 7]) {
    const channels = [{ port: 7, channel: "5:12", kind, masked: false, events: 0 }];
    const lies = { hello: HELLO, answers: [[{ line: JSON.stringify({ id: 0, result: channels }) }]], requests: 1 };
    await withListener(liar(lies), async (socket) => {
      const { status, stdout, stderr } = await runHostile(["status", "--session", socket], { sockets: true });
      assertEquals([status, stdout, stderr.includes("EPROTO")], [1, "", true]);
    });
  }
});

test("a session that says that it has ended, and does not hang up, is not waited for", async () => {
  await withListener(liar({ hello: HELLO, answers: [[{ line: SOUND }]], requests: Infinity }), async (socket) => {
    const words = ["session", "stop", "--session", socket];
    const { status, stdout, stderr } = await runHostile(words, { sockets: true });
    assertEquals([status, stdout, stderr], [0, "unset EVTCHN_SESSION;\n", ""]);
  });
});

test("a signal ends a command whose session never answers", async () => {
  const silent = (conn: Deno.Conn) => liar({ hello: HELLO, answers: [], requests: Infinity })(conn);
  await withListener(silent, async (socket) => {
    for (const command of ["notify 7", "bind-virq tbuf", "watch", "watch 5:12", "poll --timeout 1s", "replay -"]) {
      const input = json({ event: "pending", time: "2026-01-02T03:04:05.678901Z", port: 7, channel: "7", seq: 1 });
      const words = [...command.split(" "), "--session", socket];
      const { status, stderr } = await runHostile(words, { patience: 300, signal: "SIGTERM", input, sockets: true });
      assertEquals([status, stderr], [143, ""], command);
    }
  });
});

import { assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { askSessions } from "../../lib/session/found.ts";
import { makePlace, socketsIn } from "../../lib/session/place.ts";
import { readLines } from "../../lib/session/lines.ts";
import { bytes, withListener, withSession } from "../support/sessions.ts";
import { test } from "../support/test.ts";
import { TestClock } from "../support/test_clock.ts";
import { inFolder } from "../support/folder.ts";

const HELLO = (version: number) => `{"protocol":"evtchn-session","version":${version}}\n`;

/** A session that says hello, then answers whatever is asked with one line. */
const saying = (hello: string, answer = "") => async (conn: Deno.Conn) => {
  await conn.write(bytes(hello));
  for await (const _ of readLines(conn, 65_536)) await conn.write(bytes(answer));
};

test("a session says what it holds, who uses it, and which ports each domain has", () =>
  withSession(async (session) => {
    const [own, guest] = [await session.connect(), await session.connect(1)];
    const ports = [await own.allocUnbound(1), await own.bindVirq(4)];
    const port = await guest.allocUnbound(0);
    const [found, ...others] = await askSessions([session.socket], systemClock());
    assertEquals(others, []);
    if (found.state !== "running") throw new Error(found.state);
    const { since, ...rest } = found.about;
    assertEquals(rest, {
      pid: Deno.pid,
      holds: "sim:linux?privcmd=unrestricted",
      clients: 2,
      bound: [{ domain: 0, count: 2, ports }, { domain: 1, count: 1, ports: [port] }],
    });
    assertEquals(since > 0 && since <= systemClock().now(), true);
  }));

test("a session of another version is shown as such, an older one without the question too", async () => {
  const unknown = '{"id":1,"error":{"error":"protocol","message":"Cannot do \\"about\\": there is no such verb"}}\n';
  const usage = '{"id":1,"error":{"error":"usage","message":"no"}}\n';
  for (const serve of [saying(HELLO(2)), saying(HELLO(1), unknown), saying(HELLO(1), usage)]) {
    await withListener(serve, async (socket) => {
      const found = await askSessions([socket], systemClock());
      assertEquals(found.map(({ state }) => state), ["other-version"]);
    });
  }
});

test("a session that is silent for 2 seconds is shown as such, and the others are shown too", async () => {
  const about = { pid: 7, holds: "/dev/xen/evtchn", since: 0, clients: 0, bound: [{ count: 2, ports: [7, 8] }] };
  const answered = Promise.withResolvers<void>();
  const sound = async (conn: Deno.Conn) => {
    await saying(HELLO(1), `{"id":1,"result":${JSON.stringify(about)}}\n`)(conn); // until the client hangs up
    answered.resolve();
  };
  await withListener(saying(""), (silent) =>
    withListener(sound, async (socket) => {
      const clock = new TestClock();
      const asked = askSessions([silent, socket], clock);
      await answered.promise;
      await clock.asleep();
      clock.advance(2000);
      assertEquals<unknown>(await asked, [
        { session: silent, state: "silent", errno: "ETIMEDOUT" },
        { session: socket, state: "running", about },
      ]);
    }));
});

test("a dead session is not shown, and its socket is removed once it is old enough", () =>
  inFolder(async (folder) => {
    const place = await makePlace(folder, "session-0123abcd", Date.now());
    const listener = place.listen();
    const socket = place.socket;
    listener.close();
    const clock = new TestClock();
    assertEquals(socketsIn([folder], folder), [socket]);
    clock.advance(Date.now() - clock.now() / 1000);
    assertEquals(await askSessions([socket], clock), []);
    assertEquals(socketsIn([folder], folder), [socket]);
    clock.advance(60_000);
    assertEquals(await askSessions([socket], clock), []);
    assertEquals(socketsIn([folder], folder), []);
  }));

test("a session that ends at this moment is left out, whenever it does", async () => {
  const stopped = '{"id":1,"error":{"error":"ESHUTDOWN","op":"session","subject":"x","message":"Stopped"}}\n';
  const hangUp = (_conn: Deno.Conn) => Promise.resolve();
  for (const serve of [hangUp, saying(HELLO(1), stopped)]) {
    await withListener(serve, async (socket) => assertEquals(await askSessions([socket], systemClock()), []));
  }
  await inFolder(async (folder) => {
    assertEquals(await askSessions([`${folder}/session-gone`], systemClock()), []);
  });
});

test("what no client may use is shown with the errno that a client gets", () =>
  inFolder(async (folder) => {
    const file = `${folder}/session-file`;
    Deno.writeTextFileSync(file, "");
    Deno.chmodSync(folder, 0o700);
    assertEquals<unknown>(await askSessions([file], systemClock()), [
      { session: file, state: "unusable", errno: "ENOTSOCK" },
    ]);
  }));

test("an error that is no answer of a session is not taken for one", () =>
  withListener(saying(HELLO(1)), async (socket) => {
    const broken = { ...systemClock(), sleep: () => Promise.reject(new TypeError("no time")) };
    await assertRejects(() => askSessions([socket], broken), TypeError, "no time");
  }));

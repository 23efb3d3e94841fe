import { assertEquals } from "@std/assert";
import { Outbox } from "../../lib/session/outbox.ts";
import { OUTBOX_LIMIT } from "../../lib/session/protocol.ts";
import { test } from "../support/test.ts";

/** A connection that takes bytes when the test lets it. */
class Slow {
  text = "";
  #free = Promise.withResolvers<void>();

  async write(bytes: Uint8Array): Promise<number> {
    await this.#free.promise;
    const taken = bytes.subarray(0, 100_000);
    this.text += new TextDecoder().decode(taken);
    return taken.length;
  }

  read(): void {
    this.#free.resolve();
  }

  leave(): void {
    this.#free.reject(new Deno.errors.BrokenPipe());
  }
}

/** Everything that can happen by itself has happened. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

const line = "x".repeat(1023) + "\n";

test("lines are written whole and in their order", async () => {
  const conn = new Slow();
  const outbox = new Outbox(conn);
  const lines = Array.from({ length: 1000 }, (_, i) => `${i} ${line}`);
  const sent = Promise.all(lines.map((each) => outbox.send(each)));
  conn.read();
  assertEquals((await sent).every((taken) => taken), true);
  await outbox.flush();
  assertEquals(conn.text, lines.join(""));
});

test("what waits for somebody who does not read is bounded", async () => {
  const conn = new Slow();
  const outbox = new Outbox(conn);
  let taken = 0;
  const sending = (async () => {
    while (taken < 1000 && await outbox.send(line)) taken++;
  })();
  await turn();
  assertEquals(taken, OUTBOX_LIMIT / line.length);
  conn.read();
  await sending;
  assertEquals(taken, 1000);
  await outbox.flush();
});

test("who leaves is waited for no longer, and nothing more is taken", async () => {
  const conn = new Slow();
  const outbox = new Outbox(conn);
  for (let i = 0; i < OUTBOX_LIMIT / line.length; i++) outbox.force(line);
  const waiting = outbox.send(line);
  conn.leave();
  assertEquals([await waiting, await outbox.send(line), outbox.force(line)], [false, false, false]);
  await outbox.flush();
});

test("who waits for room waits until there is some, however much is forced in between", async () => {
  const conn = new Slow();
  const outbox = new Outbox(conn);
  const full = "x".repeat(OUTBOX_LIMIT - 1) + "\n";
  outbox.force(full);
  await turn(); // it is being written
  outbox.force(full);
  const sent = outbox.send(line);
  conn.read();
  assertEquals(await sent, true);
  await outbox.flush();
  assertEquals(conn.text.length, 2 * OUTBOX_LIMIT + line.length);
});

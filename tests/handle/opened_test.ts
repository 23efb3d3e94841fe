import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Opened } from "../../lib/handle/opened.ts";
import { test } from "../support/test.ts";

/** Things that note their opening and closing in `log`. */
function notes() {
  const log: string[] = [];
  const open = (name: string) => {
    log.push(`open ${name}`);
    return { close: () => void log.push(`close ${name}`) };
  };
  return { log, open };
}

test("a thing is opened once, and all are closed in the order of their opening", async () => {
  const { log, open } = notes();
  const opened = new Opened<{ close(): void }>();
  const first = opened.get("b", () => open("b"));
  assertEquals(opened.get("b", () => open("b again")), first);
  opened.get("a", () => open("a"));
  assertEquals([opened.has("a"), opened.has("c")], [true, false]);
  await opened.closeAll();
  assertEquals(log, ["open b", "open a", "close b", "close a"]);
  assertEquals(opened.has("a"), false);
});

test("only what matches is closed, and is opened anew when it is asked for", async () => {
  const { log, open } = notes();
  const opened = new Opened<{ close(): void }>();
  for (const key of ["1/a", "1/b", "2/a"]) opened.get(key, () => open(key));
  await opened.closeWhere((key) => key.startsWith("1/"));
  await opened.close("none");
  assertEquals(log.slice(3), ["close 1/a", "close 1/b"]);
  opened.get("1/a", () => open("1/a"));
  assertEquals(log.at(-1), "open 1/a");
});

test("those who ask during an open share it; closing waits for it", async () => {
  const { log, open } = notes();
  const opened = new Opened<{ close(): void }>();
  const pending = Promise.withResolvers<{ close(): void }>();
  const first = opened.get("a", () => pending.promise);
  assertEquals(opened.get("a", () => open("again")), first);
  const closed = opened.close("a");
  pending.resolve(open("a"));
  await closed;
  assertEquals(log, ["open a", "close a"]);
});

test("a failed open is forgotten", async () => {
  const { log, open } = notes();
  const opened = new Opened<{ close(): void }>();
  assertThrows(() => opened.get("a", () => fail()), Error, "no");
  await assertRejects(async () => await opened.get("a", () => Promise.resolve().then(fail)), Error, "no");
  assertEquals(opened.has("a"), false);
  opened.get("a", () => open("a"));
  const pending = Promise.withResolvers<{ close(): void }>();
  const late = opened.get("b", () => pending.promise);
  const closed = opened.closeAll();
  pending.reject(new Error("no"));
  await closed;
  await assertRejects(async () => await late, Error, "no");
  assertEquals(log, ["open a", "close a"]);
});

function fail(): never {
  throw new Error("no");
}

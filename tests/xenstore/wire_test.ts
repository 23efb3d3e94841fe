import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { LITTLE_ENDIAN } from "../../ffi/endian.ts";
import {
  BrokenMessage,
  decodeText,
  encodeText,
  type Message,
  MessageReader,
  packMessage,
  PAYLOAD_MAX,
  stringsOf,
  XS,
} from "../../lib/xenstore/wire.ts";
import { test } from "../support/test.ts";

const READ_DOMID: Message = { type: XS.READ, id: 7, transaction: 0, payload: encodeText("domid\0") };

test("a request is four u32 in the machine's byte order and its payload", () => {
  const word = (value: number) => LITTLE_ENDIAN ? [value, 0, 0, 0] : [0, 0, 0, value];
  assertEquals([...packMessage(READ_DOMID)], [
    ...word(2),
    ...word(7),
    ...word(0),
    ...word(6),
    ...[0x64, 0x6F, 0x6D, 0x69, 0x64, 0],
  ]);
});

test("the message types are those of xs_wire.h", () => {
  assertEquals<Record<string, number>>(XS, {
    DIRECTORY: 1,
    READ: 2,
    WATCH: 4,
    UNWATCH: 5,
    GET_DOMAIN_PATH: 10,
    WRITE: 11,
    RM: 13,
    WATCH_EVENT: 15,
    ERROR: 16,
    DIRECTORY_PART: 22,
  });
});

test("messages are read from pieces of any size", () => {
  const message = fc.record({
    type: fc.nat(0xFFFF),
    id: fc.nat(0xFFFF_FFFF),
    transaction: fc.nat(0xFFFF_FFFF),
    payload: fc.uint8Array({ maxLength: 40 }),
  });
  fc.assert(fc.property(fc.array(message), fc.array(fc.nat(30)), (messages, cuts) => {
    let rest: readonly number[] = messages.flatMap((message) => [...packMessage(message)]);
    const reader = new MessageReader();
    const found: Message[] = [];
    for (const cut of [...cuts, rest.length]) {
      const part = new Uint8Array(rest.slice(0, cut));
      found.push(...reader.take(part));
      part.fill(0xFF); // the reader's caller uses it again
      rest = rest.slice(cut);
    }
    assertEquals(found, messages.map((message) => ({ ...message, payload: new Uint8Array(message.payload) })));
  }));
});

test("a message above the largest payload is broken", () => {
  const full = packMessage({ ...READ_DOMID, payload: new Uint8Array(PAYLOAD_MAX) });
  assertEquals(new MessageReader().take(full).length, 1);
  const over = packMessage({ ...READ_DOMID, payload: new Uint8Array(PAYLOAD_MAX + 1) });
  assertThrows(() => new MessageReader().take(over.subarray(0, 16)), BrokenMessage);
});

test("text is UTF-8, or Latin-1 if it is not valid UTF-8", () => {
  assertEquals(decodeText(encodeText("käse\uFEFF")), "käse\uFEFF");
  assertEquals(decodeText(encodeText("\uFEFFx")), "\uFEFFx");
  assertEquals(decodeText(new Uint8Array([0x6B, 0xE4, 0x00, 0x80])), "k\u00E4\0\u0080");
  assertEquals(decodeText(encodeText("ä".repeat(PAYLOAD_MAX / 2))), "ä".repeat(PAYLOAD_MAX / 2));
  assertEquals(decodeText(new Uint8Array(PAYLOAD_MAX).fill(0xFF)), "\u00FF".repeat(PAYLOAD_MAX));
});

test("each string of a payload ends with a zero byte", () => {
  assertEquals(stringsOf(encodeText("a\0\0b\0")), ["a", "", "b"]);
  assertEquals(stringsOf(encodeText("")), []);
  assertEquals(stringsOf(encodeText("whole")), ["whole"]);
});

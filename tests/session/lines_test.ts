import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { BrokenLine, readLines } from "../../lib/session/lines.ts";
import { test } from "../support/test.ts";
import { bytes } from "../support/sessions.ts";

/** A source that gives the chunks, one a read. */
function source(...chunks: Uint8Array[]) {
  return {
    read(into: Uint8Array): Promise<number | null> {
      const chunk = chunks.shift();
      if (chunk) into.set(chunk);
      return Promise.resolve(chunk?.length ?? null);
    },
  };
}

const all = (limit: number, ...chunks: Uint8Array[]) => Array.fromAsync(readLines(source(...chunks), limit));

test("lines come whole, however their bytes were cut", async () => {
  const cut = fc.tuple(
    fc.array(fc.string({ unit: "grapheme" }).filter((line) => !line.includes("\n"))),
    fc.array(fc.nat(20)),
  );
  await fc.assert(fc.asyncProperty(cut, async ([lines, sizes]) => {
    let rest = bytes(lines.map((line) => line + "\n").join("") + "no line");
    const chunks = sizes.map((size) => {
      const chunk = rest.subarray(0, size);
      rest = rest.subarray(size);
      return chunk;
    });
    assertEquals(await all(1000, ...chunks, rest), lines);
  }));
});

test("a line of as many bytes as the limit is one, a longer one is broken, whether its end has come or not", async () => {
  assertEquals(await all(4, bytes("1234\n")), ["1234"]);
  assertEquals(await all(4, bytes("12"), bytes("34\n")), ["1234"]);
  for (const chunks of [["12345\n"], ["1234", "5\n"], ["12345"], ["1234", "5"], ["1\n12345"]]) {
    await assertRejects(
      () => all(4, ...chunks.map(bytes)),
      BrokenLine,
      "Cannot read a line: it is longer than 4 bytes",
    );
  }
});

test("what is no UTF-8 is broken", async () => {
  await assertRejects(() => all(9, Uint8Array.of(0xC3, 0x0A)), BrokenLine, "Cannot read a line: it is no UTF-8");
  assertEquals(await all(9, Uint8Array.of(0xC3), Uint8Array.of(0xA4, 0x0A)), ["ä"]);
});

test("a line that took much room leaves the next ones their own", async () => {
  const long = "x".repeat(200_000);
  const chunks = Array.from({ length: 4 }, (_, i) => bytes(long.slice(i * 50_000, (i + 1) * 50_000)));
  assertEquals(await all(300_000, ...chunks, bytes("\nab"), bytes("c\n")), [long, "abc"]);
});

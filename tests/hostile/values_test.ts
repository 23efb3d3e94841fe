import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { UsageError } from "../../lib/errors.ts";
import { parseCount, parsePeer, parsePeriod } from "../../lib/parse.ts";
import { parseFormat } from "../../lib/render/format.ts";
import { jsonLine } from "../../lib/render/json.ts";
import { oneLine, shortLine } from "../../lib/render/line.ts";
import { statusTable } from "../../lib/render/status.ts";
import { PLAIN } from "../../lib/render/human.ts";
import { parseMapping } from "../../lib/replay/replay.ts";
import { splitStatements } from "../../lib/script/lexer.ts";
import { parseSimulation } from "../../lib/sim/mod.ts";
import { test } from "../support/test.ts";
import { anything, CHANNELS, FORMATS, NUMBERS, ODD, PERIODS, SIMULATIONS } from "./words.ts";

const text = fc.oneof(
  fc.constantFrom(...NUMBERS, ...CHANNELS, ...PERIODS, ...ODD, ...FORMATS, ...SIMULATIONS),
  fc.string({ unit: fc.constantFrom(..."0123456789xums:=%pckdrnSULD?&self") }),
  anything,
);

const EVENT = {
  port: 7,
  channel: { kind: "port", port: 7 },
  name: "7",
  seq: 1,
  initial: false,
  stale: false,
} as const;

test("whatever stands for a value, it is understood or refused in a sentence", () => {
  const parsers: readonly ((text: string) => unknown)[] = [
    parsePeriod,
    (text) => parseCount(text),
    (text) => parsePeer(text),
    parseMapping,
    (text) => parseSimulation(text.replace(/^sim:/, "")),
    (text) => parseFormat(text)(EVENT, (style) => style),
  ];
  fc.assert(
    fc.property(text, (text) => {
      for (const parse of parsers) {
        try {
          parse(text);
        } catch (error) {
          assert(error instanceof UsageError, `${JSON.stringify(text)}: ${error}`);
        }
      }
    }),
    { numRuns: 3000 },
  );
});

test("a message is one line of plain characters, with its end however long it is", () => {
  fc.assert(fc.property(text, text, (start, end) => {
    const line = oneLine(start + end.slice(-400) + "ENOTCONN");
    // deno-lint-ignore no-control-regex
    assert(!/[\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069]/.test(line));
    assert(line.length < 8500 && line.endsWith("ENOTCONN"));
  }));
  assertEquals(
    oneLine("a\nb\tc\r\x1b[1m\u0085\u2028\u202E évènement"),
    "a\\nb\\tc\\r\\x1b[1m\\x85\\u2028\\u202e évènement",
  );
  assertEquals(oneLine("x".repeat(1_000_000)).length, 2003);
});

test("the status of as many channels as a handle can have is a table", () => {
  const channels = Array.from(
    { length: 131_071 },
    (_, port) => ({ port, channel: "5:12", kind: "interdomain" as const, masked: false, events: 0 }),
  );
  assertEquals(statusTable(channels, PLAIN).length, channels.length + 1);
});

test("a script of very many quotes, separators or words is read in one pass", () => {
  for (const part of ["'", '"', "'\"", ";", "\n", "# ", "x ", "$", "@", "=", "'\n"]) {
    const statements = splitStatements(part.repeat(100_000));
    assert(statements.length <= 100_000);
  }
});

/** Controls, what cannot be seen, lone surrogates, what XML does not allow. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\uFFFE\uFFFF]/u;

test("of all characters none that cannot be seen gets into a line, a row or a record", () => {
  for (let code = 0; code <= 0x10FFFF; code++) {
    const character = String.fromCodePoint(code);
    if (!UNSAFE.test(character)) continue;
    const name = `0x${code.toString(16)}`;
    for (const line of [oneLine(character), shortLine(character)]) {
      assert(/^[ -~]+$/.test(line) && line.startsWith("\\"), name);
    }
    const json = jsonLine({ character });
    assert(!UNSAFE.test(json.slice(0, -1)), name);
    assertEquals(JSON.parse(json), { character }, name);
  }
});

test("whatever text is in a record, its line has nothing that cannot be seen, and reads back as the same text", () => {
  const unit = fc.integer({ min: 0, max: 0xFFFF }).map((code) => String.fromCharCode(code)); // lone surrogates too
  fc.assert(fc.property(fc.array(unit, { maxLength: 200 }), text, (units, name) => {
    const record = { name, value: units.join(""), [units.join("")]: [name] };
    const line = jsonLine(record);
    assert(line.endsWith("\n") && !UNSAFE.test(line.slice(0, -1)), JSON.stringify(line));
    assertEquals(JSON.parse(line), record);
  }));
});

test("blanks that are not U+0020 and box drawings are written out in a line", () => {
  assertEquals(oneLine("a b\u00a0\u3000\u2514\u2500\u{e0001}"), "a b\\xa0\\u3000\\u2514\\u2500\\u{e0001}");
});

test("a short line has 40 columns at most, and cuts no character written out", () => {
  fc.assert(fc.property(text, (long) => {
    const line = shortLine(long);
    assert(!UNSAFE.test(line) && line.length <= 43, line);
  }));
  assertEquals(shortLine("x".repeat(40)), "x".repeat(40));
  assertEquals(shortLine("x".repeat(2000)), "x".repeat(40) + "...");
  assertEquals(shortLine("\u200b".repeat(2000)), "\\u200b".repeat(6) + "...");
  assertEquals(shortLine("\u4e00".repeat(2000)), "\u4e00".repeat(20) + "...");
});

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { UsageError } from "../../lib/errors.ts";
import { parseCount, parsePeer, parsePeriod } from "../../lib/parse.ts";
import { parseFormat } from "../../lib/render/format.ts";
import { oneLine } from "../../lib/render/line.ts";
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
    (text) => parsePeer("5", text),
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
    (_, port) => ({ port, channel: "5:12", kind: "interdomain", masked: false, events: 0 }),
  );
  assertEquals(statusTable(channels, PLAIN).length, channels.length + 1);
});

test("a script of very many quotes, separators or words is read in one pass", () => {
  for (const part of ["'", '"', "'\"", ";", "\n", "# ", "x ", "$", "@", "=", "'\n"]) {
    const statements = splitStatements(part.repeat(100_000));
    assert(statements.length <= 100_000);
  }
});

import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { channelName } from "../../lib/channel.ts";
import { UsageError } from "../../lib/errors.ts";
import { parseChannel } from "../../lib/parse.ts";
import type { ChannelStatus } from "../../lib/records.ts";
import { parseFormat } from "../../lib/render/format.ts";
import { eventText, overflowText, PLAIN } from "../../lib/render/human.ts";
import { virqTable } from "../../lib/render/virqs.ts";
import { statusTable } from "../../lib/render/status.ts";
import { eventLine, jsonLine, overflowLine, recordLine } from "../../lib/render/json.ts";
import { utcTime } from "../../lib/render/time.ts";
import type { PendingEvent } from "../../lib/handle/watch.ts";
import { test } from "../support/test.ts";

/** The event with number 3 of port 7. */
function event(channel: string, rest: Partial<PendingEvent> = {}): PendingEvent {
  const parsed = parseChannel(channel);
  return { port: 7, channel: parsed, name: channelName(parsed), seq: 3, initial: false, stale: false, ...rest };
}

const format = (text: string, of: PendingEvent = event("5:12")) => parseFormat(text)(of, (style) => `<${style}>`);

test("a format defines the line", () => {
  assertEquals(format("%p %c %k %d %r %n"), "7 5:12 interdomain 5 12 3");
  assertEquals(format("%S %U %L %D"), "<unix> <utc> <local> <delta>");
  assertEquals(format("100%% of port=%p!"), "100% of port=7!");
  assertEquals(format("%%p%%%p"), "%p%7");
  assertEquals(format("\t%p\n→ %c"), "\t7\n→ 5:12");
  assertEquals(format(""), "");
});

test("a format prints a dash for a value that the channel does not have", () => {
  assertEquals(format("%k %d %r", event("7")), "port - -");
  assertEquals(format("%k %d %r", event("virq:dom_exc")), "virq - -");
  assertEquals(format("%k %d %r", event("5:any")), "unbound 5 -");
  assertEquals(format("%k %d %r", event("self:12")), "interdomain self 12");
});

test("an unknown directive is refused by its name", () => {
  for (const [text, named] of [["%x", "%x"], ["a%", "%"], ["%%%", "%"], ["%P", "%P"], ["%€", "%€"], ["%😀", "%😀"]]) {
    assertThrows(
      () => parseFormat(text),
      UsageError,
      `Cannot use "${text}" as a format: "${named}" is none of %p %c %k %d %r %n %S %U %L %D %%`,
    );
  }
});

test("any format is accepted or refused with a usage error", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom("%", "p", "c", "_", "\n", "x", "😀") }), (text) => {
    try {
      format(text);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
  }));
});

test("an event's JSON line equals JSON.stringify of its record", () => {
  const channel = fc.constantFrom("7", "4294967295", "virq:dom_exc", "virq:99", "5:12", "self:any");
  const micros = fc.integer({ min: 0, max: 4_000_000_000_000_000 });
  fc.assert(
    fc.property(channel, micros, fc.nat(0xFFFF_FFFF), fc.nat(), fc.boolean(), fc.boolean(), (...drawn) => {
      const [name, at, port, seq, initial, stale] = drawn;
      const time = utcTime(at);
      const record = {
        event: "pending",
        time,
        port,
        channel: name,
        seq,
        ...(initial ? { initial } : {}),
        ...(stale ? { stale } : {}),
      };
      const line = eventLine(time, event(name, { port, seq, initial, stale }));
      assertEquals(line, JSON.stringify(record) + "\n");
      assertEquals(JSON.parse(line), record);
    }),
  );
});

test("an overflow's JSON line, and a result's", () => {
  const time = "2026-01-02T03:04:05.678901Z";
  assertEquals(overflowLine(time), JSON.stringify({ event: "overflow", time }) + "\n");
  assertEquals(recordLine({ op: "notify", port: 7 }), '{"op":"notify","port":7}\n');
});

test("an error's JSON line leaves out unknown fields", () => {
  assertEquals(
    recordLine({ op: "notify", error: "ENOTCONN", subject: '"7"\n', message: "m", hint: undefined }),
    '{"op":"notify","error":"ENOTCONN","subject":"\\"7\\"\\n","message":"m"}\n',
  );
});

test("a JSON line contains nothing that acts on a terminal, and parses to the same text", () => {
  const name = "\x1b[31m\u009b2J\u202e\u2028\x7f";
  const line = jsonLine({ name });
  assertEquals(line, '{"name":"\\u001b[31m\\u009b2J\\u202e\\u2028\\u007f"}\n');
  assertEquals(JSON.parse(line), { name });
});

test("an event is one line of text", () => {
  assertEquals(eventText(event("5:12"), "T", PLAIN), "T  port 7  5:12  #3");
  assertEquals(eventText(event("7"), "T", PLAIN), "T  port 7  #3");
  assertEquals(eventText(event("7"), "", PLAIN), "port 7  #3");
  assertEquals(
    eventText(event("5:12", { initial: true }), "T", PLAIN),
    "T  port 7  5:12  #3  initial: caused by the bind",
  );
  assertEquals(eventText(event("5:12", { stale: true }), "T", PLAIN), "T  port 7  5:12  #3  stale: no longer bound");
  assertEquals(overflowText("", PLAIN), "overflow: the ring was full and events were lost");
  assertEquals(overflowText("T", PLAIN), "T  overflow: the ring was full and events were lost");
});

test("colours do not change the text", () => {
  const marked = {
    dim: (text: string) => `(${text})`,
    strong: (text: string) => `*${text}*`,
    warn: (text: string) => `!${text}!`,
  };
  assertEquals(
    eventText(event("5:12", { stale: true }), "T", marked),
    "(T)  port 7  *5:12*  (#3)  !stale: no longer bound!",
  );
});

test("the columns of the VIRQ table are aligned", () => {
  const [head, ...rows] = virqTable(PLAIN);
  assertEquals(rows.length, 21);
  const columns = ["NAME", "SCOPE", "OWNER", "FIRES WHEN"].map((name) => head.indexOf(name));
  for (const row of rows) {
    for (const column of columns) assertEquals(row.slice(column - 2, column), "  ", row);
    for (const column of columns) assertEquals(/\S/.test(row[column]), true, row);
  }
});

test("the table of a handle's channels shows the remote end of each", () => {
  const channels = ["5:12", "virq:timer", "4"].map((text, i): ChannelStatus => {
    const channel = parseChannel(text);
    return { port: i, channel: channelName(channel), kind: channel.kind, masked: false, events: 0 };
  });
  assertEquals(statusTable(channels, PLAIN).slice(1).map((row) => row.split(/ {2,}/)[4]), [
    "domain 5 port 12",
    "Xen",
    "-",
  ]);
});

import { assert, assertEquals } from "@std/assert";
import { PLAIN } from "../../lib/render/human.ts";
import { sparkline, topFrame, topRecord, topText, type TopView } from "../../commands/top/frame.ts";
import { type Order, sorted, Top } from "../../commands/top/table.ts";
import { test } from "../support/test.ts";

const by = (key: Order["key"], reversed = false): Order => ({ key, reversed });

/** Microseconds since 1970 of the test's now. */
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5) * 1000;

/** Three ports after an interval of 2 s. */
function three(): Top {
  const top = new Top(0);
  top.know(9, "1:9");
  for (let i = 0; i < 5; i++) top.count(7, "virq:timer", NOW - 500_000);
  for (let i = 0; i < 2; i++) top.count(8, "5:12", NOW - 100_000);
  top.tick(2000);
  return top;
}

function view(top: Top, more: Partial<TopView> = {}): TopView {
  const order = more.order ?? by("rate");
  return {
    rows: sorted(top.rows(), order),
    order,
    interval: 1000,
    paused: false,
    overflows: top.overflows,
    now: NOW,
    ...more,
  };
}

const ports = (top: Top, order: Order) => sorted(top.rows(), order).map(({ port }) => port);

test("top: the rate is of the last interval, whatever its length; the total is of all", () => {
  const top = three();
  assertEquals(top.rows().map(({ port, rate, total }) => [port, rate, total]), [[9, 0, 0], [7, 2.5, 5], [8, 1, 2]]);
  top.count(7, "virq:timer", NOW);
  top.tick(2500);
  assertEquals(top.rows().map(({ port, rate, total }) => [port, rate, total]), [[9, 0, 0], [7, 2, 6], [8, 0, 2]]);
  assertEquals(top.rows()[1].history, [2.5, 2]);
});

test("top: a port that is bound again is a new channel; a closed one is removed", () => {
  const top = three();
  top.know(7, "virq:timer");
  assertEquals(top.rows().find(({ port }) => port === 7)?.total, 5);
  top.count(7, "5:13", NOW);
  assertEquals(top.rows().find(({ port }) => port === 7)?.total, 1);
  top.keep(new Set([8]));
  assertEquals(ports(top, by("port")), [8]);
});

test("top: rows are sorted by each key, in both orders, and equal ones by port", () => {
  const top = three();
  assertEquals(ports(top, by("rate")), [7, 8, 9]);
  assertEquals(ports(top, by("total", true)), [9, 8, 7]);
  assertEquals(ports(top, by("last")), [8, 7, 9]);
  assertEquals(ports(top, by("port", true)), [9, 8, 7]);
  top.tick(3000);
  assertEquals(ports(top, by("rate", true)), [7, 8, 9]);
});

test("top: returned rows do not change", () => {
  const top = three();
  const rows = top.rows();
  top.count(7, "virq:timer", NOW);
  top.tick(3000);
  assertEquals([rows[1].total, rows[1].history], [5, [2.5]]);
});

test("top: a history is bounded", () => {
  const top = three();
  for (let i = 0; i < 5000; i++) top.tick(2000 + i + 1);
  assertEquals(top.rows()[0].history.length, 512);
});

test("top: a sparkline's highest level is its highest rate, the lowest is no event at all", () => {
  assertEquals(sparkline([0, 1, 50, 100], 6), "  ▁▂▅█");
  assertEquals(sparkline([9, 0, 0], 2), "▁▁");
  assertEquals(sparkline([], 3), "   ");
});

test("top: the screen of a wide terminal", () => {
  assertEquals(topFrame(view(three()), { columns: 70, rows: 7 }, PLAIN), [
    "evtchn top  3 ports  3.5 events/s  every 1 s  by rate",
    "  PORT  CHANNEL     EVENTS/S       TOTAL    LAST  LATELY",
    "     7  virq:timer       2.5           5    0.5s                     █",
    "     8  5:12             1.0           2    0.1s                     █",
    "     9  1:9              0.0           0       -                     ▁",
    "",
    "q quit  r t l p sort  space pause  + - interval",
  ]);
});

test("top: a narrow and low terminal keeps port, channel and rate", () => {
  const frame = topFrame(view(three(), { paused: true, order: by("port", true) }), { columns: 30, rows: 5 }, PLAIN);
  assertEquals(frame, [
    "evtchn top  3 ports PAUSED",
    "  PORT  CHANNEL     EVENTS/S",
    "     9  1:9              0.0",
    "     8  5:12             1.0",
    "1 more  q quit  r t l p sort",
  ]);
});

test("top: no frame is ever wider or higher than the terminal", () => {
  const top = new Top(0);
  for (let port = 1; port <= 60; port++) {
    top.count(100_000 + port, port % 3 === 0 ? "virq:con_ring" : `32751:${131_000 + port}`, NOW - port * 9e9);
  }
  top.tick(0.001);
  top.overflows = 3;
  for (const overflows of [0, 3]) {
    for (let columns = 1; columns < 130; columns++) {
      for (const rows of [1, 2, 3, 4, 8, 24]) {
        const frame = topFrame(view(top, { overflows, paused: rows === 8 }), { columns, rows }, PLAIN);
        const most = Math.max(...frame.map((line) => line.length));
        assert(frame.length <= rows, `${columns}x${rows}: ${frame.length} lines`);
        assert(most <= Math.max(columns, 6), `${columns}x${rows}: a line of ${most}`);
      }
    }
  }
});

test("top: a message about lost events replaces the list of keys", () => {
  const top = three();
  top.overflows = 1;
  assertEquals(
    topFrame(view(top), { columns: 70, rows: 7 }, PLAIN).at(-1),
    "events were lost: the ring overflowed once",
  );
});

test("top: colours do not change the text", () => {
  const mark = (text: string) => `<${text}>`;
  const coloured = topFrame(view(three()), { columns: 70, rows: 7 }, { dim: mark, strong: mark, warn: mark });
  const plain = topFrame(view(three()), { columns: 70, rows: 7 }, PLAIN);
  assertEquals(coloured.map((line) => line.replace(/[<>]/g, "")), plain);
});

test("top: a port as a line and as a record", () => {
  const [first] = sorted(three().rows(), by("rate"));
  assertEquals(
    topText(first, NOW, PLAIN),
    "2026-01-02T03:04:05.000000Z  port 7  virq:timer  2.5/s  total 5  last 0.5s",
  );
  assertEquals(topRecord(first, NOW), {
    op: "top",
    time: "2026-01-02T03:04:05.000000Z",
    port: 7,
    channel: "virq:timer",
    rate_per_s: 2.5,
    total: 5,
    last: "2026-01-02T03:04:04.500000Z",
  });
});

test("top: an interval of length 0 has no rate", () => {
  const top = three();
  const before = top.rows();
  top.tick(2000);
  assertEquals(top.rows(), before);
});

test("top: sorted by last event, ports that never fired are last", () => {
  const top = three();
  top.know(10, "1:10");
  assertEquals(ports(top, by("last")), [8, 7, 9, 10]);
});

test("top: a long age is in minutes, hours or days; a total from ten thousand million on is in G", () => {
  const row = { port: 7, channel: "7", rate: 0, total: 12_300_000_000, history: [] };
  const shown = (seconds: number) => topText({ ...row, last: NOW - seconds * 1e6 }, NOW, PLAIN).split("  ").at(-1);
  assertEquals([99, 100, 5999, 6000, 359_999, 360_000].map(shown), [
    "last 99.0s",
    "last 1m",
    "last 99m",
    "last 1h",
    "last 99h",
    "last 4d",
  ]);
  const top = three();
  const rows = top.rows().map((each) => ({ ...each, total: row.total }));
  assert(topFrame(view(top, { rows }), { columns: 70, rows: 7 }, PLAIN)[2].includes(" 12.3G "));
});

test("top: a terminal without columns shows nothing", () => {
  assertEquals(topFrame(view(three()), { columns: 0, rows: 7 }, PLAIN)[0], "");
});

test("top: a frame can have as many ports as Xen gives a domain", () => {
  const top = new Top(0);
  for (let port = 1; port < 131_072; port++) top.know(port, "1:any");
  const frame = topFrame(view(top), { columns: 60, rows: 6 }, PLAIN);
  assertEquals([frame.length, frame.at(-1)?.startsWith("131068 more")], [6, true]);
});

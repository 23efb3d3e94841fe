/** The form of snapshots: what is written is read, and nobody's text can look like a heading. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UsageError } from "../../lib/errors.ts";
import { beginning, isSnapshot, LAST, missingLines, parseSnapshot, sectionLines } from "../../lib/snapshot/format.ts";
import { test } from "../support/test.ts";

const TIME = 1_767_323_045_000_000;

/** A snapshot of texts by their sections' names. */
function written(texts: Readonly<Record<string, string>>, host = "xen1"): string {
  const sections = Object.entries(texts).flatMap(([name, text]) => [...sectionLines(name, text)]);
  return [...beginning(host, TIME), ...sections, LAST].join("");
}

test("a snapshot's texts, host and time are read as they were written", () => {
  const { host, time, whole, sections } = parseSnapshot(written({ "command xl list": "Name\n", "dump e": "" }));
  assertEquals([host, time, whole], ["xen1", TIME, true]);
  assertEquals([...sections], [
    ["command xl list", { text: "Name\n", status: 0, cut: false }],
    ["dump e", { text: "", status: 0, cut: false }],
  ]);
});

test("whatever a text says, it stays in its section", () => {
  const forging = fc.array(
    fc.oneof(
      fc.constantFrom(
        "end",
        "status 0",
        "section dump e",
        "host other",
        "missing x",
        "evtchn-snapshot 1",
        "",
        " ",
        "\r",
      ),
      fc.string({ unit: "binary" }).filter((line) => !line.includes("\n")),
    ),
  ).map((lines) => lines.map((line) => `${line}\n`).join(""));
  fc.assert(fc.property(forging, forging, (one, other) => {
    const { host, whole, sections } = parseSnapshot(written({ a: one, b: other }));
    assertEquals([host, whole, [...sections.keys()]], ["xen1", true, ["a", "b"]]);
    assertEquals([sections.get("a")!.text, sections.get("b")!.text], [one, other]);
  }));
});

test("a host's name with an end of line forges no heading", () => {
  const { host, sections } = parseSnapshot(written({}, "a\nsection dump e\n x"));
  assertEquals([host, sections.size], ["a section dump e  x", 0]);
});

test("wherever a snapshot is cut, the last section says so, and half a line is left out", () => {
  const whole = written({ first: "one\ntwo\n", second: "three\nfour\n" });
  const lines = { first: "one\ntwo\n", second: "three\nfour\n" };
  for (let end = beginningLength(); end < whole.length; end++) {
    const recording = parseSnapshot(whole.slice(0, end));
    assertEquals(recording.whole, false);
    for (const [name, { text, cut }] of recording.sections) {
      const full = lines[name as keyof typeof lines];
      assert(full.startsWith(text) && (text === "" || text.endsWith("\n")), text);
      assert(cut || text === full, `${name} at ${end}`);
    }
  }
});

function beginningLength(): number {
  return [...beginning("xen1", TIME)].join("").length;
}

test("a missing text has its reason, a failed command its status, one that was ended is cut", () => {
  const { sections } = parseSnapshot(
    [
      ...beginning(undefined, TIME),
      ...missingLines("command xl list", "there is no xl"),
      "section command xl dmesg\n (XEN) a\n\nstatus 1\n",
      'section command xenstore-ls -fp\n /a = ""\n\nstatus 124\n',
      LAST,
    ].join(""),
  );
  assertEquals(sections.get("command xl list"), { text: "", missing: "there is no xl", cut: false });
  assertEquals(sections.get("command xl dmesg"), { text: "(XEN) a\n", status: 1, cut: false });
  assertEquals(sections.get("command xenstore-ls -fp"), { text: '/a = ""\n', status: 124, cut: true });
});

test("another version is refused, and other text is no snapshot", () => {
  assertThrows(() => parseSnapshot("evtchn-snapshot 2\n"), UsageError, 'it is of version "2"');
  assertThrows(() => parseSnapshot("evtchn-snapshot 10\nend\n"), UsageError, '"10"');
  assertEquals(["evtchn-snapshot 1\n", "(XEN) x", " evtchn-snapshot 1"].map(isSnapshot), [true, false, false]);
});

test("headings of later versions, and lines from Windows, do no harm", () => {
  const text = written({ a: "1\n" }).replace("section a", "weather fine\nsection a").replaceAll("\n", "\r\n");
  const { host, whole, sections } = parseSnapshot(text);
  assertEquals([host, whole, sections.get("a")?.status], ["xen1", true, 0]);
});

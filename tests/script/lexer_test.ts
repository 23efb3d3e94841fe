import { assertEquals } from "@std/assert";
import { splitStatements } from "../../lib/script/lexer.ts";
import { test } from "../support/test.ts";

/** The statements as `line: word|word`. */
const split = (text: string) =>
  splitStatements(text).map(({ line, words }) => `${line}: ${words.map(({ text }) => text).join("|")}`);

test("statements end at a line's end and at a semicolon", () => {
  assertEquals(split("a b\nc;d ; e\n\n;;\n  f"), ["1: a|b", "2: c", "2: d", "2: e", "5: f"]);
  assertEquals(split(""), []);
  assertEquals(split(" \t\r\n;\n"), []);
  assertEquals(split("a\r\nb\r\n"), ["1: a", "2: b"]);
});

test("a comment begins at the beginning of a word and ends with the line", () => {
  assertEquals(split("#!/usr/bin/env evtchn run\na # b; c\nd#e ;#f\ng"), ["2: a", "3: d#e", "4: g"]);
});

test("quotes keep blanks, semicolons and hashes", () => {
  assertEquals(split(`print "a; b # c" 'd "e"'`), [`1: print|a; b # c|d "e"`]);
  assertEquals(split(`print "" ''`), ["1: print||"]);
});

test("a word keeps its kind of quotes", () => {
  const [{ words }] = splitStatements(`$a "$b" '$c'`);
  assertEquals(words, [{ text: "$a", quote: "" }, { text: "$b", quote: '"' }, { text: "$c", quote: "'" }]);
});

test("an unclosed quote, or one in the middle of a word, is a fault of its statement only", () => {
  const faults = (text: string) => splitStatements(text).map(({ line, fault }) => [line, fault]);
  assertEquals(faults(`a "b\nc`), [[1, 'a " is not closed'], [2, undefined]]);
  assertEquals(faults(`a 'b; c\nd`), [[1, "a ' is not closed"], [2, undefined]]);
  assertEquals(faults(`'\n'`), [[1, "a ' is not closed"], [2, "a ' is not closed"]]);
  assertEquals(faults(`a b"c"`), [[1, "a quote stands in the middle of a word"]]);
  assertEquals(faults(`a "b"c`), [[1, "a quote stands in the middle of a word"]]);
  assertEquals(faults(`"a"'b'`), [[1, "a quote stands in the middle of a word"]]);
});

test("a statement's text is as it was written", () => {
  assertEquals(splitStatements(`  @1  p =  notify "7"  # why\n`)[0].text, `@1  p =  notify "7"`);
});

import { assertEquals, assertThrows } from "@std/assert";
import { test } from "./mod.ts";
import { difference, parseTranscript, play, type Shell } from "./transcript.ts";
import { expandWords } from "./words.ts";

const session = ["# reads", "# and says why", "$ first", "one", "", "# aside", "$ second", "[3]", "$ third", ""].join(
  "\n",
);

/** A shell in which every command does what `outcomes` has for it. */
function scripted(outcomes: Record<string, [output: string, status: number]>): Shell {
  return {
    run: (command) => Promise.resolve({ output: outcomes[command][0], status: outcomes[command][1] }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

test("transcript: commands, output with empty lines, and statuses are read", () => {
  assertEquals(parseTranscript(session), {
    title: "reads",
    steps: [
      { command: "first", lines: ["one", ""] },
      { command: "second", lines: ["[3]"] },
      { command: "third", lines: [] },
    ],
  });
});

test("transcript: text without a title, a command or an order is refused", () => {
  for (const text of ["$ first\n", "# title\n", "# title\noutput\n$ first\n"]) {
    assertThrows(() => parseTranscript(text), SyntaxError);
  }
});

test("transcript: an equal run has no difference", async () => {
  const wanted = parseTranscript(session);
  const got = await play(wanted, scripted({ first: ["one\n\n", 0], second: ["", 3], third: ["", 0] }));
  assertEquals(difference(wanted, got), undefined);
});

test("transcript: a difference shows expected and actual lines in the session", async () => {
  const wanted = parseTranscript(session);
  const got = await play(wanted, scripted({ first: ["one\ntwo\n\n", 0], second: ["", 0], third: ["\n", 0] }));
  const lines = ["  $ first", "  one", "+ two", "  ", "  $ second", "- [3]", "  $ third", "+ "];
  assertEquals(difference(wanted, got), lines.join("\n"));
});

test("words: quotes keep spaces, variables outside quotes are split, empty ones vanish", () => {
  const variables: Record<string, string> = { p: "27", list: "0:1 0:2\n0:3", none: "" };
  const expand = (text: string) => expandWords(text, (name) => variables[name] ?? "");
  assertEquals(expand("evtchn  notify $p"), ["evtchn", "notify", "27"]);
  assertEquals(expand("notify x$list $none"), ["notify", "x0:1", "0:2", "0:3"]);
  assertEquals(expand(`'a $p' "a $p" '' "$none" 0:$p`), ["a $p", "a 27", "", "", "0:27"]);
  assertThrows(() => expand("evtchn read > file"), SyntaxError);
});

/** The sessions of the documents, word for word, on the simulator. `tests/xen/docs_test.ts` has those on real Xen. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { run } from "../support/process.ts";
import { test } from "../support/test.ts";
import { checkFence, documents, type Fence, fencesOf, play, read, sessionsAt, stepsOf } from "./sessions.ts";

for (const session of sessionsAt("simulator")) {
  test(`${session.file}:${session.line}: ${stepsOf(session)[0].command}`, () => play(session));
}

test("every session in a document says where it is run", () => {
  for (const file of documents()) {
    for (const fence of fencesOf(file)) checkFence(fence);
    assertEquals(/^ {4}[$#] .*/m.exec(read(file))?.[0], undefined, `${file}: a session outside of a fence`);
  }
  assert(sessionsAt("simulator").length > 8 && sessionsAt("real-xen").length > 0);
});

test("what the documents show of sh can be read by sh", async () => {
  for (const { file, line, text } of documents().flatMap(fencesOf).filter(({ info }) => info === "sh")) {
    const { status, stderr } = await run(["-n", "-c", text], { command: ["sh"] });
    assertEquals([status, stderr], [0, ""], `${file}:${line}`);
  }
});

const session = (text: string): Fence => ({ file: "page", line: 1, info: "console simulator", text });

test("a session with another output, another status or a variable left behind is refused; ... is any text", async () => {
  await play(session("$ echo one; echo two; false\n...\n[1]\n$ cat <<X\n> a b c\n> X\na ... c\n"));
  await assertRejects(() => play(session("$ echo one\ntwo\n")), Error, "page:1: $ echo one");
  await assertRejects(() => play(session("$ false\n")), Error, "[1]");
  await assertRejects(() => play(session("$ exit 3\n")), Error, "the shell has ended");
  await assertRejects(() => play(session("$ export EVTCHN_FD=3\n")), Error, "leaves EVTCHN_FD");
  const unmarked = { ...session("$ evtchn virqs\n"), info: "text" };
  await assertRejects(() => Promise.resolve(unmarked).then(checkFence), Error, "this session is not run");
});

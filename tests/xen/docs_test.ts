/** The sessions of the documents that need the real driver. */
import { play, sessionsAt, stepsOf } from "../docs/sessions.ts";
import { test } from "./device.ts";

for (const session of sessionsAt("real-xen")) {
  test(`docs: ${session.file}:${session.line}: ${stepsOf(session)[0].command}`, () => play(session));
}

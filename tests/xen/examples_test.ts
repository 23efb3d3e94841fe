/**
 * The examples that one domain alone can run, on the real driver.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { withShells } from "../support/session_shell.ts";
import { DEVICE, test } from "./device.ts";

const FOLDER = new URL("../examples/", import.meta.url).pathname;
const ENV = { EVTCHN_DEVICE: DEVICE };

test("examples: the health check says by its status alone that events arrive", () =>
  withShells(async (shells) => {
    assertEquals(await shells.run(`sh '${FOLDER}health_check.sh'`, ENV), { status: 0, stdout: "", stderr: "" });
  }));

test("examples: a guest that does not connect is told when the time is over", () =>
  withShells(async (shells) => {
    const { status, stdout, stderr } = await shells.run(`sh '${FOLDER}wait_for_guest.sh' 5 50ms`, ENV);
    assertEquals(status, 1);
    assertMatch(stdout, /^\d+\n$/);
    assertStringIncludes(stderr, "within 50ms: ETIMEDOUT");
  }));

test("examples: a lost event is reproduced from a recording", () =>
  withShells(async (shells) => {
    const { status, stdout, stderr } = await shells.run(
      `evtchn session run -d ${DEVICE} -- sh '${FOLDER}replay_lost_event.sh' '${FOLDER}recording.jsonl' 5:12`,
    );
    assertEquals([status, stderr], [1, ""]);
    assertMatch(stdout, /^sent 4, seen [1-3]\n$/);
  }));

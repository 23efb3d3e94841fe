/** The programs of docs/library.md on the simulator. `tests/xen/library_test.ts` runs them on the real driver. @module */

import { assertEquals } from "@std/assert";
import { openHandle } from "../../lib/api/evtchn.ts";
import type { SessionSource } from "../../lib/session/domains.ts";
import { simulatedSource, withSession } from "../support/sessions.ts";
import { test } from "../support/test.ts";
import { Programs, programs, shakeHands } from "./programs.ts";
import { read } from "./sessions.ts";

/** What docs/library.md says that a session needs. */
const SESSION = ["-R=/run,/tmp", "-W=/run,/tmp", "-N", "-S=uid"];

/** Gives `work` a session's host and its socket. */
async function withWorld(work: (world: NonNullable<SessionSource["world"]>, socket: string) => Promise<void>) {
  const source = await simulatedSource();
  await withSession(({ socket }) => work(source.world!, socket), source);
}

test("the backend of docs/library.md binds, answers, and ends with its frontend", () =>
  withWorld(async (world, socket) => {
    await using written = await Programs.write();
    await using handle = await openHandle({ session: socket, as: 5 });
    const frontend = {
      domain: 5,
      handle,
      write: async (path: string, value: string) => await world.writeStore(0, path, value),
      remove: async (path: string) => await world.removeStore(0, path),
    };
    assertEquals(await shakeHands(written, frontend, { EVTCHN_SESSION: socket }, SESSION), {
      status: 0,
      stdout: "3 answered\n",
      stderr: "",
    });
  }));

test("the test of a driver in docs/library.md passes, and needs no permission", async () => {
  await using written = await Programs.write();
  const { status, stderr, stdout } = await written.start("driver_test.ts").end();
  assertEquals([status, stderr, /1 passed.* 0 failed/.test(stdout)], [0, "", true], stdout);
});

test("the check of the wiring in docs/library.md finds a fault, and says why it cannot look", () =>
  withWorld(async (world, socket) => {
    await using written = await Programs.write();
    const check = () => written.start("wiring_check.ts", [], { EVTCHN_SESSION: socket }, SESSION).end();
    assertEquals(await check(), { status: 0, stdout: "14 channels, 0 faults\n", stderr: "" });
    await world.createDevice({ kind: "vif", domain: 5, backend: 0, fault: "closed" });
    const { status, stdout, stderr } = await check();
    assertEquals([status, stderr, stdout.split("\n").slice(-2)], [3, "", ["16 channels, 1 faults", ""]]);
    assertEquals(stdout.startsWith("domain 5, vif/0 event-channel-tx: closed: port "), true, stdout);
    const gone = await written.start("wiring_check.ts", [], { EVTCHN_SESSION: "/tmp/evtchn-0/session" }, SESSION).end();
    assertEquals([gone.status, gone.stdout], [1, ""]);
    assertEquals(gone.stderr.startsWith('Cannot reach the session at "/tmp/evtchn-0/session": ENOENT; '), true);
  }));

test("the programs of docs/library.md have the types that the library says", async () => {
  // In its place, so that the result is cached.
  const args = ["check", "-q", "--doc-only", new URL("../../docs/library.md", import.meta.url).pathname];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assertEquals([success, new TextDecoder().decode(stderr)], [true, ""]);
  assertEquals(read("docs/library.md").includes(`\`${SESSION.join(" ")}\``), true);
  assertEquals([...programs().keys()], ["backend.ts", "driver_test.ts", "wiring_check.ts"]);
});

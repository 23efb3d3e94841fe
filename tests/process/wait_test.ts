import { assertEquals } from "@std/assert";
import { withShells } from "../support/session_shell.ts";
import { test } from "../support/test.ts";

test("wait through a session ends when another process has bound the port", () =>
  withShells(async (shells) => {
    const { status, stdout, stderr } = await shells.run(`
      evtchn session run --simulator -- sh -c '
        p=$(evtchn alloc-unbound 1)
        evtchn wait $p --timeout 20ms; echo $?
        evtchn wait $p --interval 10ms --json & waiting=$!
        evtchn --as 1 bind-interdomain 0:$p
        wait $waiting'
    `);
    assertEquals({ status, stderr }, { status: 0, stderr: "" });
    assertEquals(stdout.trimEnd().split("\n").sort(), ["124", "9", '{"op":"wait","port":27,"channel":"1:9"}']);
  }));

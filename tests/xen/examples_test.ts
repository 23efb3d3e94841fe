/**
 * The examples that one domain alone can run, on the real driver.
 *
 * A start takes seconds on an emulated host, so the three share a session.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { withShells } from "../support/session_shell.ts";
import { DEVICE, test } from "./device.ts";

const FOLDER = new URL("../examples/", import.meta.url).pathname;

test("examples: waiting for a guest, events a second, record and replay", () =>
  withShells(async (shells) => {
    const script = `
      { sh '${FOLDER}wait_for_guest.sh' 0 1m; echo "waited: $?"; } | {
        read hearer
        echo "$hearer" >hearer
        evtchn bind-interdomain 0:$hearer >sender
        cat
      }
      sh '${FOLDER}wait_for_guest.sh' 5 50ms >/dev/null; echo "nobody: $?"
      evtchn notify $(cat sender) --count 10000 --interval 5ms &
      sh '${FOLDER}events_per_second.sh' $(cat hearer) 2s 2
      sh '${FOLDER}record_and_replay.sh' $(cat hearer) 4 recording.jsonl; echo "lost: $?"
      kill $!; wait`;
    await Deno.writeTextFile(`${shells.folder}/script`, script);
    const run = `cd '${shells.folder}'; evtchn session run -d ${DEVICE} -- sh ./script`;
    const { status, stdout, stderr } = await shells.run(run);
    assertEquals([status, stderr], [0, ""]);
    assertMatch(stdout, /^waited: 0\nnobody: 124\n(\d+(\.\d+)?\n){2}sent [34], seen [1-4]\nlost: [03]\n$/);
    assertEquals(/\n[1-9]\d*/.test(stdout), true, stdout);
  }));

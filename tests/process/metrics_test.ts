/** `metrics` as a process, with the permissions of the first line. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { inFolder } from "../support/folder.ts";
import { run, start } from "../support/process.ts";
import { test } from "../support/test.ts";

test("--output writes below /tmp, finds there what it wrote before, and writes nowhere else", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/evtchn.prom`;
    for (let runs = 0; runs < 2; runs++) {
      assertEquals(await run(["--simulator", "metrics", "--output", path]), { status: 0, stdout: "", stderr: "" });
    }
    assertMatch(await Deno.readTextFile(path), /^# HELP xen_evtchn_ports [^]*\n# evtchn looked at \d+(\.\d+)?\n$/);
    const { status, stderr } = await run(["--simulator", "metrics", "--output", "/var/lib/evtchn.prom"]);
    assertEquals([status, stderr.split("\n")[0]], [
      1,
      'evtchn: metrics: Cannot write "/var/lib/evtchn.prom": EACCES',
    ]);
  });
});

test("--listen answers over HTTP until a signal", async () => {
  const running = start(["--simulator", "metrics", "--listen", "0"]);
  const [url] = /http:\S+/.exec(await running.stderr.until(/\n/))!;
  const answer = await fetch(url);
  assertEquals(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert((await answer.text()).includes('xen_evtchn_source_up{source="xen"} 1\n'));
  await running.endsBy("SIGTERM", 143);
});

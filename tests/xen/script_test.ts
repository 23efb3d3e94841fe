/**
 * A script on the real driver: what its statements say is what they say on the simulator.
 */
import { assertEquals, assertGreater } from "@std/assert";
import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { denoHost } from "../../lib/host/deno_host.ts";
import type { Host, Output } from "../../lib/host/host.ts";
import { ONE_DOMAIN } from "../script/two_domains.ts";
import { Names } from "../transcripts/names.ts";

const device = Deno.env.get("EVTCHN_TEST_DEVICE") ?? "/dev/xen/evtchn";

/** Runs a script and gives what it printed, ports and times by names. */
async function run(script: string, ...words: string[]): Promise<{ status: number; lines: string[] }> {
  let text = "";
  const kept: Output = {
    terminal: false,
    writeSync: (part) => void (text += part),
    write: (part) => Promise.resolve(void (text += part)),
  };
  const host: Host = {
    ...denoHost(),
    stdout: kept,
    stderr: kept,
    env: () => undefined,
    readText: () => Promise.resolve(script),
  };
  const status = await runCommandLine([...words, "run", "-", "--json", "-k"], host, VERBS);
  return { status, lines: new Names().apply("run", text).split("\n") };
}

Deno.test("script: it says the same on the real driver as on the simulator", async () => {
  const [real, simulated] = [await run(ONE_DOMAIN, "--device", device), await run(ONE_DOMAIN, "--simulator")];
  assertGreater(real.lines.length, 35);
  assertEquals(real, simulated);
});

Deno.test("script: its ports are closed when it ends", async () => {
  const script = "t = bind-virq tbuf; @/b u = alloc-unbound self; unbind 9999; print last";
  for (let turn = 0; turn < 3; turn++) {
    const { status, lines } = await run(script, "--device", device);
    assertEquals([status, lines.length], [1, 5], lines.join("\n"));
    assertEquals(lines[0], '{"op":"bind-virq","port":P1,"channel":"virq:tbuf","line":1}'); // EEXIST, were it still bound
  }
});

Deno.test("script: an event that another handle sends ends an expectation at once", async () => {
  const script = "p = alloc-unbound self; @/b q = bind-interdomain self $p; @/b notify $q; expect $p within 5m";
  const start = performance.now();
  const { status } = await run(script, "--device", device);
  assertEquals(status, 0);
  assertGreater(60_000, performance.now() - start);
});

/**
 * How long a look at Xen's pending and mask bits takes on a big host: 200 guests with four devices of four queues each,
 * on the simulator, and how much memory the process then has, the simulated host included.
 *
 * @module
 */

import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { denoHost } from "../../lib/host/deno_host.ts";
import { simulatedKernel } from "../../lib/sim/mod.ts";

const GUESTS = 200;
const QUEUES = 4;
const RUNS = 5;

/** Milliseconds and mebibytes that were promised. */
const BARS = { time: 2000, memory: 200 };

/** A world begins with domains 0 to 7. */
const FIRST_NEW = 8;

const KINDS = ["vif", "vbd", "vif", "vbd"] as const;

/** A ring that holds the dump, and the usual one of a small host, which does not. */
const RINGS = ["16m", "16k"] as const;

const LINES = ["wiring --no-bits", "wiring", "list --all --pending", "decode --live"];

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

/** Runs command lines on a big host; the milliseconds of the median run of each, and whether it ended well. */
async function hostWith(ring: typeof RINGS[number]) {
  const kernel = await simulatedKernel(`linux?ports=131072&conring=${ring}`, 0);
  for (let domain = 1; domain <= GUESTS; domain++) {
    if (domain >= FIRST_NEW) kernel.world.createDomain(domain);
    for (const kind of KINDS) await kernel.world.createDevice({ kind, domain, backend: 0, queues: QUEUES });
  }
  let said = "";
  const stream = (write: (text: string) => void) => ({
    terminal: false,
    writeSync: write,
    write: (text: string) => Promise.resolve(write(text)),
  });
  const host = {
    ...denoHost(),
    stdout: stream(() => {}),
    stderr: stream((text) => void (said += text)),
    kernel: () => Promise.resolve(kernel),
  };
  return async (line: string) => {
    const times: number[] = [];
    for (let run = 0; run <= RUNS; run++) {
      said = "";
      const start = performance.now();
      const status = await runCommandLine(["--simulator", ...line.split(" ")], host, VERBS);
      times.push(performance.now() - start);
      if (status !== 0 && !said.includes("too small")) throw new Error(`${line} ended with ${status}: ${said}`);
    }
    return { time: times.slice(1).sort((a, b) => a - b)[RUNS >> 1], cut: said.includes("too small") };
  };
}

if (import.meta.main) {
  const [ring = "16m"] = Deno.args as typeof RINGS[number][];
  const before = Deno.memoryUsage().rss;
  const run = await hostWith(ring);
  print(
    `${GUESTS} guests with ${KINDS.length} devices of ${QUEUES} queues, Xen's console ring of ${ring}, median of ` +
      `${RUNS} runs (aim: below ${BARS.time} ms, ${BARS.memory} MiB):`,
  );
  const built = Deno.memoryUsage().rss;
  for (const line of LINES) {
    const { time, cut } = await run(line);
    print(`  evtchn ${line.padEnd(30)}${time.toFixed(0).padStart(6)} ms${cut ? "  the dump is cut" : ""}`);
  }
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  print(
    `  memory: ${mebibytes(before)} MiB at the start, ${mebibytes(built)} with the host, ` +
      `${mebibytes(Deno.memoryUsage().rss)} at the end`,
  );
}

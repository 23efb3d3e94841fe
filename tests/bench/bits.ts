/**
 * How long a look at Xen's pending and mask bits takes on a big host: 200 guests with four devices of four queues each,
 * on the simulator. Each command has a process of its own, whose memory has the simulated host in it too.
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

const LINES = ["wiring --no-bits", "wiring --settle 200ms", "list --all --pending", "decode --live"];

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

/** A stream that keeps nothing, or tells what is written. */
const stream = (write: (text: string) => void = () => {}) => ({
  terminal: false,
  writeSync: write,
  write: (text: string) => Promise.resolve(write(text)),
});

/** Runs a command line on a new big host, and prints its time and the memory of this process. */
async function measure(ring: string, line: string): Promise<void> {
  const kernel = await simulatedKernel(`linux?ports=131072&conring=${ring}`, 0);
  for (let domain = 1; domain <= GUESTS; domain++) {
    if (domain >= FIRST_NEW) kernel.world.createDomain(domain);
    for (const kind of KINDS) await kernel.world.createDevice({ kind, domain, backend: 0, queues: QUEUES });
  }
  let said = "";
  const host = {
    ...denoHost(),
    stdout: stream(),
    stderr: stream((text) => void (said += text)),
    kernel: () => Promise.resolve(kernel),
  };
  const built = Deno.memoryUsage().rss;
  const times: number[] = [];
  let most = 0;
  for (let run = 0; run < RUNS; run++) {
    said = "";
    const start = performance.now();
    const status = await runCommandLine(["--simulator", ...line.split(" ")], host, VERBS);
    times.push(performance.now() - start);
    most ||= Deno.memoryUsage().rss; // of the first run, as of a command
    if (status !== 0 && !said.includes("too small")) throw new Error(`${line} ended with ${status}: ${said}`);
  }
  const time = times.sort((a, b) => a - b)[RUNS >> 1];
  const [used, before] = [most, built].map((bytes) => (bytes / 2 ** 20).toFixed(0).padStart(4));
  print(
    `  ${ring} evtchn ${line.padEnd(24)}${time.toFixed(0).padStart(6)} ms ${used} MiB (${before} before it)` +
      (said.includes("too small") ? ", the dump is cut" : ""),
  );
}

if (import.meta.main) {
  const [ring, ...words] = Deno.args;
  if (ring !== undefined) await measure(ring, words.join(" "));
  else {
    print(
      `${GUESTS} guests with ${KINDS.length} devices of ${QUEUES} queues, by the size of Xen's console ring, median of ` +
        `${RUNS} runs (aim: below ${BARS.time} ms, ${BARS.memory} MiB):`,
    );
    for (const ring of RINGS) {
      for (const line of LINES) {
        const args = ["run", "-A", import.meta.filename!, ring, ...line.split(" ")];
        await new Deno.Command(Deno.execPath(), { args }).spawn().status;
      }
    }
  }
}

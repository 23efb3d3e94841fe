/**
 * How long `stats` takes on a big host, and how much memory: 200 guests with four devices of four queues each, on the
 * simulator.
 *
 * @module
 */

import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { denoHost } from "../../lib/host/deno_host.ts";
import { simulatedKernel } from "../../lib/sim/mod.ts";

const GUESTS = 200;
const QUEUES = 4;
const RUNS = 9;

/** Milliseconds, and million bytes of memory, that were promised. */
const [BAR, MEMORY] = [2000, 200];

/** A world begins with domains 0 to 7. */
const FIRST_NEW = 8;

const KINDS = ["vif", "vif", "vbd", "vbd"] as const;

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

const kernel = await simulatedKernel("linux?ports=131072", 0);
for (let domain = 1; domain <= GUESTS; domain++) {
  if (domain >= FIRST_NEW) kernel.world.createDomain(domain);
  for (const kind of KINDS) await kernel.world.createDevice({ kind, domain, backend: 0, queues: QUEUES });
}
let written = "";
const nowhere = {
  terminal: false,
  writeSync: (text: string) => void (written += text),
  write: (text: string) => Promise.resolve(void (written += text)),
};
const host = { ...denoHost(), stdout: nowhere, kernel: () => Promise.resolve(kernel) };

async function look(...words: string[]): Promise<number> {
  written = "";
  const start = performance.now();
  const status = await runCommandLine(["--simulator", "stats", ...words], host, VERBS);
  const time = performance.now() - start;
  if (status !== 0 || written.split("\n").length < GUESTS * KINDS.length) throw new Error(`it ended with ${status}`);
  return time;
}

print(
  `The counters of ${GUESTS} guests with ${KINDS.length} devices of ${QUEUES} queues each, on a host that is there (aims: ` +
    `below ${BAR} ms and ${MEMORY} MB):`,
);
const told = (name: string, value: number, unit: string) =>
  print(`  ${name.padEnd(60)}${value.toFixed(0).padStart(6)} ${unit}`);
const before = Deno.memoryUsage().rss;
told("evtchn stats, the first time", await look(), "ms");
const times: number[] = [];
while (times.length < RUNS) times.push(await look());
told(`evtchn stats, median of ${RUNS}`, times.sort((a, b) => a - b)[RUNS >> 1], "ms");
told("evtchn stats --json", await look("--json"), "ms");
const { rss } = Deno.memoryUsage();
told("memory of the process, with the simulated host in it", rss / 1e6, "MB");
told("  of which these looks have added", Math.max(0, rss - before) / 1e6, "MB");

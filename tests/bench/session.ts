/**
 * What a verb costs through a session, beside the same verb on the simulator in one process: medians of interleaved
 * runs, the start of the process included.
 *
 * @module
 */

import { RemoteDevice } from "../../lib/session/client.ts";
import type { SessionServer } from "../../lib/session/server.ts";
import { simulatedKernel } from "../../lib/sim/mod.ts";
import { withServer } from "../leaks/watching.ts";
import { COMMAND } from "../support/process.ts";

const RUNS = 20;

/** How many requests of one client are timed. */
const REQUESTS = 20_000;

/** The most that a verb through a session may cost, of one in its own process. */
const BAR = 1.3;

if (import.meta.main) await bench();

async function bench(): Promise<void> {
  await withServer(await simulatedKernel("linux", 0), benchVerbs);
}

async function benchVerbs({ socket }: SessionServer): Promise<void> {
  const session = ["--session", socket];
  const device = await RemoteDevice.connect(socket);
  const port = String(await device.allocUnbound(0));
  await device.close();
  const cases: [name: string, words: string[], through: string[]][] = [
    ["alloc-unbound", ["--simulator", "alloc-unbound", "0", "--hold", "0s"], [...session, "alloc-unbound", "0"]],
    ["notify", ["--simulator", "notify", "0:any"], [...session, "notify", port]],
    ["poll", ["--simulator", "poll"], [...session, "poll"]],
    ["unmask", ["--simulator", "unmask", "27"], [...session, "unmask", port]],
  ];
  print(`A verb through a session, median of ${RUNS} interleaved runs:`);
  for (const [name, alone, through] of cases) {
    const [one, other] = await medians(alone, through);
    const ratio = (other / one).toFixed(2);
    print(
      `  ${name.padEnd(16)}${one.toFixed(1).padStart(7)} ms alone${other.toFixed(1).padStart(7)} ms in a session  ` +
        `${ratio}x (aim: at most ${BAR}x)`,
    );
  }
  await requests(socket, Number(port));
}

/** How fast one client's requests are answered, one after the other and all at once. */
async function requests(socket: string, port: number): Promise<void> {
  const device = await RemoteDevice.connect(socket);
  const serial = await rate(async () => {
    for (let i = 0; i < REQUESTS; i++) await device.notify(port);
  });
  const together = await rate(async () => {
    await Promise.all(Array.from({ length: REQUESTS }, () => device.notify(port)));
  });
  print(`  requests a second, one after the other ${serial}, all at once ${together}`);
  await device.close();
}

async function rate(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return Math.round(REQUESTS * 1000 / (performance.now() - start));
}

/** Median milliseconds of two command lines, run by turns. */
async function medians(...lines: string[][]): Promise<number[]> {
  const times = lines.map(() => [] as number[]);
  for (const line of lines) await time(line); // fills the caches
  for (let run = 0; run < RUNS; run++) {
    for (const [i, line] of lines.entries()) times[i].push(await time(line));
  }
  return times.map((each) => each.sort((a, b) => a - b)[RUNS / 2]);
}

async function time(words: string[]): Promise<number> {
  const [program, ...args] = COMMAND;
  const start = performance.now();
  const { success, stderr } = await new Deno.Command(program, {
    args: [...args, ...words],
    stdout: "null",
    stderr: "piped", // a notify of a new port says that nobody can have bound it
  }).output();
  const duration = performance.now() - start;
  if (!success) throw new Error(`Cannot run ${words.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return duration;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

/**
 * How long `wiring` takes and how much memory where guests are hostile: 64 of them, each with 980 nodes that claim one
 * port, on the simulator. Domain 0 writes them: with the quota of C xenstored a guest has some 600 such claims.
 *
 * @module
 */

import { VERBS } from "../../commands/mod.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { denoHost } from "../../lib/host/deno_host.ts";
import { simulatedKernel } from "../../lib/sim/mod.ts";
import { encodeText } from "../../lib/xenstore/wire.ts";

const GUESTS = 64;
const NODES = 980;

/** The nodes of a device that hold its port, one or two nodes a channel. */
const KINDS = {
  "9pfs": Array.from({ length: NODES }, (_, i) => `event-channel-${i}`),
  vif: Array.from({ length: NODES / 2 }, (_, i) => `queue-${i}/event-channel`),
};

/** Milliseconds and MB that were promised, the simulated host included. */
const BAR = [3000, 300];

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

async function hostileHost(kind: keyof typeof KINDS) {
  const kernel = await simulatedKernel("linux?ports=131072", 0);
  for (let domain = 1; domain <= GUESTS; domain++) {
    if (domain >= 8) kernel.world.createDomain(domain); // a world begins with domains 0 to 7
    const made = await kernel.world.createDevice({ kind, domain, backend: 0 });
    if (typeof made === "string") throw new Error(made);
    const port = encodeText(String(made.ports[0]));
    for (const key of KINDS[kind]) {
      kernel.world.store!.write(0, `/local/domain/${domain}/device/${kind}/0/${key}`, port);
    }
  }
  return kernel;
}

/** Runs `wiring` in this process; a process of its own shows its memory. */
async function measure(kind: keyof typeof KINDS, words: readonly string[]): Promise<void> {
  const kernel = await hostileHost(kind);
  let written = 0;
  const take = (text: string) => void (written += text.length);
  const stdout = { terminal: false, writeSync: take, write: (text: string) => Promise.resolve(take(text)) };
  const host = { ...denoHost(), stdout, kernel: () => Promise.resolve(kernel) };
  const start = performance.now();
  await runCommandLine(["--simulator", "wiring", ...words], host, VERBS);
  const time = (performance.now() - start).toFixed(0);
  const peak = Number(/VmHWM:\s*(\d+)/.exec(Deno.readTextFileSync("/proc/self/status"))?.[1]) / 1024;
  print(
    `  ${`${kind} ${words.join(" ")}`.padEnd(28)}${time.padStart(6)} ms ${peak.toFixed(0).padStart(6)} MB` +
      ` ${(written / 1e6).toFixed(1).padStart(6)} MB of output`,
  );
}

if (import.meta.main) {
  const [kind, ...words] = Deno.args;
  if (kind === "9pfs" || kind === "vif") await measure(kind, words);
  else {
    print(`The wiring of ${GUESTS} guests with ${NODES} nodes of one port (aim: ${BAR[0]} ms, ${BAR[1]} MB):`);
    for (const kind of Object.keys(KINDS)) {
      for (const words of [[], ["--json"], ["--format", "dot"]]) {
        const args = ["run", "-A", import.meta.filename!, kind, ...words];
        await new Deno.Command(Deno.execPath(), { args, stdout: "inherit" }).spawn().status;
      }
    }
  }
}
